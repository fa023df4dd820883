import Ledger
import Runbooks
import Storage
import Testing

@testable import Runner

@Suite("Documents whose names a release before had cut at U+0000")
struct DocumentMendingTests {
  private static func runbook(_ id: String, name: String) -> RunbookDocument {
    RunbookDocument(id: id, name: name, steps: [Step(name: "done", kind: .end(.success))])
  }

  /// Saves a runbook as that release did: the ledger has the whole name, the row what the engine left of it.
  ///
  /// - Returns: the row as the ledger has it.
  private func saveCut(_ document: RunbookDocument, _ library: DocumentLibrary) async throws -> StoredDocument {
    let whole = try library.row(
      kind: .runbook, id: document.id, name: document.name, isActive: true, text: document.canonicalJSON,
      replacing: nil, by: nil)
    var cut = whole
    cut.name = String(document.name.prefix { $0 != "\0" })
    _ = try await library.parts.store.commit(WriteBatch([.saveDocument(cut)]))
    return whole
  }

  /// Begins as a service does whose ledger has these rows.
  private func begin(_ store: any Store, with rows: [StoredDocument]) async throws {
    var book = AnchorBook()
    book.take(rows.map(\.anchor))
    let checkpoint = AnchorCheckpoint(state: try await store.ledgerState(), book: book)
    _ = try await store.anchor(AnchorReading(from: checkpoint, to: nil))
  }

  @Test("Such a document is saved anew with a name that can be shown, and everything that read documents goes on")
  func mended() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let library = DocumentLibrary(parts: parts)
        let rows = [
          try await saveCut(Self.runbook("bad", name: "a\0b"), library),
          try await saveCut(Self.runbook("taken", name: "a b\0"), library),
          try await saveCut(Self.runbook("good", name: "Good"), library),
        ]
        try await begin(parts.store, with: rows)
        await #expect(throws: StoreFault.rowRestored(table: "document")) { _ = try await library.runbooks() }
        let mended = try await DocumentMending(library: library).run()
        #expect(mended == ["runbook/bad", "runbook/taken"])
        let names = Dictionary(
          try await library.runbooks().map { ($0.row.id, [$0.row.name, $0.document.name]) }, uniquingKeysWith: { $1 })
        // The name that both would have stays where it stands already; the other is called by its id.
        #expect(names == ["bad": ["bad", "bad"], "taken": ["a b", "a b"], "good": ["Good", "Good"]])
        let again = try await DocumentMending(library: library).run()
        #expect(again.isEmpty)
        let actions = try await (parts.store as? FaultyStore)?.actions().filter { $0 == "mend" }.count
        #expect(actions == 2)
      }
    }
  }

  @Test("A row that somebody else changed is not mended: the ledger has never had what it would become")
  func tampered() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let library = DocumentLibrary(parts: parts)
        let row = try await saveCut(Self.runbook("bad", name: "a\0b"), library)
        var other = row
        other.isActive = false
        try await begin(parts.store, with: [other])
        let mended = try await DocumentMending(library: library).run()
        #expect(mended.isEmpty)
        await #expect(throws: StoreFault.rowRestored(table: "document")) { _ = try await library.runbooks() }
      }
    }
  }
}
