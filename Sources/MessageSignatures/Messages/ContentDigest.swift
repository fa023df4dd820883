import Cryptography
import Encodings

/// Digest fields (RFC 9530): made, and checked against the body that was received.
package enum ContentDigest {
  /// The algorithms that are still trusted (RFC 9530 §5). Members of another algorithm are passed over.
  package enum Algorithm: String, Hashable, Sendable, CaseIterable {
    case sha256 = "sha-256"
    case sha512 = "sha-512"

    /// The digest of the bytes.
    package func digest(_ bytes: [UInt8]) -> [UInt8] {
      switch self {
      case .sha256: Digest.sha256(bytes)
      case .sha512: Digest.sha512(bytes)
      }
    }
  }

  /// Why a digest field does not vouch for a body.
  package enum Fault: Error, Hashable, Sendable {
    case missing
    /// No dictionary of byte sequences.
    case malformed
    /// Only algorithms that are not trusted, or not known.
    case noTrustedAlgorithm
    case wrong
  }

  /// The value of `Content-Digest` or `Repr-Digest` for these bytes.
  package static func value(of body: [UInt8], _ algorithm: Algorithm = .sha256) -> [UInt8] {
    let item = StructuredField.Item(.bytes(algorithm.digest(body)))
    return StructuredField.serialize(StructuredField.Dictionary([(algorithm.rawValue, .item(item))]))
  }

  /// Checks the lines of a digest field. Every digest of a trusted algorithm must fit, and there must be one: with a
  /// choice, a reader that looks at another one than we would be deceived.
  ///
  /// Both hashes are computed whatever the lines are, so that the work is the same.
  package static func check(_ lines: [[UInt8]], body: [UInt8]) throws(Fault) {
    let digests = Algorithm.allCases.map { ($0, $0.digest(body)) }
    guard !lines.isEmpty else { throw .missing }
    guard let dictionary = try? StructuredField.dictionary(lines) else { throw .malformed }
    var trusted = 0
    var wrong = 0
    for entry in dictionary.entries {
      guard case .item(let item) = entry.member, case .bytes(let claimed) = item.value else { throw .malformed }
      for (algorithm, digest) in digests where algorithm.rawValue == entry.key {
        trusted += 1
        if !ConstantTime.areEqual(claimed, digest) { wrong += 1 }
      }
    }
    guard trusted > 0 else { throw .noTrustedAlgorithm }
    guard wrong == 0 else { throw .wrong }
  }

  /// Checks the field of this name (in lower case) of a message against its body.
  package static func check(_ name: String = "content-digest", of message: HTTPMessage) throws(Fault) {
    try check(message.values(of: name), body: message.body)
  }
}
