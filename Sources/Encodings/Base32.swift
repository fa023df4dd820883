/// Base 32: RFC 4648 §6, and Douglas Crockford's alphabet for identifiers that people read aloud.
package enum Base32 {
  /// Which 32 characters are used. Bits are taken from the left in both, so the text sorts as the bytes do (in the
  /// Crockford alphabet, whose characters are in ASCII order).
  package enum Alphabet: Sendable {
    /// `A`…`Z`, `2`…`7` (§6).
    case standard
    /// `0`…`9`, then lower-case letters without `i`, `l`, `o`, `u`.
    case crockford
  }

  /// The text of `bytes`; padded with `=` to a multiple of eight where asked.
  package static func encode(
    _ bytes: some Collection<UInt8>, alphabet: Alphabet = .standard, padded: Bool = false
  ) -> String {
    String(decoding: encodeBytes(bytes, alphabet: alphabet, padded: padded), as: UTF8.self)
  }

  /// As `encode`, as ASCII bytes.
  package static func encodeBytes(
    _ bytes: some Collection<UInt8>, alphabet: Alphabet = .standard, padded: Bool = false
  ) -> [UInt8] {
    bytes.withContiguousBytes { span in
      var output: [UInt8] = []
      output.reserveCapacity((span.count + 4) / 5 * 8)
      var group: UInt16 = 0
      var bitCount = 0
      for index in span.indices {
        group = group << 8 | UInt16(span[index])
        bitCount += 8
        while bitCount >= 5 {
          bitCount -= 5
          output.append(character(group >> UInt16(bitCount), alphabet))
        }
        group &= (1 << UInt16(bitCount)) - 1
      }
      if bitCount > 0 { output.append(character(group << UInt16(5 - bitCount), alphabet)) }
      if padded { while !output.count.isMultiple(of: 8) { output.append(0x3D) } }
      return output
    }
  }

  /// The bytes that `text` spells, or nil.
  ///
  /// Strict: the alphabet in its own case, unused bits zero, padding in full or not at all (`allowPadding`), and no
  /// character more than needed.
  package static func decode(
    _ text: some Collection<UInt8>, alphabet: Alphabet = .standard, allowPadding: Bool = true
  ) -> [UInt8]? {
    text.withContiguousBytes { span in
      var end = span.count
      while end > 0, span[end - 1] == 0x3D { end -= 1 }
      let paddingCount = span.count - end
      guard paddingCount == 0 || allowPadding && span.count.isMultiple(of: 8) && paddingCount < 8 else { return nil }
      guard [0, 2, 4, 5, 7].contains(end % 8) else { return nil }

      var output: [UInt8] = []
      output.reserveCapacity(end / 8 * 5 + 4)
      var group: UInt16 = 0
      var bitCount = 0
      for index in 0..<end {
        guard let value = value(span[index], alphabet) else { return nil }
        group = group << 5 | UInt16(value)
        bitCount += 5
        if bitCount >= 8 {
          bitCount -= 8
          output.append(UInt8(truncatingIfNeeded: group >> UInt16(bitCount)))
          group &= (1 << UInt16(bitCount)) - 1
        }
      }
      return group == 0 ? output : nil
    }
  }

  /// As the other `decode`, from a string.
  package static func decode(
    _ text: String, alphabet: Alphabet = .standard, allowPadding: Bool = true
  ) -> [UInt8]? {
    decode(text.utf8, alphabet: alphabet, allowPadding: allowPadding)
  }

  private static let crockfordCharacters = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  /// The character for the lowest five bits of `group`.
  package static func character(_ group: UInt16, _ alphabet: Alphabet) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: group & 31)
    return switch alphabet {
    case .standard: value < 26 ? 0x41 + value : value - 26 + 0x32
    case .crockford: crockfordCharacters[Int(value)]
    }
  }

  private static func value(_ character: UInt8, _ alphabet: Alphabet) -> UInt8? {
    switch alphabet {
    case .standard:
      switch character {
      case 0x41...0x5A: character - 0x41
      case 0x32...0x37: character - 0x32 + 26
      default: nil
      }
    case .crockford: crockfordCharacters.firstIndex(of: character).map { UInt8($0) }
    }
  }
}
