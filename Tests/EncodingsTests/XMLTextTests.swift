import Encodings
import Testing

@Suite struct XMLTextTests {
  @Test("Markup and white space that a parser would change become references")
  func escape() {
    #expect(XMLText.escape("<&>\"'\t\r\n é😀".utf8) == Array("&lt;&amp;&gt;&quot;&apos;&#9;&#13;&#10; é😀".utf8))
  }

  @Test("What XML 1.0 has no way to write is refused", arguments: [0x00, 0x08, 0x0B, 0x0C, 0x1F, 0xFFFE, 0xFFFF])
  func forbidden(value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    #expect(XMLText.escape("a\(Character(scalar))b".utf8) == nil)
  }

  @Test(
    "The neighbours of what is forbidden pass",
    arguments: [0x20, 0x7F, 0x85, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF])
  func allowed(value: UInt32) throws {
    let text = String(Character(try #require(Unicode.Scalar(value))))
    #expect(XMLText.escape(text.utf8) == Array(text.utf8))
  }

  @Test("Bytes that are not UTF-8 are refused")
  func notUTF8() {
    #expect(XMLText.escape([0x61, 0x80]) == nil)
    #expect(XMLText.escape([0xEF, 0xBF]) == nil)
    #expect(XMLText.escape([0xED, 0xA0, 0x80]) == nil)
  }
}
