import Access
import Runbooks
import Storage
import Testing

@testable import Runner

@Suite("Integrations that come back without a method")
struct LostMethodTests {
  /// A service that imports and goes back.
  private struct Service: Sendable {
    let store: FaultyStore
    let library: DocumentLibrary
    let documents: DocumentImport
    private let caller: TestCaller

    init(_ parts: ServiceParts) throws {
      parts.search.use([])
      store = try #require(parts.store as? FaultyStore)
      library = DocumentLibrary(parts: parts)
      documents = DocumentImport(library: library, endpoints: EndpointBook(library: library))
      caller = try TestCaller(parts)
    }

    private var who: Authorization { get throws { try caller.allowed(.update, "api/import") } }

    @discardableResult
    func take(_ text: String, into: String? = nil) async throws -> ImportResult {
      let caller = caller
      return try await documents.run(
        [DocumentFile(name: "a.yaml", bytes: Array(text.utf8))], into: into, by: try who,
        also: { capability, path in try? caller.allowed(capability, path) })
    }

    func goBack(_ kind: DocumentKind, _ id: String, to revision: UInt64) async throws -> ImportResult {
      let caller = caller
      return try await DocumentHistory(library: library).rollBack(
        kind, id, to: revision, importing: documents, by: try who,
        also: { capability, path in try? caller.allowed(capability, path) })
    }

    func methods() async throws -> [String] {
      try await library.integration("api")?.document.methods.map(\.name) ?? []
    }
  }

  private static func integration(_ methods: String...) -> String {
    "integration: api\nbase_url: https://h\nmethods:\n"
      + methods.map { "  \($0): { request: GET /\($0) }\n" }.joined()
  }

  private static func runbook(_ id: String, calling method: String, active: Bool = true) -> String {
    "runbook: \(id)\nactive: \(active)\nsteps:\n  ask: { method: api/\(method), else: failed, then: done }\n"
      + "  done: { end: success }\n  failed: { end: failure }\n"
  }

  private func with(_ body: (Service) async throws -> Void) async throws {
    try await KeyBookRig.with { rig in try await rig.withParts { parts in try await body(try Service(parts)) } }
  }

  private func sentence(of work: () async throws -> Void) async -> String? {
    do { try await work() } catch { return ServiceFault.sentence(of: error) }
    return nil
  }

  private static let refusal = "Steps of active runbooks call methods that this would take away: `uses/ask (api/one)`."

  @Test("An import that takes a method from an active runbook is refused, and so is a rollback to before the method")
  func refused() async throws {
    try await with { service in
      try await service.take(Self.integration("two"))
      try await service.take(Self.integration("one", "two"))
      try await service.take(Self.runbook("uses", calling: "one"))
      let imported = await sentence { try await service.take(Self.integration("two")) }
      #expect(imported?.hasPrefix(Self.refusal) == true, "\(imported ?? "no fault")")
      let back = await sentence { _ = try await service.goBack(.integration, "api", to: 1) }
      #expect(back?.hasPrefix(Self.refusal) == true, "\(back ?? "no fault")")
      let methods = try await service.methods()
      #expect(methods == ["one", "two"])
      // A method that nobody calls goes without a word.
      let result = try await service.take(Self.integration("one"))
      #expect(result.warnings == [])
    }
  }

  @Test("A runbook that does without the method in the same import lets it go")
  func together() async throws {
    try await with { service in
      try await service.take(Self.integration("one", "two"))
      try await service.take(Self.runbook("uses", calling: "one"))
      let both = Self.integration("two") + "---\n" + Self.runbook("uses", calling: "two")
      let result = try await service.take(both, into: "uses")
      #expect(result.warnings.filter { $0.contains("api/one") } == [])
      let methods = try await service.methods()
      #expect(methods == ["two"])
    }
  }

  @Test("Of a runbook that is not active it is a warning with the step and the method")
  func inactive() async throws {
    try await with { service in
      try await service.take(Self.integration("one", "two"))
      try await service.take(Self.runbook("rests", calling: "one", active: false))
      let warning =
        "runbook/rests: warning: it is disabled, and its step ask calls api/one, which is there no more; it cannot run "
        + "before the step is changed or the method is back"
      let result = try await service.take(Self.integration("two"))
      #expect(result.warnings == [warning])
      // What was lost before is not said again.
      let again = try await service.take(Self.integration("two"))
      #expect(again.warnings == [])
      try await service.take(Self.integration("one", "two"))
      let back = try await service.goBack(.integration, "api", to: 2)
      #expect(back.warnings == [warning])
    }
  }

  @Test("A runbook that comes to call the method meanwhile keeps it")
  func meanwhile() async throws {
    try await with { service in
      try await service.take(Self.integration("one", "two"))
      service.store.beforeNext { try await service.take(Self.runbook("uses", calling: "one")) }
      let imported = await sentence { try await service.take(Self.integration("two")) }
      #expect(imported?.hasPrefix(Self.refusal) == true, "\(imported ?? "no fault")")
      let methods = try await service.methods()
      #expect(methods == ["one", "two"])
    }
  }
}
