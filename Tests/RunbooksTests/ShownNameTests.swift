import Testing

@testable import Runbooks

@Suite("Names that lists can show")
struct ShownNameTests {
  private typealias V = VendorDocuments

  private static let remedy =
    "which no list shows as it is; leave it out: a name is one line, without control characters and without marks that "
    + "turn the direction of writing [D115]"

  @Test(
    "A name with a character that no list shows as it is, is refused with its place and what helps",
    arguments: [
      ("\\u0000", "U+0000"), ("\\u0001", "U+0001"), ("\\t", "U+0009"), ("\\n", "U+000A"), ("\\u007F", "U+007F"),
      ("\\u0085", "U+0085"), ("\\u009F", "U+009F"), ("\\u2028", "U+2028"), ("\\u2029", "U+2029"),
      ("\\u200E", "U+200E"), ("\\u202E", "U+202E"), ("\\u2069", "U+2069"),
    ])
  func refused(escape: String, shown: String) {
    let runbook = #"{"runbook": "r", "name": "a\#(escape)b", "steps": {"a": {"end": "success"}}}"#
    #expect(
      Documents.read([("r.json", runbook)]).faults.map(\.rendered) == [
        "r.json:1:26: error: `name` holds \(shown), \(Self.remedy)"
      ])
    let group = #"{"runbook": "r", "group": "\#(escape)", "steps": {"a": {"end": "success"}}}"#
    #expect(
      Documents.read([("r.json", group)]).faults.map(\.rendered) == [
        "r.json:1:27: error: `group` holds \(shown), \(Self.remedy)"
      ])
    let integration = #"{"integration": "i", "name": "\#(escape)b", "base_url": "https://h"}"#
    #expect(
      Documents.read([("i.json", integration)]).faults.map(\.rendered) == [
        "i.json:1:30: error: `name` holds \(shown), \(Self.remedy)"
      ])
    let method =
      #"{"integration": "i", "base_url": "https://h", "methods": {"m": {"id": "x\#(escape)", "request": "GET /"}}}"#
    #expect(
      Documents.read([("i.json", method)]).faults.map(\.rendered) == [
        "i.json:1:71: error: `id` of the method `m` holds \(shown), \(Self.remedy)"
      ])
  }

  @Test("The same in YAML, where the escape has another spelling")
  func yaml() {
    #expect(
      Documents.faults("runbook: r\nname: \"a\\0b\"\nsteps: { a: { end: success } }\n") == [
        "a.yaml:2:7: error: `name` holds U+0000, \(Self.remedy)"
      ])
  }

  @Test("Names of every script and with pictures are names, and notes and values may hold what names may not")
  func taken() {
    let names = ["Über 🙂", "ночь", "夜", "עברית", "a\u{200D}b", "e\u{301}", "x\u{202F}y"]
    for name in names {
      let text = #"{"runbook": "r", "name": "\#(name)", "group": "\#(name)", "steps": {"a": {"end": "success"}}}"#
      #expect(!Documents.read([("r.json", text)]).faults.hasErrors, "\(name)")
    }
    let rest =
      #"{"runbook": "r", "notes": "a\u0000\n", "variables": {"v": {"default": "\u0000"}}, "#
      + #""steps": {"a": {"end": "success"}}}"#
    #expect(!Documents.read([("r.json", rest)]).faults.hasErrors)
  }

  @Test("A document that was stored with such a name before is still read")
  func stored() throws {
    let runbook = RunbookDocument(id: "r", name: "a\0b", group: "\n", steps: [Step(name: "a", kind: .end(.success))])
    #expect(RunbookDocument(canonicalJSON: runbook.canonicalJSON)?.name == "a\0b")
    let integration = IntegrationDocument(id: "i", name: "a\u{202E}b", baseURL: "https://h")
    #expect(IntegrationDocument(canonicalJSON: integration.canonicalJSON)?.name == "a\u{202E}b")
  }

  @Test("A vendor document has a space in the place of each such character, and a warning says so")
  func vendor() throws {
    let integration = V.integration().replacing("Their API", with: #"Their\u0000API\n"#)
    let read = Documents.read([("i.json", integration)])
    let document = try #require(read.integrations.first?.document)
    #expect(document.id == "their-api")
    #expect(document.name == "Their API")
    #expect(
      read.faults.filter { $0.code == .unshownName }.map { "\($0.severity.rawValue) \($0.message)" } == [
        "warning `name` of the integration holds U+0000, which no list shows as it is: it is imported with a space there"
      ])
    let text = V.runbook(#""group_name": "Night\u202E""#).replacing("Imported", with: #"\u2028Imported"#)
    let imported = Documents.read([("r.json", text)])
    let runbook = try #require(imported.runbooks.first?.document)
    #expect(runbook.name == "Imported")
    #expect(runbook.group == "Night")
    #expect(
      imported.faults.filter { $0.code == .unshownName }.map { "\($0.severity.rawValue) \($0.message)" } == [
        "warning `name` of the runbook holds U+2028, which no list shows as it is: it is imported with a space there",
        "warning `group_name` of the runbook holds U+202E, which no list shows as it is: it is imported with a space there",
      ])
  }

  @Test("A vendor document whose name is nothing but such characters has none")
  func nothingLeft() {
    let integration = V.integration().replacing("Their API", with: #"\u0000\u202E"#)
    #expect(
      Documents.read([("i.json", integration)]).faults.filter { $0.severity == .error }.map(\.rendered) == [
        "i.json:1:1: error: the integration has no `name`; write one into the file [D103]"
      ])
  }
}
