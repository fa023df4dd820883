import Access
import Cryptography
import Runbooks
import Storage
import Testing

@testable import Runner

@Suite("Keys that handshakes bring")
struct HandshakeKeyTests {
  /// A service that holds runbooks as they are, also such as an import refuses by now.
  private struct Service: Sendable {
    let parts: ServiceParts
    let library: DocumentLibrary
    let endpoints: EndpointBook
    let handshakes: Handshakes
    let who: Authorization

    init(_ parts: ServiceParts) throws {
      self.parts = parts
      library = DocumentLibrary(parts: parts)
      endpoints = EndpointBook(library: library)
      handshakes = Handshakes(library: library, endpoints: endpoints)
      who = try TestCaller(parts).allowed(.update, "api/runbooks/any/await")
    }

    func keep(_ id: String, _ start: String) async throws {
      let text = "runbook: \(id)\nstart: \(start)\nsteps: { done: { end: success } }\n"
      let read = DocumentReader.read([DocumentFile(name: "a.yaml", bytes: Array(text.utf8))]) { "fresh" }
      let document = try #require(read.runbooks.first?.document)
      let row = try library.row(
        kind: .runbook, id: id, name: id, isActive: true, text: document.canonicalJSON, replacing: nil, by: nil)
      _ = try await parts.store.commit(WriteBatch([.saveDocument(row)]))
      try await endpoints.renew()
    }

    /// Why the runbook cannot wait for its key; nil where it does.
    func obstacle(_ id: String) async -> String? {
      do { _ = try await handshakes.await(id, by: who) } catch { return ServiceFault.sentence(of: error) }
      return nil
    }
  }

  private func with(_ body: (Service) async throws -> Void) async throws {
    try await KeyBookRig.with { rig in try await rig.withParts { parts in try await body(try Service(parts)) } }
  }

  private static func asana(_ key: String) -> String {
    "{ public: { auth: signature, scheme: asana\(key), initial_verification: { challenge: asana } } }"
  }

  @Test("An endpoint that cannot wait for a key says why, and what helps")
  func obstacles() async throws {
    try await with { service in
      for (id, start, reason, remedy) in [
        ("listed", Self.asana(", keys: [{ name: main }]"), "a list of `keys`", "write `key: { sealed: true }`"),
        ("secret", Self.asana(", key: { secret: kv/asana#k }"), "from a secret", "write `key: { sealed: true }`"),
        ("named", Self.asana(", key: { named: hook }"), "a named key", "write `key: { sealed: true }`"),
        ("fetched", Self.asana(", fetch_keys: true"), "takes no key", "write `key: { sealed: true }`"),
        ("internal", "internal", "no public endpoint", "start.public"),
        ("plain", "{ public: { auth: bearer } }", "answers no handshake", "initial_verification"),
        (
          "echo", "{ public: { auth: bearer, initial_verification: { challenge: dropbox } } }", "brings no key",
          "chancery set echo auth NAME"
        ),
        ("closed", "{ public: { auth: signature, scheme: nonesuch } }", "cannot be used", "no signature scheme"),
      ] {
        try await service.keep(id, start)
        let found = await service.obstacle(id) ?? "nothing"
        #expect(found.contains(reason) && found.contains(remedy), "\(id): \(found)")
        #expect(!found.contains("--clear"), "\(id): \(found)")
      }
    }
  }

  @Test("Only where a key was entered is somebody told to remove it")
  func entered() async throws {
    try await with { service in
      try await service.keep("hook", Self.asana(", key: { sealed: true }"))
      let first = await service.obstacle("hook")
      #expect(first == nil)
      let isKept = try await service.handshakes.pin(GuardedBytes(copying: Array("a-secret-of-asana".utf8)), at: "hook")
      #expect(isKept)
      let second = await service.obstacle("hook")
      #expect(second?.contains("has a key") == true && second?.contains("chancery set hook auth key --clear") == true)
    }
  }
}
