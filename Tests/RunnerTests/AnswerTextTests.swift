import Labels
import Runbooks
import Testing

@testable import Runner

@Suite("Answers in other character sets")
struct AnswerTextTests {
  /// What an output takes, as a log shows it.
  static func taken(
    _ path: String, from body: [UInt8], type: String?, response: String = "json"
  ) throws -> String {
    let text = Samples.text.replacing("outputs: { name: response^name! }", with: "response: \(response)")
    let (_, method) = try RequestBuildingTests.method("read", text)
    var registry = Samples.registry()
    let view = registry.view()
    var headers: [(name: String, value: [UInt8])] = []
    if let type { headers.append(("Content-Type", Array(type.utf8))) }
    let answer = LabeledAnswer(
      status: 200, headers: headers, body: body, of: method, title: "Read", ownHosts: .nowhere, view: view)
    var scope = try Samples.scope()
    scope.answer = answer.scope
    let value = try scope.value(try VariablePath(parsing: path))
    return DiscloseDoor.viewerText(value, view: view).text
  }

  @Test("A text is read by the character set that it names")
  func texts() throws {
    let latin: [UInt8] = Array("caf".utf8) + [0xE9]
    let type = "text/plain; charset=iso-8859-1"
    for response in ["text", "json"] {
      #expect(try Self.taken("response!", from: latin, type: type, response: response) == "café")
    }
    let wide: [UInt8] = [0xFE, 0xFF, 0x00, 0xE9]
    #expect(try Self.taken("response!", from: wide, type: "text/plain;charset=\"UTF-16\"", response: "text") == "é")
    #expect(try Self.taken("response!", from: Array("é".utf8), type: nil, response: "text") == "é")
  }

  @Test("JSON is UTF-8 whatever it names, but where it cannot be, and may have a mark before it")
  func json() throws {
    let latin: [UInt8] = Array(#"{"a":"caf"#.utf8) + [0xE9] + Array(#""}"#.utf8)
    let type = "application/json; charset=ISO-8859-1"
    #expect(try Self.taken("response^a", from: latin, type: type) == "\"café\"")
    #expect(try Self.taken("response^a", from: Array(#"{"a":"café"}"#.utf8), type: type) == "\"café\"")
    #expect(try Self.taken("response^a", from: [0xEF, 0xBB, 0xBF] + Array(#"{"a":1}"#.utf8), type: nil) == "1")
  }

  @Test(
    "Bytes of an unknown character set, or of none of the one that is named, are no value of an output",
    arguments: ["text/plain; charset=koi8-r", "text/plain; charset=utf-8", "text/plain; charset=utf-16", nil])
  func refused(type: String?) throws {
    for response in ["text", "json"] {
      #expect(throws: ValueFault.notUTF8) {
        try Self.taken("response!", from: [0xF0, 0xD2, 0xC9], type: type, response: response)
      }
      #expect(try Self.taken("status", from: [0xF0, 0xD2, 0xC9], type: type, response: response) == "200")
    }
  }
}
