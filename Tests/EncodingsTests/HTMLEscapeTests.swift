import Encodings
import TestSupport
import Testing

@Suite struct HTMLEscapeTests {
  @Test("The five characters become references, all else stays")
  func escape() {
    #expect(
      HTMLEscape.escape("<a href=\"x\" b='y'>&amp;é".utf8)
        == Array(
          "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;é".utf8))
  }

  @Test("No naughty string keeps a character that could open or close anything")
  func naughtyStrings() throws {
    for string in try NaughtyStrings.load() {
      let escaped = HTMLEscape.escape(string)
      #expect(!escaped.contains { [0x3C, 0x3E, 0x22, 0x27].contains($0) })
      #expect(
        escaped.filter { $0 == 0x26 }.count == string.filter { [0x26, 0x3C, 0x3E, 0x22, 0x27].contains($0) }.count)
    }
  }
}
