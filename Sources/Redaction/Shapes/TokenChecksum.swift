/// The check digits that tokens carry. All work on ASCII text, character by character.
enum TokenChecksum {
  /// CRC-32 as zlib has it (ISO 3309), of a part of the text.
  static func crc32(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32 {
    var sum = UInt32.max
    for index in range { sum = table[Int(truncatingIfNeeded: (sum ^ UInt32(bytes[index])) & 0xFF)] ^ (sum >> 8) }
    return ~sum
  }

  /// The number that the part spells in this base: digits, then upper-case letters, then lower-case ones; up to base
  /// 36 letters are lower-case. Nil for other characters, and where it does not fit.
  static func number(_ bytes: Span<UInt8>, _ range: Range<Int>, base: UInt64) -> UInt64? {
    var number: UInt64 = 0
    for index in range {
      let byte = bytes[index]
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x5A where base > 36: digit = byte - 0x41 + 10
      case 0x61...0x7A: digit = byte - 0x61 + (base > 36 ? 36 : 10)
      default: return nil
      }
      let (product, overflow) = number.multipliedReportingOverflow(by: base)
      guard digit < base, !overflow else { return nil }
      let (sum, tooLarge) = product.addingReportingOverflow(UInt64(digit))
      guard !tooLarge else { return nil }
      number = sum
    }
    return number
  }

  /// Whether the digits satisfy Luhn's formula (ISO/IEC 7812-1, annex B).
  static func isLuhn(_ digits: [UInt8]) -> Bool {
    var sum = 0
    for (place, digit) in digits.reversed().enumerated() {
      let doubled = place % 2 == 0 ? Int(digit) : 2 * Int(digit)
      sum += doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0
  }

  /// Whether an account number without spaces leaves the remainder 1 (ISO 13616, ISO 7064 MOD 97-10).
  static func isMod97(_ characters: [UInt8]) -> Bool {
    guard characters.count > 4 else { return false }
    var remainder = 0
    for character in characters[4...] + characters[..<4] {
      switch character {
      case 0x30...0x39: remainder = (remainder * 10 + Int(character) - 0x30) % 97
      case 0x41...0x5A: remainder = (remainder * 100 + Int(character) - 0x41 + 10) % 97
      default: return false
      }
    }
    return remainder == 1
  }

  /// Whether an upper-case bech32 text has the right six characters at its end (BIP 173).
  static func isBech32(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let separator = range.last(where: { bytes[$0] == 0x31 }), range.upperBound - separator > 6 else {
      return false
    }
    var sum: UInt32 = 1
    let name = range.lowerBound..<separator
    for index in name { step(&sum, UInt32(lower(bytes[index]) >> 5)) }
    step(&sum, 0)
    for index in name { step(&sum, UInt32(lower(bytes[index]) & 31)) }
    for index in separator + 1..<range.upperBound {
      guard let value = bech32Characters.firstIndex(of: bytes[index]) else { return false }
      step(&sum, UInt32(value))
    }
    return sum == 1
  }

  private static func step(_ sum: inout UInt32, _ value: UInt32) {
    let top = sum >> 25
    sum = (sum & 0x1FF_FFFF) << 5 ^ value
    for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 { sum ^= generator }
  }

  private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  private static let generators: [UInt32] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]
  private static let bech32Characters = Array("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".utf8)
  private static let table: [UInt32] = (0...255).map { start in
    (0..<8).reduce(UInt32(start)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }
}
