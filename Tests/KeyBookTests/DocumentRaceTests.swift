import Access
import Cryptography
import Encodings
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
    let deletion: DocumentDeletion
    let who: Authorization
    private let live: LiveToken

    init(_ parts: ServiceParts) throws {
      parts.search.use([])
      store = try #require(parts.store as? FaultyStore)
      library = DocumentLibrary(parts: parts)
      let endpoints = EndpointBook(library: library)
      documents = DocumentImport(library: library, endpoints: endpoints)
      deletion = DocumentDeletion(runner: Runner(parts: parts, library: library), endpoints: endpoints)
      let hasher = TokenHasher(token: { Digest.sha256([1] + $0) }, accessor: { Digest.sha256([2] + $0) })
      let now = parts.clock.now()
      let issued = try TokenIssuance.root(now: now, hasher: hasher)
      let lookup = PresentedToken(Array(issued.secret.disclosedToHolder().utf8)).lookup(with: hasher)
      guard case .live(let live) = TokenCheck.check(lookup, found: issued.token, now: now) else {
        throw AccessError.rootMustExpire
      }
      self.live = live
      who = try Self.allowed(live, .update, "api/import", now)
    }

    private static func allowed(
      _ live: LiveToken, _ capability: Capability, _ path: String, _ now: Instant
    ) throws -> Authorization {
      try Authorizer.authorize(
        token: live, path: try AccessPath(path), capability: capability, policies: PolicyBook([]), now: now
      ).get()
    }

    func take(_ text: String) async throws {
      let now = who.decidedAt
      _ = try await documents.run(
        [DocumentFile(name: "a.yaml", bytes: Array(text.utf8))], into: nil, by: who,
        also: { capability, path in try? Self.allowed(live, capability, path, now) })
    }

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
      for text in [Self.integration, Self.source, Self.target] { try await service.take(text) }
      service.store.beforeNext { try await service.take(Self.caller) }
      let integration = await sentence { try await service.deletion.deleteIntegration("api", by: service.who) }
      #expect(integration == "Runbooks call methods of `api`: `caller`.")
      service.store.beforeNext { try await service.take(Self.asker) }
      let source = await sentence { try await service.deletion.deleteDataSource("crm", by: service.who) }
      #expect(source == "Runbooks have steps on `crm`: `asker`.")
      service.store.beforeNext { try await service.take(Self.starter) }
      let target = await sentence { try await service.deletion.deleteRunbook("target", by: service.who) }
      #expect(target == "Other runbooks start `target`: `starter`.")
      for (kind, id) in [(DocumentKind.integration, "api"), (.dataSource, "crm"), (.runbook, "target")] {
        let isThere = try await service.has(kind, id)
        #expect(isThere, "\(id)")
      }
    }
  }

  @Test("Of a runbook that names what is deleted while it is being imported, nothing is imported")
  func deletedMeanwhile() async throws {
    try await with { service in
      for text in [Self.integration, Self.source] { try await service.take(text) }
      service.store.beforeNext { try await service.deletion.deleteIntegration("api", by: service.who) }
      let caller = await sentence { try await service.take(Self.caller) }
      #expect(caller?.contains("there is no method") == true)
      service.store.beforeNext { try await service.deletion.deleteDataSource("crm", by: service.who) }
      let asker = await sentence { try await service.take(Self.asker) }
      #expect(asker?.contains("crm") == true)
      for id in ["caller", "asker"] {
        let isThere = try await service.has(.runbook, id)
        #expect(!isThere, "\(id)")
      }
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
