import SourceText
import Testing

@Suite struct SourceTapeTests {
  @Test(
    "The name says how a file is read, its first bracket where the name does not",
    arguments: [
      ("a.json", "{\"a\": 1}", true), ("A.JSON", "{\"a\": 1}", true), ("a.yaml", "{\"a\": 1}", true),
      ("-", " \n{\"a\": 1}", true), ("a.yaml", "{a: 1}", false), ("a.yml", "{a: 1}", false), ("a.yaml", "a: 1", false),
      ("-", "a: 1", false),
    ])
  func formats(file: String, text: String, isJSON: Bool) throws {
    let node = try #require(try SourceTape.parse(text, file: file).get().first)
    #expect(node["a"]?.integer == 1)
    #expect((node.sourceText != nil) == isJSON)
  }

  @Test(
    "JSON is held to its own rules where it was meant",
    arguments: [
      ("a.json", "a: 1", SourceFault.Code.syntax), ("-", "{a: 1}", .syntax),
      ("a.yaml", "{\"a\":1,\"a\":2}", .duplicateKey),
    ])
  func strict(file: String, text: String, code: SourceFault.Code) {
    let fault = #expect(throws: SourceFault.self) { try SourceTape.parse(text, file: file).get() }
    #expect(fault?.code == code)
  }

  @Test("The caller's word decides over the name")
  func explicit() throws {
    #expect(try SourceTape.parse("a: 1", file: "a.json", as: .yaml).get().count == 1)
    #expect(throws: SourceFault.self) { try SourceTape.parse("a: 1", file: "a.yaml", as: .json).get() }
  }

  @Test("YAML and JSON of the same content give the same JSON text")
  func sameContent() throws {
    let json = #"{"a": [1.50, true, null, "x\""], "b": {"c": "d"}}"#
    let fromJSON = try SourceTape.parse(json, file: "a.json").get()
    let fromYAML = try SourceTape.parse("a: [1.50, true, ~, 'x\"']\nb:\n  c: |-\n    d\n", file: "a.yaml").get()
    #expect(fromYAML.map(\.jsonText) == fromJSON.map(\.jsonText))
  }

  @Test("Keys compare byte for byte")
  func normalForms() throws {
    let node = try #require(try SourceTape.parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}", file: "a.json").get().first)
    #expect(node["\u{E9}"]?.integer == 1)
    #expect(node["e\u{301}"]?.integer == 2)
  }

  @Test("A fault shows a name on one line and never at full length")
  func shownNames() {
    let long = String(repeating: "k", count: 300)
    let fault = #expect(throws: SourceFault.self) {
      try SourceTape.parse("\(long): 1\n\(long): 2\n", file: "a.yaml").get()
    }
    #expect(fault?.message.utf8.count ?? 0 < 120)
    let lines = #expect(throws: SourceFault.self) {
      try SourceTape.parse("\"a\\nb\\e[31m\": 1\n\"a\\nb\\e[31m\": 2\n", file: "a.yaml").get()
    }
    #expect(lines?.rendered.contains { $0.isNewline || $0 == "\u{1B}" } == false)
  }
}
