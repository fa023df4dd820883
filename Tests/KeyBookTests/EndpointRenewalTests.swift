import NamedKeys
import Runbooks
import SecretStore
import Storage
import Synchronization
import Testing

@testable import Runner

@Suite("Endpoints when secrets and keys change")
struct EndpointRenewalTests {
  /// Keeps a runbook whose endpoint has its key there, without renewing.
  private func keep(_ id: String, key: String, in parts: ServiceParts) async throws {
    let text = """
      runbook: \(id)
      start: { public: { auth: signature, scheme: github, key: \(key) } }
      steps: { done: { end: success } }
      """
    let read = DocumentReader.read([DocumentFile(name: "a.yaml", bytes: Array(text.utf8))]) { "fresh" }
    let document = try #require(read.runbooks.first?.document)
    let row = try DocumentLibrary(parts: parts).row(
      kind: .runbook, id: id, name: id, isActive: true, text: document.canonicalJSON, replacing: nil, by: nil)
    _ = try await parts.store.commit(WriteBatch([.saveDocument(row)]))
  }

  private func with(_ body: (ServiceParts, EndpointBook) async throws -> Void) async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        try await body(parts, EndpointBook(library: DocumentLibrary(parts: parts)))
      }
    }
  }

  /// Whether everything was read anew.
  private func renews(_ book: EndpointBook, _ id: String, _ change: () async throws -> Void) async throws -> Bool {
    let before = try #require(book.snapshot[id])
    try await change()
    return book.snapshot[id] !== before
  }

  @Test("A secret or a named key renews endpoints where one of them reads it, and none is read where none does")
  func concerned() async throws {
    try await with { parts, book in
      try await keep("hook", key: "{ secret: kv/hook#key }", in: parts)
      try await keep("named", key: "{ named: deploy }", in: parts)
      try await book.renew()
      let unread = try await renews(book, "hook") {
        try await book.renew(secret: "kv/other")
        try await book.renew(secret: "kv/hook/key")
        try await book.renew(key: "other")
        try await book.renew(key: "kv/hook")
      }
      #expect(!unread)
      let read = try await renews(book, "hook") { try await book.renew(secret: "kv/hook") }
      #expect(read)
      let named = try await renews(book, "named") { try await book.renew(key: "deploy") }
      #expect(named)
    }
  }

  @Test("A secret that an endpoint of a document waits for renews it, though it could not be read before")
  func awaited() async throws {
    try await with { parts, book in
      // A scheme that there is not: the endpoint cannot be made, whatever its key is.
      let text = """
        runbook: closed
        start: { public: { auth: signature, scheme: nonesuch, key: { secret: kv/late#key } } }
        steps: { done: { end: success } }
        """
      let read = DocumentReader.read([DocumentFile(name: "a.yaml", bytes: Array(text.utf8))]) { "fresh" }
      let document = try #require(read.runbooks.first?.document)
      let row = try DocumentLibrary(parts: parts).row(
        kind: .runbook, id: "closed", name: "closed", isActive: true, text: document.canonicalJSON, replacing: nil,
        by: nil)
      _ = try await parts.store.commit(WriteBatch([.saveDocument(row)]))
      try await keep("hook", key: "{ secret: kv/hook#key }", in: parts)
      try await book.renew()
      #expect(book.snapshot["closed"] == nil)
      let isRenewed = try await renews(book, "hook") { try await book.renew(secret: "kv/late") }
      #expect(isRenewed)
    }
  }

  @Test("A secret that is written while its endpoint comes in is read by a renewal behind that of the import")
  func inTurn() async throws {
    try await with { parts, book in
      let store = try #require(parts.store as? FaultyStore)
      try await keep("first", key: "{ secret: kv/first#key }", in: parts)
      try await book.renew()
      try await keep("second", key: "{ secret: kv/second#key }", in: parts)
      let later = LaterRenewal()
      let reads = Atomic(0)
      @Sendable func countReads() {
        store.afterNextDocuments {
          reads.add(1, ordering: .relaxed)
          countReads()
        }
      }
      store.afterNextDocuments {
        // The import's renewal has read the schemes, and nobody knows of the second endpoint yet.
        countReads()
        await later.begin(waiting: { book.waitingCount }) { try await book.renew(secret: "kv/second") }
      }
      try await book.renew()
      try await later.end()
      // The runbooks for the import, then schemes and runbooks for the secret.
      let count = reads.load(ordering: .relaxed)
      #expect(count == 3)
      #expect(book.snapshot["second"] != nil)
    }
  }
}
