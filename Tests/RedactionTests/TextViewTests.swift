import TestSupport
import Testing

@testable import Redaction

@Suite("Views of a text")
struct TextViewTests {
  private static func unwrapped(_ text: String) -> TextView? { Array(text.utf8).withUnsafeBytes(TextView.unwrapped) }
  private static func unescaped(_ text: String) -> TextView? {
    Array(text.utf8).withUnsafeBytes { TextView.unescaped($0)?.view }
  }
  private static func text(_ view: TextView?) -> String? { view.map { String(decoding: $0.bytes, as: UTF8.self) } }

  @Test("Line breaks and the indentation behind them are left out")
  func unwrapping() {
    #expect(Self.text(Self.unwrapped("no break")) == "no break")
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

  @Test(
    "A byte that a search stops at is found at every offset, and nothing else is",
    arguments: [0, 1, 31, 32, 63, 64, 99])
  func stops(offset: Int) {
    for (stops, members) in [
      (UnsafeRawBufferPointer.Stops.breaks, [0x0A, 0x0D]), (.marks, [0x25, 0x26, 0x5C]),
      (.breaksAndMarks, [0x0A, 0x0D, 0x25, 0x26, 0x5C]), (.compressedHeads, []),
    ] as [(UnsafeRawBufferPointer.Stops, [UInt8])] {
      for byte in UInt8.min...UInt8.max {
        var text = [UInt8](repeating: 0x79, count: 100)
        text[offset] = byte
        #expect(Self.places(text, stops) == (members.contains(byte) ? [offset] : []), "\(stops) \(byte)")
      }
    }
  }

  @Test("Every beginning of gzip and zlib is found at every offset")
  func heads() {
    let heads: [[UInt8]] = [[0x1F, 0x8B], [0x78, 0x01], [0x78, 0x5E], [0x78, 0x9C], [0x78, 0xDA]]
    for offset in 0..<98 {
      for first in [0x1F, 0x78] as [UInt8] {
        for second in UInt8.min...UInt8.max {
          var text = [UInt8](repeating: 0x20, count: 100)
          text.replaceSubrange(offset..<offset + 2, with: [first, second])
          let isHead = heads.contains([first, second])
          #expect(Self.places(text, .compressedHeads) == (isHead ? [offset] : []), "\(offset) \(first) \(second)")
        }
      }
    }
  }

  @Test("Thousands of stops are all found, in order, until the search is told to end")
  func manyStops() {
    let text = [UInt8](repeating: 0x0A, count: 3000)
    #expect(Self.places(text, .breaks) == Array(0..<3000))
    var seen = 0
    text.withUnsafeBytes { bytes in
      bytes.forEachStop(.breaks) { _ in
        seen += 1
        return seen < 700
      }
    }
    #expect(seen == 700)
  }

  @Test("A survey tells which kinds of bytes a text holds, wherever they are", arguments: [0, 1, 31, 32, 40])
  func survey(offset: Int) {
    for byte in UInt8.min...UInt8.max {
      var text = [UInt8](repeating: 0x79, count: 41)
      text[offset] = byte
      let survey = text.withUnsafeBytes { ByteSurvey($0) }
      #expect(survey.hasBreak == [0x0A, 0x0D].contains(byte))
      #expect(survey.hasMark == [0x25, 0x26, 0x5C].contains(byte))
      #expect(survey.hasZeroByte == (byte == 0))
      #expect(survey.hasBinary == (byte < 2 || byte == 0x1F || byte >= 0x80))
    }
  }

  private static func places(_ text: [UInt8], _ stops: UnsafeRawBufferPointer.Stops) -> [Int] {
    var places: [Int] = []
    text.withUnsafeBytes { bytes in
      bytes.forEachStop(stops) { place in
        places.append(place)
        return true
      }
    }
    return places
  }
}
