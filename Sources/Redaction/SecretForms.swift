internal import Encodings

/// The ways of writing a secret that must be found (docs/spec/redaction-forms.md).
///
/// This list is for people, hunts and tests: what it names is always found. The matcher does not hold most of it: it
/// undoes escapes in the text instead, which finds every mixture of escaped and plain characters, and it ignores
/// letter case and line breaks. What the matcher does hold is `SecretPatterns`.
package enum SecretForms {
  /// Every listed form of `secret`, each byte string once, the raw one first. White space around the secret is not
  /// part of it. A secret of white space only has none.
  package static func forms(of secret: some Collection<UInt8>) -> [SecretForm] {
    let core = trimmed(Array(secret))
    guard !core.isEmpty else { return [] }
    var list = FormList()
    list.add(.raw, core)
    list.add(.letterCase, core.map(upperCased))
    list.add(.letterCase, core.map(lowerCased))
    for escaped in JSONForms.escaped(core) { list.add(.json, escaped) }
    for escaped in JSONForms.everyCharacter(core) { list.add(.jsonEveryCharacter, escaped) }
    for escaped in PercentForms.escaped(core) { list.add(.percent, escaped) }
    for escaped in PercentForms.everyByte(core) { list.add(.percentEveryByte, escaped) }
    for escaped in PercentForms.form(core) { list.add(.form, escaped) }
    for escaped in HTMLForms.escaped(core) { list.add(.html, escaped) }
    for escaped in HTMLForms.everyCharacter(core) { list.add(.htmlEveryCharacter, escaped) }
    list.add(.hex, Hex.encodeBytes(core))
    list.add(.hex, Hex.encodeBytes(core, upperCase: true))
    for (kind, alphabet) in [(FormKind.base64, Base64.Alphabet.standard), (.base64url, .urlSafe)] {
      list.add(kind, Base64.encodeBytes(core, alphabet: alphabet, padded: true))
      list.add(kind, Base64.encodeBytes(core, alphabet: alphabet, padded: false))
      for alignment in 0..<3 { list.add(kind, base64Core(core, alignment: alignment, alphabet: alphabet)) }
    }
    list.add(.base32, Base32.encodeBytes(core, padded: true))
    list.add(.base32, Base32.encodeBytes(core, padded: false))
    list.add(.base32, Base32.encodeBytes(core, padded: false).map(lowerCased))
    list.add(.utf16LittleEndian, utf16(core, highFirst: false))
    list.add(.utf16BigEndian, utf16(core, highFirst: true))
    for quoted in quoted(core) { list.add(.quoted, quoted) }
    if let transcoded = transcoded(core) { list.add(.transcoded, transcoded) }
    return list.forms
  }

  /// `bytes` without the white space around them.
  static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    let first = bytes.firstIndex { !isBlank($0) } ?? bytes.endIndex
    let end = bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? first
    return end - first == bytes.count ? bytes : Array(bytes[first..<end])
  }

  /// Those characters of the base64 text of anything that holds `bytes` at an offset of `alignment` modulo three which
  /// `bytes` alone determines. What stands before and after shares a character with them at most.
  static func base64Core(_ bytes: [UInt8], alignment: Int, alphabet: Base64.Alphabet) -> [UInt8] {
    let text = Base64.encodeBytes(
      [UInt8](repeating: 0, count: alignment) + bytes, alphabet: alphabet, padded: false)
    let first = (8 * alignment + 5) / 6
    let end = 8 * (alignment + bytes.count) / 6
    return Array(text[first..<end])
  }

  /// UTF-16 of the text; of bytes that are no UTF-8, each byte as a character.
  static func utf16(_ bytes: [UInt8], highFirst: Bool) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(2 * bytes.count)
    for scalar in scalars(bytes) {
      for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
        let (high, low) = (UInt8(truncatingIfNeeded: unit >> 8), UInt8(truncatingIfNeeded: unit))
        output.append(highFirst ? high : low)
        output.append(highFirst ? low : high)
      }
    }
    return output
  }

  /// With each `'` as a shell (`'\''`, `'"'"'`) and SQL (`''`) write it inside single quotes; none without one.
  static func quoted(_ bytes: [UInt8]) -> [[UInt8]] {
    guard bytes.contains(0x27) else { return [] }
    return ["'\\''", "'\"'\"'", "''"].map { quote in bytes.flatMap { $0 == 0x27 ? Array(quote.utf8) : [$0] } }
  }

  /// Each byte from 0x80 on taken for a Latin-1 character and written as UTF-8; nil when there is none.
  static func transcoded(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.contains(where: { $0 >= 0x80 }) else { return nil }
    return bytes.flatMap { Array(UTF8.encode(Unicode.Scalar($0)) ?? UTF8.encodedReplacementCharacter) }
  }

  /// The characters of the text; of bytes that are no UTF-8, each byte as a character.
  static func scalars(_ bytes: [UInt8]) -> [Unicode.Scalar] {
    if let text = String(validating: bytes, as: UTF8.self) { return Array(text.unicodeScalars) }
    return bytes.map { Unicode.Scalar($0) }
  }

  static func upperCased(_ byte: UInt8) -> UInt8 { (0x61...0x7A).contains(byte) ? byte & ~0x20 : byte }
  static func lowerCased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

/// Forms in order, each byte string once.
private struct FormList {
  var forms: [SecretForm] = []
  private var seen: Set<[UInt8]> = []

  mutating func add(_ kind: FormKind, _ bytes: [UInt8]) {
    guard !bytes.isEmpty, seen.insert(bytes).inserted else { return }
    forms.append(SecretForm(kind: kind, bytes: bytes))
  }
}
