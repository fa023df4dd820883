/// Collects secrets for a `SecretMatcher`.
///
/// Until `build` the secrets' forms lie in ordinary memory; the matcher keeps them in locked memory. So a builder is
/// for the moment between opening the secrets and having the matcher, and prints as a mask.
package struct MatcherBuilder {
  private let hashSeed: UInt64
  private let limits: RedactionLimits
  private var rows: [PatternTable.Row] = []
  private var bytes: [UInt8] = []
  private var secrets: [SecretMatcher.Secret] = []

  /// A builder without secrets. `hashSeed` should be random where many people's secrets come together: with a known
  /// seed one can make texts that are slow to scan, though never ones that are scanned wrongly.
  package init(hashSeed: UInt64 = 0x9E37_79B9_7F4A_7C15, limits: RedactionLimits = .standard) {
    self.hashSeed = hashSeed
    self.limits = limits
  }

  /// Secrets registered so far.
  package var count: Int { secrets.count }

  /// Registers a secret, or says why it is not searched for.
  ///
  /// White space around it is not part of it. A secret that is too short or too plain is treated by `weak`. With the
  /// scope `.wholeForms` the secret is not searched for inside encoded runs, whatever the text.
  /// The same value may be registered under several names: the first one is shown.
  package mutating func add(
    _ secret: some Collection<UInt8>, name: SecretName, scope: TextScope = .all, weak: WeakSecretRule = .refuse
  ) -> Result<Registration, SecretRefusal> {
    let core = SecretForms.trimmed(Array(secret))
    if let refusal = refusal(of: core, given: secret.count, name: name) { return .failure(refusal) }
    let unwrapped = SecretPatterns.unwrapped(core)
    if let weakness = weakness(of: unwrapped) {
      guard weak == .borderOnly, unwrapped.count >= limits.minimumBorderBytes else { return .failure(weakness) }
      append(SecretPattern(kind: .raw, bytes: unwrapped, ignoresCase: false), traits: .borderOnly)
      secrets.append(SecretMatcher.Secret(name: name, scope: .wholeForms))
      return .success(.borderOnly)
    }
    let pieces = MatcherBuilder.pieces(of: core)
    for piece in pieces where pieces.count == 1 || weakness(of: SecretPatterns.unwrapped(piece)) == nil {
      let patterns = SecretPatterns.patterns(of: piece, isPiece: pieces.count > 1, limits: limits)
      for pattern in patterns { append(pattern, traits: pieces.count > 1 ? .piece : []) }
    }
    if pieces.count == 1, scope == .all {
      for fragment in SecretPatterns.fragments(of: core, limits: limits) { append(fragment, traits: .piece) }
    }
    secrets.append(SecretMatcher.Secret(name: name, scope: scope))
    return .success(.everyForm)
  }

  /// The matcher of all secrets registered so far.
  package func build() -> SecretMatcher {
    SecretMatcher(
      secrets: secrets, table: PatternTable(rows: rows, bytes: bytes),
      indexes: WindowIndexes.all(rows, bytes, hashSeed),
      limits: limits)
  }

  private func refusal(of core: [UInt8], given count: Int, name: SecretName) -> SecretRefusal? {
    if count == 0 { return .empty }
    if core.isEmpty { return .blank }
    if core.count > limits.maximumBytes { return .tooLong(bytes: core.count, maximum: limits.maximumBytes) }
    if secrets.count >= limits.maximumSecrets || bytes.count >= limits.maximumFormBytes {
      return .tooManySecrets(maximum: limits.maximumSecrets)
    }
    // A name is short, so most secrets cannot stand in it.
    guard core.count >= limits.minimumBorderBytes, core.count <= SecretName.maximumTextBytes else { return nil }
    let shown = name.text.utf8.map(SecretForms.lowerCased)
    return shown.firstRange(of: core.map(SecretForms.lowerCased)) == nil ? nil : .nameShowsSecret
  }

  private func weakness(of core: [UInt8]) -> SecretRefusal? {
    if core.count < limits.minimumBytes { return .tooShort(bytes: core.count, minimum: limits.minimumBytes) }
    if SecretStrength.isCommon(core) { return .common }
    let bits = SecretStrength.estimatedBits(core)
    return bits < limits.minimumBits ? .lowEntropy(bits: bits, minimum: limits.minimumBits) : nil
  }

  private mutating func append(_ pattern: SecretPattern, traits: PatternTable.Traits) {
    var traits = traits
    if pattern.ignoresCase { traits.insert(.ignoresCase) }
    if pattern.sharesFirst { traits.insert(.sharesFirst) }
    if pattern.sharesLast { traits.insert(.sharesLast) }
    rows.append(
      PatternTable.Row(
        start: bytes.count, count: pattern.bytes.count, secret: UInt32(truncatingIfNeeded: secrets.count),
        kind: pattern.kind, traits: traits, padding: UInt8(truncatingIfNeeded: pattern.padding),
        before: UInt16(clamping: pattern.before), after: UInt16(clamping: pattern.after)))
    bytes += pattern.bytes
  }

  /// The secret in pieces of even size, cut between characters: so that no form of a piece is very long, and a text
  /// that was cut off somewhere still shows little of it.
  private static func pieces(of core: [UInt8]) -> [[UInt8]] {
    let count = (core.count + RedactionLimits.pieceBytes - 1) / RedactionLimits.pieceBytes
    guard count > 1 else { return [core] }
    var cuts = (0...count).map { $0 * core.count / count }
    for index in 1..<count {
      var steps = 0
      // A byte 10xxxxxx continues a character of UTF-8; four in a row do not, so this is no text.
      while steps < 3, core[cuts[index]] & 0xC0 == 0x80 {
        cuts[index] -= 1
        steps += 1
      }
    }
    return zip(cuts, cuts.dropFirst()).map { Array(core[$0..<$1]) }
  }
}

extension MatcherBuilder: MaskedPrinting {}
