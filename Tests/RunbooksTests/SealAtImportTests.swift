import Testing

@testable import Runbooks

@Suite("Values in clear where they belong sealed")
struct SealAtImportTests {
  private static let integration = """
    integration: i
    base_url: https://api.example.com
    auth: { type: bearer, token: clear-token }
    methods:
      m:
        request: POST /x
        query: { k: { value: "clear-key", encrypt: true }, plain: "1" }
        headers: { X-Team: { value: "<<team>>", encrypt: true } }
        body: { form: { secret: { value: "id-<<team>>", encrypt: true } } }

    """
  private static let runbook = """
    runbook: r
    start: { public: { auth: signature, scheme: github, key: clear-hook-key } }
    variables:
      team: soc
      note: { encrypt: true, default: clear-note }
      later: { encrypt: true }
    steps: { a: { method: i/m, then: b, else: b }, b: { end: success } }
    """

  @Test("They are handed out under their slots and replaced by sealed")
  func handedOut() throws {
    let read = Documents.read([("i.yaml", Self.integration), ("r.yaml", Self.runbook)])
    #expect(!read.faults.hasErrors)
    let found = read.sealed.map { ($0.slot, String(decoding: $0.value, as: UTF8.self)) }
    let expected: [(SealedSlot, String)] = [
      (.integrationCredential(integration: "i", field: "token"), "clear-token"),
      (.row(integration: "i", method: "m", kind: .query, name: "k"), "clear-key"),
      (.row(integration: "i", method: "m", kind: .header, name: "X-Team"), "<<team>>"),
      (.row(integration: "i", method: "m", kind: .form, name: "secret"), "id-<<team>>"),
      (.startCredential(runbook: "r", name: "key"), "clear-hook-key"),
      (.variable(runbook: "r", name: "note"), "clear-note"),
    ]
    #expect(Set(found.map(\.0)) == Set(expected.map(\.0)))
    for (slot, value) in expected { #expect(found.first { $0.0 == slot }?.1 == value) }
    let method = try #require(read.integrations.first?.document.methods.first)
    #expect(method.query.map(\.value) == [.sealed, .template(Template(literal: "1"))])
    #expect(read.runbooks.first?.document.variable(named: "note")?.initialValue == .sealed)
  }

  @Test("Neither the document nor what is written of it holds them")
  func notWritten() {
    let read = Documents.read([("i.yaml", Self.integration), ("r.yaml", Self.runbook)])
    let texts =
      read.integrations.map { String(decoding: $0.document.canonicalJSON, as: UTF8.self) + "\($0.document)" }
      + read.runbooks.map { String(decoding: $0.document.canonicalJSON, as: UTF8.self) + "\($0.document)" }
      + read.faults.map(\.rendered) + ["\(read.sealed)", String(reflecting: read.sealed)]
    for text in texts { #expect(!text.contains("clear-")) }
    var dumped = ""
    dump(read.sealed, to: &dumped)
    #expect(!dumped.contains("99, 108, 101"))
  }

  @Test("The file still holds them, which is a warning; a template of variables alone is no secret")
  func warnings() {
    let read = Documents.read([("i.yaml", Self.integration), ("r.yaml", Self.runbook)])
    let warned = read.faults.filter { $0.code == .clearSecret }
    #expect(warned.count == 5)
    #expect(
      warned.first?.rendered
        == "i.yaml:3:30: warning: `token` stands in clear in this file; the import seals it, the file still holds it; "
        + "remove it from the file and enter it with `chancery set i auth token` [D150]")
  }

  @Test("What must be entered is listed, with the command")
  func required() throws {
    let read = Documents.read([("i.yaml", Self.integration), ("r.yaml", Self.runbook)])
    let integration = try #require(read.integrations.first?.document)
    let runbook = try #require(read.runbooks.first?.document)
    #expect(
      RequiredSecrets.of(integration).map(\.command) == [
        "chancery set i auth token", "chancery set i/m query k", "chancery set i/m header X-Team",
        "chancery set i/m form secret",
      ])
    #expect(
      RequiredSecrets.of(runbook) { _ in integration.methods.first }.map(\.command) == [
        "chancery set r auth key", "chancery set r variable note", "chancery set r variable later",
      ])
  }

  @Test("A command says which is meant where a runbook and an integration have one name, and only there")
  func sharedNames() {
    let ofIntegration = SealedSlot.integrationCredential(integration: "o", field: "token")
    let ofRunbook = SealedSlot.startCredential(runbook: "o", name: "key")
    #expect(ofIntegration.command(shared: ["o"]) == "chancery set integration:o auth token")
    #expect(ofRunbook.command(shared: ["o"]) == "chancery set runbook:o auth key")
    #expect(ofIntegration.command(shared: ["p"]) == "chancery set o auth token")
    #expect(SealedSlot.variable(runbook: "o", name: "v").command(shared: ["o"]) == "chancery set o variable v")
  }

  @Test("An encrypted variable that an output sets need not be entered")
  func setByOutput() throws {
    let text = """
      runbook: r
      variables: { token: { encrypt: true } }
      steps: { a: { method: i/m, outputs: { token: response^t }, then: b }, b: { end: success } }
      """
    let runbook = try #require(Documents.read(text).runbooks.first?.document)
    #expect(RequiredSecrets.of(runbook) { _ in nil } == [])
  }

  @Test("References to the store are listed once each, and hold nothing in clear")
  func references() throws {
    let files = try ["rotate-webhook.yaml"].map(Documents.example)
    let read = Documents.read(files)
    #expect(
      read.integrations.first?.document.secretReferences.map(\.text) == [
        "kv/registry#api_key", "kv/registry#webhook_user",
      ])
    #expect(read.runbooks.first?.document.secretReferences.map(\.text) == ["kv/hooks/rotate-webhook#secret"])
  }

  @Test(
    "A blank or a mask written back is no value: nothing is sealed, and what was entered stays",
    arguments: [
      "", "********", "•••••", "‹token·k7f2›", "[removed: uses token]", "[withheld: it cannot be searched for secrets]",
    ])
  func writtenBack(mark: String) {
    var documents = Self.integration + "---\n" + Self.runbook
    for value in ["clear-token", "\"clear-key\"", "\"<<team>>\"", "\"id-<<team>>\"", "clear-hook-key", "clear-note"] {
      documents = documents.replacing(value, with: "\"\(mark)\"")
    }
    let read = Documents.read([("x.yaml", documents)])
    #expect(!read.faults.hasErrors)
    #expect(read.sealed.isEmpty)
    #expect(read.faults.count { $0.code == .maskWrittenBack } == (mark.isEmpty ? 0 : 6))
    #expect(read.runbooks.first?.document.variable(named: "note")?.initialValue == .sealed)
  }

  @Test("A value that only holds a mask's signs somewhere is a value")
  func notMarks() {
    for value in ["a*b", "‹x", "p•ssword", "[removed: x] y"] { #expect(!ShownMark.means(keep: value)) }
  }
}
