import Encodings
import Foundation
import TestSupport
import Testing

@testable import Runbooks

@Suite("The list of native keys")
struct DocumentSchemaTests {
  private func page(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: Vectors.checkout.appendingPathComponent(path)), as: UTF8.self)
  }

  @Test("The schema that ships is the one that the list of keys gives")
  func schema() throws {
    #expect(try page("docs/schema/chancery.schema.json") == DocumentSchema.text)
    let tape = try JSONTape(Array(DocumentSchema.text.utf8))
    #expect(tape.member(tape.root, "$defs").map { tape.count($0) } == NativeObject.allCases.count)
  }

  @Test("The schema takes every example that ships")
  func examples() throws {
    let schema = try SchemaReading()
    for path in [
      "ask-openai.yaml", "rotate-webhook.yaml", "demo/tickets.yaml", "demo/open-incident.yaml", "demo/identity.yaml",
    ] {
      #expect(try schema.accepts(try Documents.example(path).text), "\(path)")
    }
  }

  @Test("What check refuses by a rule that a schema can say, the schema refuses")
  func refused() throws {
    let schema = try SchemaReading()
    func integration(_ method: String, auth: String = "none") -> String {
      """
      integration: a
      base_url: https://a.example
      auth: \(auth)
      methods: { m: { \(method) } }
      """
    }
    func runbook(_ answer: String, step: String = "end: success") -> String {
      """
      runbook: r
      start: { public: { auth: none, answer: \(answer) } }
      steps: { s: { \(step) } }
      """
    }
    func retry(_ cause: String) -> String { "request: GET /x, retry: { attempts: 2, retry_on: [\(cause)] }" }
    let cases: [(text: String, isGood: Bool)] = [
      (runbook("200"), true), (runbook("204"), true), (runbook("203"), false), (runbook("'200'"), false),
      (runbook("200", step: "end: success, sleep: 5s"), false), (runbook("200", step: "title: x"), false),
      (integration("request: HEAD /x"), true), (integration("request: OPTIONS /x"), false),
      (integration("request: GETS /x"), false), (integration("request: POST /x, body: none"), true),
      (integration("request: POST /x, body: { text: a }"), true),
      (integration("request: POST /x, body: { text: a, xml: <a/> }"), false),
      (integration("request: POST /x, body: {}"), false),
      (integration("request: POST /x, body: { file: <<f>>, type: text/plain }"), true),
      (integration(retry("timeout, 429, '503', 5xx")), true), (integration(retry("foo")), false),
      (integration(retry("9xx")), false), (integration(retry("600")), false), (integration(retry("42")), false),
      (integration("request: GET /x", auth: "{ type: api_key, header: X-Key }"), true),
      (integration("request: GET /x", auth: "{ type: api_key, query: key }"), true),
      (integration("request: GET /x", auth: "{ type: api_key, header: X-Key, query: key }"), false),
      (integration("request: GET /x", auth: "{ type: api_key }"), false),
      (integration("request: GET /x", auth: "{ type: bearer }"), true),
      (integration("request: GET /x, outputs: { a: { from: response^a } }"), true),
      (integration("request: GET /x, outputs: { a: { type: string } }"), false),
    ]
    for (text, isGood) in cases {
      #expect(try schema.accepts(text) == isGood, "\(text)")
      #expect(!Documents.read(text).faults.hasErrors == isGood, "\(Documents.faults(text))")
    }
  }

  @Test("The authors' page explains every key")
  func page() throws {
    let text = try page("docs/documents.md")
    let missing = NativeObject.allCases.flatMap { object in
      object.keys.filter { !text.contains("`\($0.name)`") }.map { "\(object.rawValue).\($0.name)" }
    }
    #expect(missing == [])
  }

  @Test("Keys are unique in their object and have a summary")
  func keys() {
    for object in NativeObject.allCases {
      #expect(Set(object.keys.map(\.name)).count == object.keys.count)
      for key in object.keys { #expect(key.summary.hasSuffix(".") || key.summary.contains(":"), "\(key.name)") }
    }
  }

  @Test("Every key that is written is one of the list, so every written document can be read", arguments: 0..<40)
  func written(seed: Int) {
    var documents = RandomDocuments(seed: UInt64(seed))
    let read = Documents.read([
      ("r.json", String(decoding: documents.runbook().canonicalJSON, as: UTF8.self)),
      ("i.json", String(decoding: documents.integration().canonicalJSON, as: UTF8.self)),
    ])
    #expect(
      read.faults.filter {
        [.unknownKey, .wrongType, .missingKey, .conflictingKeys].contains($0.code) && $0.severity == .error
      }.isEmpty)
  }
}
