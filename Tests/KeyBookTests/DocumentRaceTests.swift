import Access
import Runbooks
import Storage
import Testing

@testable import Runner

@Suite("Documents that are imported and deleted at one time")
struct DocumentRaceTests {
  /// A service whose next commit comes after something else.
  private struct Service: Sendable {
    let store: FaultyStore
    let library: DocumentLibrary
    let documents: DocumentImport
    let endpoints: EndpointBook
    let deletion: DocumentDeletion
    let who: Authorization
    private let caller: TestCaller

    init(_ parts: ServiceParts) throws {
      parts.search.use([])
      store = try #require(parts.store as? FaultyStore)
      library = DocumentLibrary(parts: parts)
      endpoints = EndpointBook(library: library)
      documents = DocumentImport(library: library, endpoints: endpoints)
      deletion = DocumentDeletion(runner: Runner(parts: parts, library: library), endpoints: endpoints)
      caller = try TestCaller(parts)
      who = try caller.allowed(.update, "api/import")
    }

    func take(_ text: String) async throws { try await caller.take(text, with: documents) }

    func has(_ kind: DocumentKind, _ id: String) async throws -> Bool {
      try await store.document(kind, id: id) != nil
    }
  }

  private static let integration = "integration: api\nbase_url: https://h\nmethods: { get: { request: GET /x } }\n"
  private static let source = "data_source: crm\nsqlite: crm.db\n"
  private static let target = "runbook: target\nsteps: { done: { end: success } }\n"
  private static let caller = "runbook: caller\nsteps:\n  a: { method: api/get, then: b }\n  b: { end: success }\n"
  private static let asker =
    "runbook: asker\nsteps:\n  a: { sql: crm, query: select 1, then: b }\n  b: { end: success }\n"
  private static let starter =
    "runbook: starter\nsteps:\n  a: { start_runbook: target, else: b }\n  b: { end: failure }\n"

  private static func hook(_ scheme: String) -> String {
    "runbook: hook\nstart: { public: { auth: signature, scheme: \(scheme), key: { sealed: true } } }\n"
      + "steps: { done: { end: success } }\n"
  }

  private static func scheme(_ name: String, _ algorithm: String = "hmac-sha256", _ more: String = "") -> String {
    "scheme: \(name)\n\(more)definition:\n  signature: { in: header, name: X-Own, encoding: hex }\n"
      + "  algorithm: \(algorithm)\n  message: \"{body}\"\n"
  }

  private func with(_ body: (Service) async throws -> Void) async throws {
    try await KeyBookRig.with { rig in try await rig.withParts { parts in try await body(try Service(parts)) } }
  }

  private func sentence(of work: () async throws -> Void) async -> String? {
    do { try await work() } catch { return ServiceFault.sentence(of: error) }
    return nil
  }

  @Test("What a runbook comes to use while it is being deleted stays, and the runbook is named")
  func usedMeanwhile() async throws {
    try await with { service in
      for text in [Self.integration, Self.source, Self.target, Self.scheme("own")] { try await service.take(text) }
      service.store.beforeNext { try await service.take(Self.caller) }
      let integration = await sentence { try await service.deletion.deleteIntegration("api", by: service.who) }
      #expect(integration == "Runbooks call methods of `api`: `caller`.")
      service.store.beforeNext { try await service.take(Self.asker) }
      let source = await sentence { try await service.deletion.deleteDataSource("crm", by: service.who) }
      #expect(source == "Runbooks have steps on `crm`: `asker`.")
      service.store.beforeNext { try await service.take(Self.starter) }
      let target = await sentence { try await service.deletion.deleteRunbook("target", by: service.who) }
      #expect(target == "Other runbooks start `target`: `starter`.")
      service.store.beforeNext { try await service.take(Self.hook("own")) }
      let scheme = await sentence { try await service.deletion.deleteScheme("own", by: service.who) }
      #expect(scheme == "Endpoints use the scheme `own`; give these runbooks another scheme first: `hook`.")
      for (kind, id) in [
        (DocumentKind.integration, "api"), (.dataSource, "crm"), (.runbook, "target"), (.scheme, "own"),
      ] {
        let isThere = try await service.has(kind, id)
        #expect(isThere, "\(id)")
      }
    }
  }

  @Test("Of a runbook that names what is deleted while it is being imported, nothing is imported")
  func deletedMeanwhile() async throws {
    try await with { service in
      for text in [Self.integration, Self.source, Self.scheme("own")] { try await service.take(text) }
      service.store.beforeNext { try await service.deletion.deleteIntegration("api", by: service.who) }
      let caller = await sentence { try await service.take(Self.caller) }
      #expect(caller?.contains("there is no method") == true)
      service.store.beforeNext { try await service.deletion.deleteDataSource("crm", by: service.who) }
      let asker = await sentence { try await service.take(Self.asker) }
      #expect(asker?.contains("crm") == true)
      service.store.beforeNext { try await service.deletion.deleteScheme("own", by: service.who) }
      let hook = await sentence { try await service.take(Self.hook("own")) }
      #expect(hook?.contains("there is no signature scheme") == true)
      for id in ["caller", "asker", "hook"] {
        let isThere = try await service.has(.runbook, id)
        #expect(!isThere, "\(id)")
      }
    }
  }

  @Test("A scheme in the place of ours gives it back to endpoints when it is deleted, also to one that comes meanwhile")
  func givenBack() async throws {
    try await with { service in
      // Nobody accepts its warning: so it can be told from ours.
      let inPlace = Self.scheme("github", "hmac-sha1", "replaces_built_in: true\n")
      try await service.take(inPlace)
      try await service.take(Self.hook("github"))
      #expect(service.endpoints.snapshot.faults["hook"]?.contains("webhook.sha1") == true)
      try await service.deletion.deleteScheme("github", by: service.who)
      #expect(service.endpoints.snapshot.faults["hook"] == nil)
      #expect(service.endpoints.snapshot["hook"] != nil)
      let again = await sentence { try await service.deletion.deleteScheme("github", by: service.who) }
      #expect(again == "There is no own scheme `github`.")
      try await service.take(inPlace)
      service.store.beforeNext { try await service.deletion.deleteScheme("github", by: service.who) }
      try await service.take(Self.hook("github").replacing("hook", with: "later"))
      let isThere = try await service.has(.scheme, "github")
      #expect(!isThere)
      #expect(service.endpoints.snapshot.faults.isEmpty)
      #expect(service.endpoints.snapshot["later"] != nil)
    }
  }

  @Test("Something else that is imported meanwhile holds no import up, nor a deletion of what nothing uses")
  func unconcerned() async throws {
    try await with { service in
      try await service.take(Self.integration)
      service.store.beforeNext { try await service.take(Self.target) }
      try await service.take(Self.caller)
      for id in ["caller", "target"] {
        let isThere = try await service.has(.runbook, id)
        #expect(isThere, "\(id)")
      }
      service.store.beforeNext { try await service.take(Self.source) }
      try await service.deletion.deleteRunbook("caller", by: service.who)
      service.store.beforeNext { try await service.take(Self.starter) }
      try await service.deletion.deleteIntegration("api", by: service.who)
      let isThere = try await service.has(.integration, "api")
      #expect(!isThere)
    }
  }
}
