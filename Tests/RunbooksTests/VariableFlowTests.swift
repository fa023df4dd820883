import Runbooks
import Testing

@Suite("VariableFlow")
struct VariableFlowTests {
  static let text = """
    integration: a
    base_url: https://a.example.com
    methods:
      send: { request: "POST /<<token>>" }
      other: { request: "POST /b", body: { json: '{"x": <<copy>>}' } }
      plain: { request: GET /plain, outputs: { later: token^part } }
      third: { request: "GET /<<later>>" }
      locked: { request: GET /locked, headers: { X-Key: { encrypt: true } } }
      unused: { request: "GET /<<token>>" }
    ---
    runbook: r
    variables:
      token: { secret: kv/a#b }
      copy: { from: "Bearer <<token>>" }
      unrelated: { secret: kv/c#d }
    steps:
      one: { method: a/send, then: two, else: failed }
      two: { method: a/other, then: three, else: failed }
      three: { method: a/plain, then: four, else: failed }
      four: { method: a/third, then: five, else: failed }
      five: { method: a/locked, then: done, else: failed }
      done: { end: success }
      failed: { end: failure }
    """

  static func methods(sending variable: String) throws -> [String] {
    let read = DocumentReader.read([DocumentFile(name: "f.yaml", bytes: Array(text.utf8))]) { "fresh" }
    let runbook = try #require(read.runbooks.first?.document, "\(read.faults.map(\.rendered))")
    let integration = try #require(read.integrations.first?.document)
    return VariableFlow.methods(sending: variable, in: runbook) { reference in
      guard case .named(_, let name) = reference else { return nil }
      return integration.method(named: name)
    }.map(\.text)
  }

  @Test("A variable is sent by the methods that name it, or one that is made from it; unread templates may name any")
  func flow() throws {
    #expect(try Self.methods(sending: "token") == ["a/send", "a/other", "a/third", "a/locked"])
    #expect(try Self.methods(sending: "later") == ["a/third", "a/locked"])
    #expect(try Self.methods(sending: "unrelated") == ["a/locked"])
  }
}
