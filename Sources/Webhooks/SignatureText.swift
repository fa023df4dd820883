import Encodings

/// Decodes the text of a signature without stopping at what is wrong with it: a text that is none takes as long as one
/// that is, so that the time of a refusal does not tell how far the text was right. What it takes follows from the length.
enum SignatureText {
  /// The bytes, and whether the text is the one spelling of them (as `Hex.decode` and `Base64.decode` have it); if not,
  /// there are as many zeros.
  static func decode(_ text: ArraySlice<UInt8>, _ encoding: SignatureEncoding) -> (bytes: [UInt8], isRight: Bool) {
    var (bytes, isRight): ([UInt8], Bool) =
      switch encoding {
      case .hex: hex(text)
      case .base64: base64(text)
      case .text: (Array(text), true)
      }
    let keep: UInt8 = isRight ? 0xFF : 0
    for index in bytes.indices { bytes[index] &= keep }
    return (bytes, isRight)
  }

  private static func hex(_ text: ArraySlice<UInt8>) -> ([UInt8], Bool) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var seen: UInt8 = 0
    var index = text.startIndex
    while index + 1 < text.endIndex {
      let (high, low) = (hexDigits[Int(text[index])], hexDigits[Int(text[index + 1])])
      seen |= high | low
      bytes.append(high << 4 | low & 15)
      index += 2
    }
    return (bytes, seen & wrong == 0 && text.count.isMultiple(of: 2))
  }

  private static func base64(_ text: ArraySlice<UInt8>) -> ([UInt8], Bool) {
    var end = text.endIndex
    while end > text.startIndex, text.endIndex - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3 + 2)
    var seen: UInt8 = 0
    var group: UInt32 = 0
    var bitCount: UInt32 = 0
    for index in text.startIndex..<end {
      let digit = base64Digits[Int(text[index])]
      seen |= digit
      group = group << 6 | UInt32(digit & 63)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> bitCount))
        group &= (1 << bitCount) - 1
      }
    }
    return (bytes, seen & wrong == 0 && group == 0 && text.count.isMultiple(of: 4) && bitCount < 6)
  }

  /// The bit of a table's entry that is no digit's value.
  private static let wrong: UInt8 = 0x80

  private static let hexDigits = digits("0123456789abcdef")
  private static let base64Digits = digits("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

  private static func digits(_ alphabet: StaticString) -> [UInt8] {
    var table = [UInt8](repeating: wrong, count: 256)
    alphabet.withUTF8Buffer { letters in
      for (value, letter) in letters.enumerated() { table[Int(letter)] = UInt8(value) }
    }
    return table
  }
}
