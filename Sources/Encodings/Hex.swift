/// Hexadecimal text (RFC 4648 §8), written in lower case.
package enum Hex {
  /// Two lower-case digits for each byte.
  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: encodeBytes(bytes), as: UTF8.self)
  }

  /// As `encode`, as ASCII bytes.
  package static func encodeBytes(_ bytes: some Sequence<UInt8>, upperCase: Bool = false) -> [UInt8] {
    bytes.withContiguousBytes { span in
      var output: [UInt8] = []
      output.reserveCapacity(span.count * 2)
      for index in span.indices {
        output.append(digit(span[index] >> 4, upperCase: upperCase))
        output.append(digit(span[index] & 15, upperCase: upperCase))
      }
      return output
    }
  }

  /// The bytes that `text` spells; nil for an odd count or any byte that is no digit. Upper-case digits are refused
  /// unless allowed, so that one value has one spelling where that matters.
  package static func decode(_ text: some Sequence<UInt8>, allowUpperCase: Bool) -> [UInt8]? {
    text.withContiguousBytes { span in
      guard span.count.isMultiple(of: 2) else { return nil }
      var output: [UInt8] = []
      output.reserveCapacity(span.count / 2)
      for index in stride(from: 0, to: span.count, by: 2) {
        guard let high = value(span[index], allowUpperCase: allowUpperCase),
          let low = value(span[index + 1], allowUpperCase: allowUpperCase)
        else { return nil }
        output.append(high << 4 | low)
      }
      return output
    }
  }

  /// As the other `decode`, from a string.
  package static func decode(_ text: String, allowUpperCase: Bool = false) -> [UInt8]? {
    decode(text.utf8, allowUpperCase: allowUpperCase)
  }

  /// The ASCII digit of a value below 16.
  static func digit(_ value: UInt8, upperCase: Bool = false) -> UInt8 {
    value < 10 ? 0x30 + value : (upperCase ? 0x41 : 0x61) - 10 + value
  }

  /// The value of an ASCII digit.
  static func value(_ digit: UInt8, allowUpperCase: Bool = true) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    case 0x41...0x46 where allowUpperCase: digit - 0x41 + 10
    default: nil
    }
  }
}
