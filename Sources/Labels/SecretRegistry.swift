package import Destinations
import Encodings
package import Redaction

/// The secrets that a run knows, for the net below the labels: what was opened, received encrypted, or set.
package struct SecretRegistry: Sendable {
  private let pseudonyms: Pseudonyms
  private var secrets: [Known] = []
  /// The names under which a byte string is known already: a body may have thousands of equal leaves.
  private var names: [[UInt8]: Set<SecretName>] = [:]
  /// Names with the labels of what they stand for.
  private var labels: [SecretName: Label] = [:]
  /// Secrets that no net can look for, with the reason (too short, too little entropy). Names only.
  package private(set) var refusals: [SecretName: SecretRefusal] = [:]
  private var isComplete = true
  /// The secrets that are prepared for the search, in the order in which they became known: each layer has more than
  /// the one behind it. What is learned later makes a small layer of its own, so that nobody who sends a few secrets
  /// at a time has all of them prepared each time.
  private(set) var layers: [Layer] = []

  /// Some of the secrets in a row, and what finds them.
  struct Layer: Sendable {
    /// Which ones, by their place in the order.
    let range: Range<Int>
    let matcher: SecretMatcher
  }

  private struct Known: Sendable {
    let bytes: [UInt8]
    let name: SecretName
  }

  /// The most secrets that are looked for. Beyond it, the net is not whole, and `DiscloseDoor` withholds what it would
  /// have searched.
  package static let maximumSecrets = 5_000
  /// Places beyond them for what the service holds itself.
  private static let kept = 1_000
  /// Secrets so few that they are prepared again with every new one: each layer is one search more of each text.
  static let smallLayer = 16
  /// The longest secret that is looked for in one piece.
  static let maximumSecretBytes = 8_192
  /// Lines of a longer text, or of a key with several lines, are looked for by themselves from this size.
  static let minimumLineBytes = 16

  package init(pseudonyms: Pseudonyms) { self.pseudonyms = pseudonyms }

  /// The number of byte strings that are looked for.
  package var count: Int { secrets.count }

  /// Takes every part of a value that is secret: ranges with their labels, and of a JSON value that is secret as a
  /// whole, each leaf (a key is a word that other texts use as well). What a secret only chose is not taken: a word of the
  /// document that is hidden wherever it stands would tell that it was chosen. Where it was chosen out of something secret,
  /// that is known already.
  package mutating func learn(_ text: LabeledText) {
    if text.base.hasSecretContent {
      let chosen = text.spans.filter { $0.label.isSecret && !$0.label.hasSecretContent }.map(\.range)
      learn(whole: text, label: text.base, besides: chosen)
    }
    // Also under such a base: a name of a query has a range, and is no leaf.
    for span in text.spans where span.label.hasSecretContent && !span.range.isEmpty {
      learn(whole: text.sliced(span.range, form: .text), label: span.label)
    }
  }

  /// Takes an encrypted parameter, so that whoever writes its value elsewhere does not have it shown. It is opened here
  /// for being searched for, and for nothing else: only the send door writes it. One that is bound to another URL by now
  /// does not open, and is left out. Of a template the text between the placeholders is taken; the values are known by
  /// themselves.
  package mutating func learn(_ parameter: BoundParameter, template: URLTemplate, with parameters: BoundParameters) {
    for text in parameters.searchable(parameter, template: template) { learn(text) }
  }

  /// The net as it is now. Only secrets that have become known since the last one are prepared for it, with at most as
  /// many that were prepared before, and with those of a small layer.
  package mutating func view() -> DisclosureView {
    prepare()
    return DisclosureView(
      matcher: LayeredMatcher(layers.map(\.matcher)), labels: labels, pseudonyms: pseudonyms, isComplete: isComplete)
  }

  /// Makes a layer of what has become known. One before it that has no more is taken into it, so that there are few
  /// layers, and each secret is prepared few times.
  private mutating func prepare() {
    var start = layers.last?.range.upperBound ?? 0
    guard start < secrets.count else { return }
    while let last = layers.last, last.range.count <= max(secrets.count - start, Self.smallLayer) {
      start = last.range.lowerBound
      layers.removeLast()
    }
    // Labels cover what a value was made into; the net below masks pieces as they are, so that what a viewer sees is the
    // same for secrets of one length.
    var limits = RedactionLimits.standard
    limits.widensFragments = false
    limits.maximumFormBytes -= layers.reduce(0) { $0 + $1.matcher.formBytes }
    var builder = MatcherBuilder(limits: limits)
    for secret in secrets[start...] {
      switch builder.add(secret.bytes, name: secret.name) {
      case .success: break
      case .failure(let refusal): note(refusal, of: secret.name)
      }
    }
    layers.append(Layer(range: start..<secrets.count, matcher: builder.build()))
  }

  /// Short and plain values are left to the labels: that is said, not a hole. A full matcher is one.
  private mutating func note(_ refusal: SecretRefusal, of name: SecretName) {
    refusals[name] = refusal
    if case .tooManySecrets = refusal { isComplete = false }
  }

  /// - Parameter chosen: ranges that were only chosen, in order; the rest is taken.
  private mutating func learn(whole text: LabeledText, label: Label, besides chosen: [Range<Int>] = []) {
    let name = pseudonyms.name(of: label.secretOrigins)
    labels[name] = (labels[name] ?? .clear).joined(with: label)
    let isHeld = label.secretOrigins.contains(where: \.isHeldByService)
    guard let json = try? LabeledJSON(reading: text) else {
      for piece in Self.rest(of: 0..<text.bytes.count, besides: chosen) { add(Array(text.bytes[piece]), name, isHeld) }
      return
    }
    let tape = json.tape
    var pending = [tape.root]
    while let node = pending.popLast() {
      switch tape.kind(node) {
      case .object, .array: pending += tape.children(node)
      case .string where chosen.contains { $0.overlaps(tape.range(node)) }:
        for piece in Self.rest(of: tape.range(node), besides: chosen) {
          let bytes = text.bytes[piece]
          add(Array(bytes.drop { $0 == 0x22 }.dropLast(bytes.last == 0x22 ? 1 : 0)), name, isHeld)
        }
      case .string: add(tape.stringBytes(node) ?? [], name, isHeld)
      case .number where chosen.contains { $0.overlaps(tape.range(node)) }: break
      case .number: add(Array(tape.text(node)), name, isHeld)
      case .true, .false, .null: break
      }
    }
  }

  /// What is left of a range without others that are in order.
  private static func rest(of range: Range<Int>, besides others: [Range<Int>]) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = range.lowerBound
    for other in others where other.overlaps(range) {
      if start < other.lowerBound { pieces.append(start..<other.lowerBound) }
      start = max(start, other.upperBound)
    }
    if start < range.upperBound { pieces.append(start..<range.upperBound) }
    return pieces
  }

  private mutating func add(_ bytes: [UInt8], _ name: SecretName, _ isHeld: Bool) {
    if let token = Self.token(bytes) { add(token, name, isHeld) }
    if bytes.count <= Self.maximumSecretBytes { append(bytes, name, isHeld) }
    guard bytes.contains(0x0A) || bytes.count > Self.maximumSecretBytes else { return }
    for line in bytes.split(separator: 0x0A) {
      let text = line.last == 0x0D ? line.dropLast() : line
      guard text.count >= Self.minimumLineBytes else { continue }
      for start in stride(from: text.startIndex, to: text.endIndex, by: Self.maximumSecretBytes) {
        append(Array(text[start..<min(start + Self.maximumSecretBytes, text.endIndex)]), name, isHeld)
      }
    }
  }

  /// What stands behind the scheme of an `Authorization` header (RFC 9110 §11.4), which a value may have been entered
  /// with: whoever repeats the value may leave the scheme out. Nil where the value does not look like that.
  private static func token(_ bytes: [UInt8]) -> [UInt8]? {
    guard let blank = bytes.firstIndex(of: 0x20), blank <= Self.longestScheme else { return nil }
    let scheme = String(decoding: bytes[..<blank], as: UTF8.self).lowercased()
    let rest = bytes[blank...].drop { $0 == 0x20 }
    guard schemes.contains(scheme), !rest.isEmpty, !rest.contains(0x20) else { return nil }
    return Array(rest)
  }

  private static let schemes: Set<String> = [
    "bearer", "basic", "token", "apikey", "api-key", "key", "bot", "jwt", "oauth", "dpop",
  ]
  private static let longestScheme = 8

  /// - Parameter isHeld: whether the service holds it, and nobody outside has sent it: there is room for these also where a
  ///   sender has filled the rest.
  private mutating func append(_ bytes: [UInt8], _ name: SecretName, _ isHeld: Bool) {
    guard !bytes.isEmpty else { return }
    let least = RedactionLimits.standard.minimumBytes
    guard bytes.count >= least else { return note(.tooShort(bytes: bytes.count, minimum: least), of: name) }
    guard !(names[bytes]?.contains(name) ?? false) else { return }
    guard secrets.count < Self.maximumSecrets + (isHeld ? Self.kept : 0) else {
      isComplete = false
      return
    }
    names[bytes, default: []].insert(name)
    secrets.append(Known(bytes: bytes, name: name))
  }
}

extension SecretRegistry: Masked {
  package var maskedText: String { "SecretRegistry(\(secrets.count) secrets, ‹masked›)" }
}

/// What a viewer's text is searched with: the secrets known now, their labels, the names of masks.
package struct DisclosureView: Sendable {
  let matcher: LayeredMatcher
  let labels: [SecretName: Label]
  let pseudonyms: Pseudonyms
  /// The label of what was found in one place. What the net finds without a label is secret all the same.
  func label(of match: SecretMatch) -> Label {
    let known = Label.join(([match.name] + match.alsoCovers).compactMap { labels[$0] })
    return known.isSecret ? known : Self.unnamed
  }

  private static let unnamed = Label(
    origin: .credential(holder: "service", field: "secret"), rule: .masked, hosts: .any)

  /// False where there were more secrets than can be looked for.
  package let isComplete: Bool
}

extension DisclosureView: Masked {
  package var maskedText: String { "DisclosureView(\(labels.count) names, ‹masked›)" }
}
