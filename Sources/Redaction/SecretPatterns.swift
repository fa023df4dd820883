internal import Encodings

/// One byte string that the matcher searches for.
///
/// Line breaks are taken out of it, as they are of the text (`TextView`), so that wrapped text is found. It begins and
/// ends with a byte that is no white space: what precedes it in a text can therefore never change what it matches.
struct SecretPattern {
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
}

/// Which byte strings find a secret in all forms of `SecretForms`, given that escapes are undone, letter case is
/// ignored and line breaks are taken out of the text.
enum SecretPatterns {
  /// The patterns of a secret, or of a piece of one, each byte string once.
  static func patterns(of secret: [UInt8], minimumBytes: Int, minimumBits: Int) -> [SecretPattern] {
    let core = SecretForms.trimmed(secret)
    var list = PatternList(minimumBytes: minimumBytes)
    list.add(SecretPattern(kind: .raw, bytes: core))
    if core.contains(0x20) { list.add(SecretPattern(kind: .form, bytes: core.map { $0 == 0x20 ? 0x2B : $0 })) }
    for variant in undoneVariants(core) where SecretStrength.estimatedBits(variant) >= minimumBits {
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
    list.add(base32(core))
    list.add(SecretPattern(kind: .utf16LittleEndian, bytes: SecretForms.utf16(core, highFirst: false)))
    list.add(SecretPattern(kind: .utf16BigEndian, bytes: SecretForms.utf16(core, highFirst: true)))
    return list.patterns
  }

  /// `bytes` without line breaks and the indentation behind them, and without white space around.
  static func unwrapped(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var isInBreak = false
    for byte in SecretForms.trimmed(bytes) {
      isInBreak = LineBreaks.continues(isInBreak, byte)
      if !isInBreak { output.append(byte) }
    }
    return output
  }

  /// A secret can hold escapes itself (a signature of a URL holds `%2B`). Undoing escapes in a text undoes those too;
  /// so the secret is also searched for with the escapes of some families undone.
  private static func undoneVariants(_ core: [UInt8]) -> [[UInt8]] {
    guard core.contains(where: { [0x25, 0x26, 0x5C].contains($0) }) else { return [] }
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

  private static func base32(_ core: [UInt8]) -> SecretPattern {
    let text = Base32.encodeBytes(core, padded: false)
    let whole = 8 * core.count / 5
    return SecretPattern(
      kind: .base32, bytes: Array(text.prefix(whole)), sharesLast: text.count > whole,
      padding: (8 - text.count % 8) % 8)
  }
}

/// Patterns in order, without those that others make needless.
private struct PatternList {
  let minimumBytes: Int
  var patterns: [SecretPattern] = []
  private var seen: Set<[UInt8]> = []

  init(minimumBytes: Int) { self.minimumBytes = minimumBytes }

  mutating func add(_ pattern: SecretPattern) {
    var pattern = pattern
    pattern.bytes = SecretPatterns.unwrapped(pattern.bytes)
    guard pattern.bytes.count >= minimumBytes, seen.insert(pattern.bytes).inserted else { return }
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
