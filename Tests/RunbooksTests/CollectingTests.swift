import TestSupport
import Testing

@testable import Runbooks

@Suite("Outputs that append, and that make objects")
struct CollectingTests {
  static let method = """
    integration: api
    base_url: https://api.example.com
    methods:
      list:
        request: GET /x
    """

  static func document(_ output: String, variable: String = "{}") -> String {
    method + """

      ---
      runbook: r
      variables: { all: \(variable) }
      steps:
        go: { method: api/list, outputs: { all: \(output) }, then: done, else: done }
        done: { end: success }
      """
  }

  static func output(_ text: String) throws -> VariableBinding {
    let read = Documents.read(document(text))
    try #require(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    return try #require(read.runbooks.first?.document.step(named: "go")?.outputs.first)
  }

  @Test("An output may append, and reads the variable that it appends to")
  func append() throws {
    let output = try Self.output(#"{ from: "response^name", append: true, type: string, default: none }"#)
    #expect(output.appends)
    #expect(output.defaultValue == #""none""#)
    #expect(output.paths.map(\.text) == ["response^name", "all"])
  }

  @Test("An output may be an object of fields, each with path, type, mappings and default; objects stand in objects")
  func object() throws {
    let output = try Self.output(
      #"{ object: { id: "response^id", n: { from: "response^n", type: integer, default: null }, "#
        + #"in: { object: { state: { from: "response^s", value_mappings: { a: b } } } } } }"#)
    #expect(output.paths.map(\.text) == ["response^id", "response^n", "response^s"])
    guard case .object(let fields) = output.value else {
      Issue.record("no object")
      return
    }
    #expect(fields.map(\.name) == ["id", "n", "in"])
    #expect(fields[1].defaultValue == "null")
  }

  @Test(
    "What cannot be meant is refused where it stands",
    arguments: [
      (#"{ append: true }"#, "D104"), (#"{ from: "response^a", object: { a: "response" } }"#, "D109"),
      (#"{ object: {} }"#, "D105"), (#"{ object: { "": "response" } }"#, "D107"),
      (#"{ object: { a: { from: response, append: true } } }"#, "D109"),
      (#"{ from: "x <<response>>", default: 1 }"#, "D109"), (#"{ object: { a: "response" }, default: 1 }"#, "D109"),
    ])
  func refused(output: String, code: String) {
    let faults = Documents.read(Self.document(output)).faults
    #expect(faults.contains { $0.code.rawValue == (code == "D104" ? "D103" : code) }, "\(faults.map(\.rendered))")
  }

  @Test("Appending to what is declared as something else than an array is refused, to an array it is not")
  func declared() {
    let text = #"{ from: "response", append: true }"#
    #expect(Documents.read(Self.document(text, variable: "{ type: string }")).faults.contains { $0.code == .badOutput })
    #expect(!Documents.read(Self.document(text, variable: "{ type: array }")).faults.hasErrors)
  }

  @Test("A runbook that is started has nothing to append to")
  func handedOver() {
    let text = """
      runbook: r
      steps:
        go: { start_runbook: other, variables: { a: { from: status, append: true } }, else: done }
        done: { end: success }
      """
    #expect(Documents.read(text).faults.contains { $0.code == .conflictingKeys })
  }

  @Test("What is written reads as the same, in the native and in the vendor's form")
  func roundTrip() throws {
    let read = Documents.read(
      Self.document(
        #"{ append: true, object: { id: { from: "response^id", type: integer, default: [1.50, "x"] }, "#
          + #"in: { object: { "a b": "<<response^s>>-<<status>>" } } } }"#))
    let document = try #require(read.runbooks.first?.document)
    let again = Documents.read([("r.json", String(decoding: document.canonicalJSON, as: UTF8.self))])
    #expect(again.runbooks.first?.document == document)
    let exported =
      read.integrations.map { VendorExport.integration($0.document).json }
      + [VendorExport.runbook(document, integrations: read.integrations.map(\.document)).json]
    let vendor = Documents.read(
      exported.enumerated().map { (name: "\($0.offset).json", text: String(decoding: $0.element, as: UTF8.self)) })
    let output = try #require(document.step(named: "go")?.outputs.first)
    let back = try #require(vendor.runbooks.first?.document.steps.first?.outputs.first)
    #expect(back.value == output.value)
    #expect(back.appends)
  }

  @Test("The vendor's rows append and map objects; what is not known of them is named")
  func vendor() throws {
    let keys = #"""
      "output_variables": [{"key": "a", "value": "response^a", "addtoarray": true, "positiontoadd": 2},
      {"key": "b", "value": "", "object_mapping": [{"key": "x", "value": "response^x", "data_type": 2}]},
      {"key": "c", "value": "response^c", "object_mapping": {"x": 1}}],
      """#
    let read = VendorDocuments.read(
      VendorDocuments.runbook(
        steps: [
          VendorDocuments.method(
            1, isStart: true, keys: String(keys.dropLast(keys.last == "," ? 1 : 0)),
            edges: [VendorDocuments.edge(1, 2, seq: 1), VendorDocuments.edge(1, 2, seq: 2, approval: 0)]),
          VendorDocuments.end(2),
        ].joined(separator: ",")))
    let outputs = try #require(read.runbooks.first?.document.steps.first?.outputs)
    #expect(outputs.map(\.appends) == [true, false, false])
    guard case .object(let fields) = outputs[1].value else {
      Issue.record("no object")
      return
    }
    #expect(fields.map(\.type) == [.string])
    let named = read.faults.filter { $0.code == .vendorKeyKept }.map(\.rendered)
    #expect(named.contains { $0.contains("positiontoadd") })
    #expect(named.contains { $0.contains("object_mapping") })
  }

  @Test("A secret in an array flows to whatever reads the array, past any later append")
  func flow() {
    let text = """
      integration: api
      base_url: https://api.example.com
      methods:
        list: { request: GET /x }
        send: { request: "GET /y/<<all>>" }
      ---
      runbook: r
      variables: { key: { encrypt: true, default: x }, all: {} }
      steps:
        go: { method: api/list, outputs: { all: { from: key, append: true } }, then: more, else: done }
        more: { method: api/list, outputs: { all: { from: status, append: true } }, then: send, else: done }
        send: { method: api/send, then: done, else: done }
        done: { end: success }
      """
    for (document, isFound) in [
      (text, true), (text.replacing("from: status, append: true", with: "from: status"), false),
    ] {
      let read = Documents.read(document)
      #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
      #expect(read.faults.contains { $0.code == .secretInURL } == isFound, "\(read.faults.map(\.rendered))")
    }
  }
}
