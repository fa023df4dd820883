import Encodings
import TestSupport
import Testing

@Suite struct JSONTextTests {
  @Test("Only what must be escaped is escaped")
  func quoting() {
    #expect(JSONText.quoted("a/\u{7F}é\u{2028}😀") == "\"a/\u{7F}é\u{2028}😀\"")
    #expect(JSONText.quoted("\"\\\u{8}\u{C}\n\r\t\u{0}\u{1F}") == #""\"\\\b\f\n\r\t\u0000\u001f""#)
    var output = Array("x".utf8)
    JSONText.appendQuoted(AnySequence([0x61, 0x22]), to: &output)
    #expect(String(decoding: output, as: UTF8.self) == #"x"a\"""#)
  }

  @Test("Escapes of either kind come back as the characters")
  func unescaping() {
    #expect(unescape(#"\u00e9\u00E9\/\b\f\n\r\t\"\\"#) == "éé/\u{8}\u{C}\n\r\t\"\\")
    #expect(unescape(#"\ud83d\ude00\uFFFF\u0000"#) == "😀\u{FFFF}\u{0}")
    #expect(unescape("") == "")
  }

  @Test(
    "What cannot stand between quotes is refused",
    arguments: [
      "\"", "a\"b", "\\", "\\x", "\\u", "\\u123", "\\ud800", "\\ud800\\ud800", "\\udc00", "\n", "\u{0}", "\\\n",
    ])
  func refused(content: String) {
    #expect(JSONText.unescape(content: content.utf8) == nil)
    #expect(JSONText.unescapeMapped(content: content.utf8) == nil)
  }

  @Test("Content that is not UTF-8 is refused")
  func notUTF8() {
    #expect(JSONText.unescape(content: [0x61, 0xFF]) == nil)
    #expect(JSONText.unescape(content: [0xC3]) == nil)
    #expect(JSONText.unescapeMapped(content: [0xED, 0xA0, 0x80]) == nil)
  }

  @Test("Every naughty string survives quoting, the tape and unescaping")
  func naughtyStrings() throws {
    let strings = try NaughtyStrings.load()
    #expect(strings.count == 515)
    for string in strings {
      let content = JSONText.escapedContent(string)
      #expect(JSONText.unescape(content: content) == string)
      #expect(JSONText.escapedContentMapped(string).bytes == content)
      var quoted: [UInt8] = []
      JSONText.appendQuoted(string, to: &quoted)
      let tape = try JSONTape(quoted)
      #expect(tape.stringBytes(tape.root) == string)
    }
  }

  @Test("Random text survives, with the map exact in both directions", arguments: 0..<200 as Range<UInt64>)
  func mapped(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let text = Array(random.text(maximumCount: 40).utf8)
    let escaped = JSONText.escapedContentMapped(text)
    #expect(escaped.bytes == JSONText.escapedContent(text))
    let unescaped = try #require(JSONText.unescapeMapped(content: escaped.bytes))
    #expect(unescaped.bytes == text)
    #expect(unescaped.map == escaped.map.inverted)
    // Each byte alone maps to exactly its own escape.
    var outputStart = 0
    for offset in text.indices {
      let count = JSONText.escapedContent([text[offset]]).count
      #expect(escaped.map.outputRange(ofInput: offset..<offset + 1) == outputStart..<outputStart + count)
      #expect(escaped.map.inputRange(ofOutput: outputStart..<outputStart + 1) == offset..<offset + 1)
      outputStart += count
    }
    #expect(outputStart == escaped.map.outputCount)
  }

  @Test("A span over an escape of many bytes covers all of the character, and none of its neighbours")
  func surrogatePair() throws {
    let content = Array(#"a\ud83d\ude00\u00e9z"#.utf8)
    let mapped = try #require(JSONText.unescapeMapped(content: content))
    #expect(String(decoding: mapped.bytes, as: UTF8.self) == "a😀éz")
    #expect(mapped.map.inputRange(ofOutput: 1..<5) == 1..<13)
    #expect(mapped.map.inputRange(ofOutput: 2..<3) == 1..<13)
    #expect(mapped.map.inputRange(ofOutput: 5..<7) == 13..<19)
    #expect(mapped.map.outputRange(ofInput: 8..<9) == 1..<5)
    #expect(mapped.map.inputRange(ofOutput: 7..<8) == 19..<20)
  }

  private func unescape(_ content: String) -> String? {
    JSONText.unescape(content: content.utf8).map { String(decoding: $0, as: UTF8.self) }
  }
}
