import Cryptography
import MessageSignatures
import NamedKeys
import Runbooks

/// Holds what a document has a named key do against the key that there is: what no key of its kind ever does is an error,
/// what may come yet a warning. Endpoints are not among it: why one refuses stands in the import's answer.
struct NamedKeyCheck: Sendable {
  /// A way of signing, as the document writes it.
  struct Algorithm: Sendable {
    let word: String
    /// Nil where no named key signs so.
    let way: BareSigner.Way?
  }

  struct Finding: Equatable, Sendable {
    let severity: DocumentFault.Severity
    let message: String
    let remedy: String?
  }

  let reference: KeyReference
  let purpose: KeyPurpose
  /// Whether it makes something: then a version may be too old that still opens.
  let makes: Bool
  let hasContext: Bool
  /// Nil where the type of the key decides.
  let algorithm: Algorithm?
  /// What could stand in its place.
  let candidates: [Algorithm]

  /// Nil where the key is a secret.
  init?(_ signing: MethodSigning) {
    guard case .named(let reference) = signing.key else { return nil }
    self.reference = reference
    purpose = .messages
    makes = true
    hasContext = false
    algorithm = Algorithm(word: signing.algorithm.rawValue, way: BareSigner.Way(signing.algorithm))
    candidates = MessageSignatureAlgorithm.allCases.compactMap { candidate in
      var other = signing
      other.algorithm = candidate
      guard (try? other.check()) != nil else { return nil }
      return Algorithm(word: candidate.rawValue, way: BareSigner.Way(candidate))
    }
  }

  init(_ step: KeyStep) {
    reference = step.key
    switch step.work {
    case .encrypt, .decrypt: purpose = .encryption
    case .sign, .verify: purpose = step.bare == nil ? .signing : .messages
    }
    makes = step.work == .encrypt || step.work == .sign
    hasContext = step.context != nil
    algorithm = step.bare.map { Algorithm(word: $0.algorithm, way: $0.way) }
    candidates = BareSigner.Way.names.map { Algorithm(word: $0, way: BareSigner.Way(name: $0)) }
  }

  /// What is wrong; nil where nothing is.
  ///
  /// - Parameter key: nil where there is none of the name.
  func finding(_ key: NamedKey?) -> Finding? {
    guard let key else {
      let type = KeyType.allCases.first { type in
        type.purposes.contains(purpose) && (algorithm.map { Self.isServed($0, by: type) } ?? true)
      }
      let options = (type.map { " --type \($0.rawValue)" } ?? "") + " --purpose \(purpose.rawValue)"
      return Finding(
        severity: .warning, message: "there is no key \(shown) yet, and without it this fails",
        remedy: "make it: `chancery key create \(reference.name)\(options)`")
    }
    return never(key) ?? notYet(key)
  }

  private var shown: String { "`\(reference.name)`" }

  /// What stays as it is as long as there is the key.
  private func never(_ key: NamedKey) -> Finding? {
    func error(_ message: String, _ remedy: String) -> Finding {
      Finding(severity: .error, message: message, remedy: remedy)
    }
    guard key.purpose == purpose else {
      return error(
        "the key \(shown) is for \(key.purpose.rawValue), and this needs one for \(purpose.rawValue)",
        "a key has one purpose for ever: name another")
    }
    guard key.isDerived == hasContext else {
      return key.isDerived
        ? error("the key \(shown) is derived by context, and none is named here", "name a key that is not")
        : error("the key \(shown) is not derived by context, and one is named here", "leave `context` out")
    }
    if let algorithm, !Self.isServed(algorithm, by: key.type) {
      let words = candidates.filter { Self.isServed($0, by: key.type) }.map { "`\($0.word)`" }
      return error(
        "the key \(shown) is of type \(key.type.rawValue), which does not sign by `\(algorithm.word)`",
        words.isEmpty
          ? "name a key of another type" : "`algorithm` can be \(words.joined(separator: ", ")) with this key")
    }
    if let version = reference.version, version < key.versions.minimumAvailable {
      return error("version \(version) of the key \(shown) was destroyed", "name a later one, or none for the newest")
    }
    return nil
  }

  private func notYet(_ key: NamedKey) -> Finding? {
    func warning(_ message: String, _ remedy: String) -> Finding {
      Finding(severity: .warning, message: message, remedy: remedy)
    }
    guard key.destroyedAt == nil else {
      return warning(
        "the key \(shown) is deleted, and does nothing meanwhile",
        "restore it: `chancery key restore \(reference.name)`")
    }
    guard let version = reference.version else { return nil }
    guard version <= key.versions.latest else {
      return warning(
        "the key \(shown) has no version \(version) yet: its newest is \(key.versions.latest)",
        "leave `version` out for the newest")
    }
    let isAllowed = makes ? (try? key.versions.making(version)) != nil : (try? key.versions.opening(version)) != nil
    guard isAllowed else {
      return warning(
        "version \(version) of the key \(shown) is below the least that its settings allow for this",
        "leave `version` out for the newest, or see `chancery key config \(reference.name)`")
    }
    return nil
  }

  /// Whether keys of the type sign bare messages so.
  private static func isServed(_ algorithm: Algorithm, by type: KeyType) -> Bool {
    switch (algorithm.way, type.algorithm) {
    case (.hmac(let hash)?, .mac): hash.isForSigning
    case (.publicKey(let signature)?, .pair(let pair)): signature.isForSigning && signature.fits(pair.kind)
    case (.hmac?, _), (.publicKey?, _), (nil, _): false
    }
  }

  /// What the algorithms of a key are called where requests are signed with it: `ed25519`, `hmac-sha256`.
  static func words(of type: KeyType) -> [String] {
    MessageSignatureAlgorithm.allCases.filter {
      isServed(Algorithm(word: $0.rawValue, way: BareSigner.Way($0)), by: type)
    }.map(\.rawValue)
  }
}
