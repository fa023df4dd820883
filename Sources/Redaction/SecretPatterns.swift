internal import Encodings

/// One byte string that the matcher searches for.
///
/// Line breaks are taken out of it, as they are of the text (`TextView`), so that wrapped text is found. It begins and
/// ends with a byte that is no white space: what precedes it in a text can therefore never change what it matches.
struct SecretPattern: MaskedPrinting {
  var kind: FormKind
  var bytes: [UInt8]
  /// Letters match in either case.
  var ignoresCase = true
  /// The character before shares bits with the secret, if it is one of the alphabet.
  var sharesFirst = false
  /// The character after shares bits with the secret, if it is one of the alphabet.
  var sharesLast = false
  /// `=` that may follow.
  var padding = 0
  /// Of a fragment: bytes of the secret before and after it.
  var before = 0
  var after = 0
}

/// Which byte strings find a secret in all forms of `SecretForms`, given that escapes are undone, letter case is
/// ignored and line breaks are taken out of the text.
enum SecretPatterns {
  /// The patterns of a secret, or of a piece of one, each byte string once. A piece does not begin where the encoded
  /// text does, so it is searched for at every alignment of every encoding.
  static func patterns(of secret: [UInt8], isPiece: Bool, limits: RedactionLimits) -> [SecretPattern] {
    let core = SecretForms.trimmed(secret)
    var list = PatternList(minimumBytes: limits.minimumBytes)
    list.add(SecretPattern(kind: .raw, bytes: core))
    // As forms write it; of the rest of a form's escaping nothing is left in the views.
    let plus = core.map { $0 == 0x20 ? 0x2B : $0 }
    list.add(SecretPattern(kind: .form, bytes: plus))
    for variant in wrappedAtBlanks(core) { list.add(SecretPattern(kind: .raw, bytes: variant)) }
    for variant in undoneVariants(core) + undoneVariants(plus) {
      guard SecretStrength.estimatedBits(variant) >= limits.minimumBits else { continue }
      list.add(SecretPattern(kind: .unescaped, bytes: variant))
    }
    for quoted in SecretForms.quoted(core) { list.add(SecretPattern(kind: .quoted, bytes: quoted)) }
    if let transcoded = SecretForms.transcoded(core) {
      list.add(SecretPattern(kind: .transcoded, bytes: transcoded))
    }
    list.add(SecretPattern(kind: .hex, bytes: Hex.encodeBytes(core)))
    for (kind, alphabet) in [(FormKind.base64, Base64.Alphabet.standard), (.base64url, .urlSafe)] {
      for alignment in 0..<3 { list.add(base64(core, alignment: alignment, kind: kind, alphabet: alphabet)) }
    }
    for alignment in 0..<(isPiece ? 5 : 1) { list.add(base32(core, alignment: alignment)) }
    list.add(SecretPattern(kind: .utf16LittleEndian, bytes: SecretForms.utf16(core, highFirst: false)))
    list.add(SecretPattern(kind: .utf16BigEndian, bytes: SecretForms.utf16(core, highFirst: true)))
    return list.patterns
  }

  /// The pieces of a secret that are searched for by themselves, but for text that somebody chose.
  static func fragments(of secret: [UInt8], limits: RedactionLimits) -> [SecretPattern] {
    let core = unwrapped(secret)
    return Fragments.ranges(of: core, limits: limits).map { range in
      SecretPattern(
        kind: .fragment, bytes: Array(core[range]), before: limits.widensFragments ? range.lowerBound : 0,
        after: limits.widensFragments ? core.count - range.upperBound : 0)
    }
  }

  /// `bytes` without line breaks and the indentation behind them, and without white space around.
  static func unwrapped(_ bytes: [UInt8]) -> [UInt8] {
    let trimmed = SecretForms.trimmed(bytes)
    guard trimmed.contains(where: { LineBreaks.continues(false, $0) }) else { return trimmed }
    var output: [UInt8] = []
    output.reserveCapacity(trimmed.count)
    var isInBreak = false
    for byte in trimmed {
      isInBreak = LineBreaks.continues(isInBreak, byte)
      if !isInBreak { output.append(byte) }
    }
    return output
  }

  /// The secret with blanks left out as a line break takes their place, or as they are taken for indentation behind
  /// one: at any choice of up to four blanks, else at each of the first sixteen.
  private static func wrappedAtBlanks(_ core: [UInt8]) -> [[UInt8]] {
    let blanks = core.indices.filter { core[$0] == 0x20 || core[$0] == 0x09 }
    guard !blanks.isEmpty else { return [] }
    let choices: [[Int]] =
      blanks.count <= 4
      ? (1..<1 << blanks.count).map { choice in
        blanks.enumerated().filter { choice >> $0.offset & 1 == 1 }.map(\.element)
      } : blanks.prefix(16).map { [$0] }
    return choices.map { omitted in core.indices.filter { !omitted.contains($0) }.map { core[$0] } }
  }

  /// A secret can hold escapes itself (a signature of a URL holds `%2B`). Undoing escapes in a text undoes those too;
  /// so the secret is also searched for with the escapes of some families undone.
  private static func undoneVariants(_ core: [UInt8]) -> [[UInt8]] {
    guard core.contains(where: { $0 == 0x25 || $0 == 0x26 || $0 == 0x5C }) else { return [] }
    let families = EscapeTokens.Family.allCases
    return (1..<1 << families.count).compactMap { choice in
      let chosen = families.enumerated().filter { choice >> $0.offset & 1 == 1 }.map(\.element)
      return EscapeTokens.undone(core, families: Set(chosen))
    }
  }

  private static func base64(
    _ core: [UInt8], alignment: Int, kind: FormKind, alphabet: Base64.Alphabet
  ) -> SecretPattern {
    let total = alignment + core.count
    return SecretPattern(
      kind: kind, bytes: SecretForms.base64Core(core, alignment: alignment, alphabet: alphabet), ignoresCase: false,
      sharesFirst: alignment > 0, sharesLast: !total.isMultiple(of: 3), padding: (3 - total % 3) % 3)
  }

  private static func base32(_ core: [UInt8], alignment: Int) -> SecretPattern {
    let text = Base32.encodeBytes([UInt8](repeating: 0, count: alignment) + core, padded: false)
    let whole = 8 * (alignment + core.count) / 5
    return SecretPattern(
      kind: .base32, bytes: Array(text[(8 * alignment + 4) / 5..<whole]), sharesFirst: alignment > 0,
      sharesLast: text.count > whole, padding: (8 - text.count % 8) % 8)
  }
}

/// Patterns in order, without those that others make needless.
private struct PatternList {
  let minimumBytes: Int
  var patterns: [SecretPattern] = []

  init(minimumBytes: Int) { self.minimumBytes = minimumBytes }

  mutating func add(_ pattern: SecretPattern) {
    var pattern = pattern
    pattern.bytes = SecretPatterns.unwrapped(pattern.bytes)
    guard pattern.bytes.count >= minimumBytes, !patterns.contains(where: { $0.bytes == pattern.bytes }) else { return }
    patterns.append(pattern)
  }
}

/// Which bytes of a text belong to a line break: the break itself, further breaks, and the indentation behind.
enum LineBreaks {
  /// Whether `byte` belongs to a line break, given whether the byte before it did.
  @inline(__always)
  static func continues(_ isInBreak: Bool, _ byte: UInt8) -> Bool {
    byte == 0x0A || byte == 0x0D || isInBreak && (byte == 0x20 || byte == 0x09)
  }
}
