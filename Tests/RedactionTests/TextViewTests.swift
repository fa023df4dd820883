import TestSupport
import Testing

@testable import Redaction

@Suite("Views of a text")
struct TextViewTests {
  private static func unwrapped(_ text: String) -> TextView? { Array(text.utf8).withUnsafeBytes(TextView.unwrapped) }
  private static func unescaped(_ text: String) -> TextView? { Array(text.utf8).withUnsafeBytes(TextView.unescaped) }
  private static func text(_ view: TextView?) -> String? { view.map { String(decoding: $0.bytes, as: UTF8.self) } }

  @Test("Line breaks and the indentation behind them are left out")
  func unwrapping() {
    #expect(Self.unwrapped("no break") == nil)
    #expect(Self.text(Self.unwrapped("a\nb\r\n  c\n\t \nd e \n")) == "abcd e ")
    #expect(Self.text(Self.unwrapped("\n")) == "")
    #expect(Self.text(Self.unwrapped("\n  x  y")) == "x  y")
  }

  @Test("Escapes are undone, and those that stand for line breaks leave none")
  func unescaping() {
    #expect(Self.unescaped("plain\ntext & 100 %") == nil)
    #expect(Self.text(Self.unescaped("a\\n  b%0A\\tc\nd&amp;e")) == "abcd&e")
    #expect(Self.text(Self.unescaped("\\n")) == "")
    #expect(Self.text(Self.unescaped("a\\\n  b")) == "ab")
    #expect(Self.text(Self.unescaped("\\u20ac\\ud83d\\ude00")) == "€😀")
  }

  @Test("The map leads every byte back to what it was made from")
  func maps() throws {
    let view = try #require(Self.unescaped("ab\n %41c\\ud83d\\ude00\\nd"))
    #expect(Self.text(view) == "abAc😀d")
    let expected = [0..<1, 1..<2, 4..<7, 7..<8, 8..<20, 8..<20, 8..<20, 8..<20, 22..<23]
    #expect((0..<view.bytes.count).map { view.map.source(of: $0..<$0 + 1) } == expected)
    #expect(view.map.source(of: 0..<9) == 0..<23)
    #expect(view.map.source(of: 1..<3) == 1..<7)
    #expect(view.map.source(of: 5..<6) == 8..<20)
  }

  @Test("Bytes of a view are those of the text below, wherever the map says they were copied")
  func copies() {
    for seed in 0..<200 {
      var random = SeededRandom(seed: UInt64(seed))
      let parts = ["ab", "\n", "\r\n  ", "%41", "\\n", "\\u00e9", "&lt;", "\\", "%", "&", " ", "é"]
      let text = (0..<random.number(in: 1...40)).map { _ in random.element(of: parts) ?? "" }.joined()
      let bytes = Array(text.utf8)
      for view in [Self.unwrapped(text), Self.unescaped(text)].compactMap({ $0 }) {
        #expect(!view.bytes.contains(0x0A) && !view.bytes.contains(0x0D))
        for offset in view.bytes.indices {
          guard let source = view.map.source(of: offset..<offset + 1) else {
            Issue.record("no source, seed \(seed)")
            return
          }
          if source.count == 1 { #expect(bytes[source.lowerBound] == view.bytes[offset], "seed \(seed)") }
        }
      }
    }
  }

  @Test("A byte of a class is found at every offset, and nothing else is", arguments: [0, 1, 7, 15, 16, 17, 31, 40])
  func search(offset: Int) {
    for (byteClass, members) in [
      (ByteClass.lineBreaks, [0x0A, 0x0D]), (.marks, [0x25, 0x26, 0x5C]),
      (.marksAndLineBreaks, [0x0A, 0x0D, 0x25, 0x26, 0x5C]), (.zero, [0x00]),
    ] as [(ByteClass, [UInt8])] {
      for byte in UInt8.min...UInt8.max {
        var text = [UInt8](repeating: 0x78, count: 41)
        text[offset] = byte
        let found = text.withUnsafeBytes { $0.nextIndex(of: byteClass, from: 0) }
        #expect(found == (members.contains(byte) ? offset : 41), "\(byteClass) \(byte)")
      }
    }
  }
}
