import Encodings
import Testing

@Suite struct TextEncodingTests {
  static func text(_ encoding: TextEncoding, _ bytes: [UInt8]) -> String? {
    encoding.utf8(bytes).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    "An encoding has the names that servers write",
    arguments: [
      ("UTF-8", .utf8), ("us-ascii", .utf8), ("ISO-8859-1", .windows1252), ("Latin1", .windows1252),
      ("Windows-1252", .windows1252), ("utf-16", .utf16(isLittleEndian: true)),
      ("UTF-16BE", .utf16(isLittleEndian: false)), ("koi8-r", nil), ("iso-8859-15", nil), ("", nil),
    ] as [(String, TextEncoding?)])
  func names(name: String, encoding: TextEncoding?) {
    #expect(TextEncoding(charset: name) == encoding)
  }

  @Test("Every byte of windows-1252 is a character, and ISO 8859-1 where both have one")
  func windows1252() {
    for byte in UInt8.min...UInt8.max where !(0x80...0x9F).contains(byte) {
      #expect(Self.text(.windows1252, [byte])?.unicodeScalars.map(\.value) == [UInt32(byte)])
    }
    #expect(Self.text(.windows1252, Array(0x80...0x8F)) == "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}")
    #expect(Self.text(.windows1252, Array(0x90...0x9F)) == "\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ")
  }

  @Test("UTF-16 is read in the order that its mark says, else in that of its name")
  func utf16() {
    let little = TextEncoding.utf16(isLittleEndian: true)
    let big = TextEncoding.utf16(isLittleEndian: false)
    #expect(Self.text(little, [0xE9, 0x00, 0x3D, 0xD8, 0x00, 0xDE]) == "é😀")
    #expect(Self.text(big, [0x00, 0xE9]) == "é")
    #expect(Self.text(little, [0xFE, 0xFF, 0x00, 0xE9]) == "é")
    #expect(Self.text(big, [0xFF, 0xFE, 0xE9, 0x00]) == "é")
    #expect(Self.text(little, []) == "")
  }

  @Test("Bytes that are no text of an encoding are refused")
  func refused() {
    #expect(TextEncoding.utf8.utf8([0xE9]) == nil)
    for bytes: [UInt8] in [[0x61], [0x3D, 0xD8], [0x00, 0xDE, 0x61, 0x00], [0x3D, 0xD8, 0x61, 0x00]] {
      #expect(TextEncoding.utf16(isLittleEndian: true).utf8(bytes) == nil, "\(bytes)")
    }
  }
}
