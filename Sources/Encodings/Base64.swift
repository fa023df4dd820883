/// Base 64 (RFC 4648 §4 and §5).
package enum Base64 {
  /// Which 64 characters are used.
  package enum Alphabet: Sendable {
    /// `+` and `/` (§4).
    case standard
    /// `-` and `_` (§5).
    case urlSafe
  }

  /// What a decoder does about `=` at the end.
  package enum Padding: Sendable {
    /// The text must be padded to a multiple of four.
    case required
    /// No `=` may appear.
    case forbidden
    /// Padded in full or not at all.
    case optional
  }

  /// The text of `bytes`.
  package static func encode(
    _ bytes: some Collection<UInt8>, alphabet: Alphabet = .standard, padded: Bool = true
  ) -> String {
    String(decoding: encodeBytes(bytes, alphabet: alphabet, padded: padded), as: UTF8.self)
  }

  /// As `encode`, as ASCII bytes.
  package static func encodeBytes(
    _ bytes: some Collection<UInt8>, alphabet: Alphabet = .standard, padded: Bool = true
  ) -> [UInt8] {
    bytes.withContiguousBytes { encodeSpan($0, alphabet: alphabet, padded: padded) }
  }

  /// The bytes that `text` spells, or nil.
  ///
  /// Strict, so that one value has one spelling: no character outside the alphabet (white space neither), padding as
  /// asked, and the unused bits of the last character zero (RFC 4648 §3.5).
  package static func decode(
    _ text: some Collection<UInt8>, alphabet: Alphabet = .standard, padding: Padding = .required
  ) -> [UInt8]? {
    text.withContiguousBytes { decodeSpan($0, alphabet: alphabet, padding: padding) }
  }

  /// As the other `decode`, from a string.
  package static func decode(
    _ text: String, alphabet: Alphabet = .standard, padding: Padding = .required
  ) -> [UInt8]? {
    decode(text.utf8, alphabet: alphabet, padding: padding)
  }

  private static func encodeSpan(_ bytes: Span<UInt8>, alphabet: Alphabet, padded: Bool) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index + 3 <= bytes.count {
      let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
      output.append(character(group >> 18, alphabet))
      output.append(character(group >> 12, alphabet))
      output.append(character(group >> 6, alphabet))
      output.append(character(group, alphabet))
      index += 3
    }
    switch bytes.count - index {
    case 1:
      let group = UInt32(bytes[index]) << 16
      output.append(character(group >> 18, alphabet))
      output.append(character(group >> 12, alphabet))
      if padded { output += [0x3D, 0x3D] }
    case 2:
      let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8
      output.append(character(group >> 18, alphabet))
      output.append(character(group >> 12, alphabet))
      output.append(character(group >> 6, alphabet))
      if padded { output.append(0x3D) }
    default: break
    }
    return output
  }

  private static func decodeSpan(_ text: Span<UInt8>, alphabet: Alphabet, padding: Padding) -> [UInt8]? {
    var end = text.count
    while end > 0, text.count - end < 2, text[end - 1] == 0x3D { end -= 1 }
    let paddingCount = text.count - end
    switch padding {
    case .required: guard text.count.isMultiple(of: 4) else { return nil }
    case .forbidden: guard paddingCount == 0 else { return nil }
    case .optional: guard paddingCount == 0 || text.count.isMultiple(of: 4) else { return nil }
    }
    guard end % 4 != 1, paddingCount == 0 || end % 4 + paddingCount == 4 else { return nil }

    var output: [UInt8] = []
    output.reserveCapacity(end / 4 * 3 + 2)
    var group: UInt32 = 0
    var bitCount = 0
    for index in 0..<end {
      guard let value = value(text[index], alphabet) else { return nil }
      group = group << 6 | UInt32(value)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        output.append(UInt8(truncatingIfNeeded: group >> UInt32(bitCount)))
        group &= (1 << UInt32(bitCount)) - 1
      }
    }
    return group == 0 ? output : nil
  }

  private static func character(_ group: UInt32, _ alphabet: Alphabet) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: group & 63)
    return switch value {
    case 0..<26: 0x41 + value
    case 26..<52: 0x61 - 26 + value
    case 52..<62: value - 52 + 0x30
    case 62: alphabet == .standard ? 0x2B : 0x2D
    default: alphabet == .standard ? 0x2F : 0x5F
    }
  }

  private static func value(_ character: UInt8, _ alphabet: Alphabet) -> UInt8? {
    switch character {
    case 0x41...0x5A: character - 0x41
    case 0x61...0x7A: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case 0x2B where alphabet == .standard: 62
    case 0x2F where alphabet == .standard: 63
    case 0x2D where alphabet == .urlSafe: 62
    case 0x5F where alphabet == .urlSafe: 63
    default: nil
    }
  }
}
