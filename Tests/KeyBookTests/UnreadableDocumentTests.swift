import Access
import Runbooks
import Storage
import Testing

@testable import Runner

@Suite("Documents that are saved and cannot be read")
struct UnreadableDocumentTests {
  /// A service with healthy documents, and others as an import of a release before left them.
  private struct Service: Sendable {
    let parts: ServiceParts
    let library: DocumentLibrary
    let documents: DocumentImport
    let deletion: DocumentDeletion
    let values: ValueEntry
    let caller: TestCaller

    init(_ parts: ServiceParts) throws {
      parts.search.use([])
      self.parts = parts
      library = DocumentLibrary(parts: parts)
      let endpoints = EndpointBook(library: library)
      documents = DocumentImport(library: library, endpoints: endpoints)
      deletion = DocumentDeletion(runner: Runner(parts: parts, library: library), endpoints: endpoints)
      values = ValueEntry(library: library, endpoints: endpoints)
      caller = try TestCaller(parts)
    }

    var who: Authorization { get throws { try caller.allowed(.update, "api/import") } }

    func take(_ text: String, into: String? = nil) async throws {
      let caller = caller
      _ = try await documents.run(
        [DocumentFile(name: "a.yaml", bytes: Array(text.utf8))], into: into, by: try who,
        also: { capability, path in try? caller.allowed(capability, path) })
    }

    func goBack(_ id: String, to revision: UInt64) async throws {
      let caller = caller
      _ = try await DocumentHistory(library: library).rollBack(
        .runbook, id, to: revision, importing: documents, by: try who,
        also: { capability, path in try? caller.allowed(capability, path) })
    }

    /// Saves a text without asking whether it can be read.
    func spoil(_ kind: DocumentKind, _ id: String, _ text: String) async throws {
      let old = try await parts.store.document(kind, id: id)
      let row = try library.row(
        kind: kind, id: id, name: id, isActive: true, text: Array(text.utf8), replacing: old, by: nil)
      _ = try await parts.store.commit(WriteBatch([.saveDocument(row)]))
    }

    /// Enters the header of an integration's method `get`.
    func enter(_ integration: String) async throws {
      let slot = SealedSlot.row(integration: integration, method: "get", kind: .header, name: "X")
      try await values.enter(Array("entered".utf8), for: slot, by: try who)
    }

    /// For each value that was entered for a method, whether it is still there: a place may be left without its value.
    func entered(_ method: String) async throws -> [Bool] {
      try await parts.store.sealedRows(owner: SealedOwner.method(method)).map { $0.value != nil }
    }

    func runbooks() async throws -> [String] { try await library.runbooks().map(\.row.id).sorted() }
    func unreadable(_ kind: DocumentKind) async throws -> [String] {
      try await library.unreadable(kind).map(\.row.id).sorted()
    }
  }

  private func with(_ body: (Service) async throws -> Void) async throws {
    try await KeyBookRig.with { rig in try await rig.withParts { parts in try await body(try Service(parts)) } }
  }

  private static func runbook(_ id: String, title: String = "Done") -> String {
    "runbook: \(id)\nsteps: { done: { title: \(title), end: success } }\n"
  }
  /// A sleep with two edges, which no reader takes.
  private static func broken(_ id: String) -> String {
    #"{"runbook":"\#(id)","steps":{"a":{"sleep":"5s","then":"b","else":"b"},"b":{"end":"success"}}}"#
  }
  private static let brokenIntegration = damagedIntegration(method: "m-1")
  /// A header with a line end, which no reader takes.
  private static func damagedIntegration(method: String) -> String {
    #"{"integration":"bad","base_url":"https://h","methods":{"get":{"id":"\#(method)","request":"GET /x","#
      + #""headers":{"X":"a\nb"}}}}"#
  }
  /// With a header that is entered.
  private static func integration(_ id: String, method: String) -> String {
    "integration: \(id)\nbase_url: https://\(id).example.com\nmethods:\n"
      + "  get: { id: \(method), request: GET /x, headers: { X: { sealed: true, encrypt: true } } }\n"
  }

  @Test("One runbook that cannot be read leaves the list, imports, deletions and grants of others as they are")
  func others() async throws {
    try await with { service in
      try await service.take(Self.runbook("good"))
      try await service.spoil(.runbook, "bad", Self.broken("bad"))
      try await service.spoil(.integration, "bad", Self.brokenIntegration)
      #expect(try await service.runbooks() == ["good"])
      #expect(try await service.unreadable(.runbook) == ["bad"])
      #expect(try await service.unreadable(.integration) == ["bad"])
      try await service.take(Self.runbook("more"))
      try await service.take("integration: api\nbase_url: https://h\nmethods: { get: { request: GET /x } }\n")
      #expect(try await service.runbooks() == ["good", "more"])
      let granted = try await service.library.runbook("more")
      let document = try #require(granted?.document)
      let may = try service.caller.allowed(.grant, "api/runbooks/more/grants")
      _ = try await Granting(library: service.library).grant(document, only: nil, by: may)
      try await service.deletion.deleteRunbook("good", by: try service.who)
      try await service.deletion.deleteIntegration("api", by: try service.who)
      #expect(try await service.runbooks() == ["more"])
    }
  }

  @Test("What cannot be read says so, and can be deleted")
  func deleted() async throws {
    try await with { service in
      try await service.spoil(.runbook, "bad", Self.broken("bad"))
      try await service.spoil(.integration, "bad", Self.brokenIntegration)
      let reasons = try await service.library.unreadable(.runbook).map(\.reason)
      #expect(reasons.first?.contains("`else` cannot stand here") == true, "\(reasons)")
      var said: String?
      do { _ = try await service.library.runbook("bad") } catch { said = ServiceFault.sentence(of: error) }
      #expect(said?.contains("is saved in a form that this release does not read") == true, "\(said ?? "nothing")")
      try await service.deletion.deleteRunbook("bad", by: try service.who)
      try await service.deletion.deleteIntegration("bad", by: try service.who)
      #expect(try await service.unreadable(.runbook) == [])
      #expect(try await service.unreadable(.integration) == [])
    }
  }

  @Test("The methods of an integration that cannot be read stay its own, and what was entered for them stays")
  func claimed() async throws {
    try await with { service in
      try await service.take(Self.integration("bad", method: "m-1"))
      try await service.enter("bad")
      try await service.spoil(.integration, "bad", Self.brokenIntegration)
      var said = ""
      let claiming = Self.integration("other", method: "M-1")
      do { try await service.take(claiming) } catch { said = ServiceFault.sentence(of: error) }
      #expect(said.contains("belongs to integration `bad` already"), "\(said)")
      try await service.take(Self.integration("other", method: "m-2"))
      #expect(try await service.entered("m-1") == [true])
    }
  }

  @Test("The deletion of an integration that cannot be read leaves what was entered for another's methods")
  func deletedBeside() async throws {
    try await with { service in
      try await service.take(Self.integration("bad", method: "m-1"))
      try await service.spoil(.integration, "bad", Self.damagedIntegration(method: "m-2"))
      try await service.take(Self.integration("other", method: "m-1"))
      try await service.enter("other")
      try await service.deletion.deleteIntegration("bad", by: try service.who)
      #expect(try await service.entered("m-1") == [true])
    }
  }

  @Test("An import over an integration that cannot be read takes away what was entered for methods that are gone")
  func importedOver() async throws {
    try await with { service in
      try await service.take(Self.integration("bad", method: "m-1"))
      try await service.enter("bad")
      try await service.spoil(.integration, "bad", Self.brokenIntegration)
      try await service.take(Self.integration("other", method: "m-3"))
      #expect(try await service.entered("m-1") == [true])
      try await service.take(Self.integration("bad", method: "m-2"))
      #expect(try await service.entered("m-1") == [])
    }
  }

  @Test("What was entered for an integration that cannot be read is moved to a new term once it can be read")
  func resealed() async throws {
    try await with { service in
      try await service.take(Self.integration("bad", method: "m-1"))
      try await service.enter("bad")
      try await service.spoil(.integration, "bad", Self.brokenIntegration)
      let term = try service.parts.keyring.rotate(at: KeyBookRig.start)
      let resealing = Resealing(library: service.library)
      #expect(try await resealing.pass()?.stuck == 1)
      #expect(try await resealing.resealedTerm() < term)
      try await service.take(Self.integration("bad", method: "m-1"))
      #expect(try await resealing.pass() == Resealing.Outcome(moved: 1, stuck: 0))
      #expect(try await resealing.resealedTerm() == term)
      #expect(try await service.entered("m-1") == [true])
    }
  }

  @Test("Schemes, data sources and templates that cannot be read are named")
  func otherKinds() async throws {
    try await with { service in
      for kind in [DocumentKind.scheme, .dataSource, .template] {
        try await service.spoil(kind, "bad", "{}")
        #expect(try await service.unreadable(kind) == ["bad"])
      }
      #expect(try await service.library.templates().isEmpty)
    }
  }

  @Test("A runbook that cannot be read goes back to an earlier save, and takes a new text in its place")
  func mended() async throws {
    try await with { service in
      try await service.take(Self.runbook("a", title: "First"))
      try await service.spoil(.runbook, "a", Self.broken("a"))
      try await service.goBack("a", to: 1)
      #expect(try await service.library.runbook("a")?.document.steps.map(\.title) == ["First"])
      try await service.spoil(.runbook, "a", Self.broken("a"))
      try await service.take(Self.runbook("other", title: "Second"), into: "a")
      #expect(try await service.library.runbook("a")?.document.steps.map(\.title) == ["Second"])
      #expect(try await service.unreadable(.runbook) == [])
    }
  }

  @Test("A name or an id that is taken is told with what has it")
  func taken() async throws {
    try await with { service in
      try await service.take(Self.runbook("a") + "name: Alpha\n")
      for text in [Self.runbook("b") + "name: Alpha\n", Self.runbook("a") + "name: Gamma\n"] {
        var said = ""
        do { try await service.take(text) } catch { said = ServiceFault.sentence(of: error) }
        #expect(said.contains("a runbook `Alpha` (id a) exists already"), "\(said)")
        #expect(said.contains("--into a FILE"), "\(said)")
      }
    }
  }

  @Test("Runbooks of the vendor's that bring one integration come together, and it is saved once")
  func embedded() async throws {
    try await with { service in
      let integration =
        #"{"name":"Emb","resourcebaseurl":"https://h","authorizationtype":0,"methods":[{"guid":"g","name":"Say","#
        + #""method":1,"requesttype":0,"resource":"/x"}]}"#
      func runbook(_ name: String) -> String {
        #"{"type":1,"name":"\#(name)","active":true,"integrations":[\#(integration)],"steps":["#
          + #"{"step_id":1,"isstart":true,"steptype":2,"auto_action":6,"auto_action_type_guid":"g","actions":["#
          + #"{"start_step":1,"end_step":2,"seq":1}]},{"step_id":2,"steptype":3,"auto_action":0}]}"#
      }
      try await service.take("[\(runbook("One")),\(runbook("Two"))]")
      #expect(try await service.runbooks().count == 2)
      try await service.take(runbook("Three"))
      #expect(try await service.library.integration("emb")?.row.revision == 1)
    }
  }
}
