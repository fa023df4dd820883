import Encodings
import SourceText
import TestSupport
import Testing

@Suite struct JSONSourceTests {
  private let text = """
    {
      "name": "é\\u0041", "n": 1.00,
      "unknown": { "z" : [ 1e3 , "\\/" ], "a": null }, "t": true
    }
    """

  @Test("Keys and values have their places, numbers their text")
  func places() throws {
    let node = try #require(try SourceTape.parse(text, file: "a.json").get().first)
    #expect(node.place == SourcePlace(file: "a.json", line: 1, column: 1))
    #expect(node.keyPlace("n") == SourcePlace(file: "a.json", line: 2, column: 22))
    #expect(node["n"]?.place == SourcePlace(file: "a.json", line: 2, column: 27))
    #expect(node["n"]?.numberText == "1.00")
    #expect(node["n"]?.integer == nil)
    #expect(node["name"]?.string == "éA")
    #expect(node["t"]?.bool == true)
    #expect(node["unknown"]?["z"]?[1]?.place == SourcePlace(file: "a.json", line: 3, column: 30))
    #expect(node["unknown"]?["a"]?.isNull == true)
    #expect(node.mapping?.count == 4)
    #expect(node["unknown"]?.mapping?[0].value.sequence?.count == 2)
  }

  @Test("A subtree keeps its exact text, and has a canonical one")
  func sourceText() throws {
    let node = try #require(try SourceTape.parse(text, file: "a.json").get().first)
    let unknown = try #require(node["unknown"])
    #expect(unknown.sourceText.map { String(decoding: $0, as: UTF8.self) } == #"{ "z" : [ 1e3 , "\/" ], "a": null }"#)
    #expect(String(decoding: unknown.jsonText, as: UTF8.self) == #"{"z":[1e3,"/"],"a":null}"#)
    #expect(node.sourceText.map { Array($0) } == Array(text.utf8))
    #expect(node.member("unknown")?.key.sourceText.map { Array($0) } == Array("\"unknown\"".utf8))
    let tape = try JSONTape(Array(text.utf8))
    #expect(node.jsonText == tape.canonicalText(tape.root))
  }

  @Test(
    "Faults of JSON have a place and a code",
    arguments: [
      ("{\"a\": 1,\n \"a\": 2}", SourceFault.Code.duplicateKey, 2, 2), ("{\"a\": 1,}", .syntax, 1, 9),
      ("{\n\"a\": [1,\n", .syntax, 3, 1), ("[\"\u{1}\"]", .character, 1, 3), ("\u{FEFF}{}", .character, 1, 1),
      ("[\"\\ud800\"]", .character, 1, 3), ("// note\n{}", .syntax, 1, 1), ("{} {}", .syntax, 1, 4),
      ("", .syntax, 1, 1),
      (String(repeating: "[", count: 65), .limit, 1, 65),
    ])
  func refused(text: String, code: SourceFault.Code, line: Int, column: Int) {
    let fault = #expect(throws: SourceFault.self) { try SourceTape.parse(text, file: "a.json").get() }
    #expect(fault?.code == code, "\(fault?.rendered ?? "")")
    #expect(fault.map { [$0.place.line, $0.place.column] } == [line, column], "\(fault?.rendered ?? "")")
  }

  @Test("A large file in one line costs one pass")
  func oneLine() throws {
    let text = "[" + (0..<150_000).map { "\($0)" }.joined(separator: ",") + "]"
    let node = try #require(try SourceTape.parse(text, file: "a.json").get().first)
    #expect(node.sequence?.count == 150_000)
    #expect(node[149_999]?.place.column == text.utf8.count - 6)
  }
}
