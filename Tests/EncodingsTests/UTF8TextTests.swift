import Encodings
import TestSupport
import Testing

@Suite struct UTF8TextTests {
  @Test("Every scalar at the edges is well-formed, every damaged one is not")
  func edges() throws {
    for value: UInt32 in [
      0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x10FFFF,
    ] {
      let bytes = Array(String(Character(try #require(Unicode.Scalar(value)))).utf8)
      #expect(UTF8Text.isValid(bytes))
      for count in 1..<max(1, bytes.count) { #expect(UTF8Text.firstInvalidOffset(bytes[..<count]) == 0) }
    }
  }

  @Test("The verdict is the standard library's", arguments: 0..<10 as Range<UInt64>)
  func againstStandardLibrary(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let leads: [UInt8] = [
      0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0x90, 0x9F, 0xA0,
    ]
    for _ in 0..<3000 {
      let bytes = (0..<random.number(in: 0...6)).compactMap { _ in random.element(of: leads) }
      #expect(UTF8Text.isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil))
    }
  }
}
