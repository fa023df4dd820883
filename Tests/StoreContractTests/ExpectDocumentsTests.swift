import RunEngine
import Storage
import Testing

@Suite("A decision over all documents of a kind")
struct ExpectDocumentsTests {
  private static func save(_ rig: StoreRig, _ kind: DocumentKind, _ id: String, _ revision: UInt64) throws -> Intention
  {
    .saveDocument(
      StoredDocument(
        kind: kind, id: id, name: id, revision: revision, isActive: true, updatedAt: StoreRig.time(Int(revision)),
        text: try rig.envelope(.document, [kind.rawValue, id], row: id)))
  }

  @Test("holds while they are the same, and is refused with all that hangs on it else", arguments: Engine.allCases)
  func decision(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(
        try Self.save(rig, .runbook, "a", 1), try Self.save(rig, .runbook, "b", 1),
        try Self.save(rig, .template, "t", 1))
      let seen: [String: UInt64] = ["a": 1, "b": 1]
      let refusal = CommitRefusal.revisionMoved(name: "runbook")
      for wrong in [["a": 1], ["a": 1, "b": 2], ["a": 1, "c": 1], ["a": 1, "b": 1, "c": 1], [:]] as [[String: UInt64]] {
        await #expect(throws: refusal, "\(wrong)") {
          try await store.write(
            .expectDocuments(.runbook, revisions: wrong), .deleteDocument(.template, id: "t", revision: 1))
        }
      }
      // Saved, and made, between the look and the deletion.
      for change in [try Self.save(rig, .runbook, "b", 2), try Self.save(rig, .runbook, "c", 1)] {
        try await store.write(change)
        await #expect(throws: refusal) {
          try await store.write(
            .expectDocuments(.runbook, revisions: seen), .deleteDocument(.template, id: "t", revision: 1))
        }
        let kept = try await store.document(.template, id: "t")
        #expect(kept != nil)
      }
      try await store.write(
        .expectDocuments(.runbook, revisions: ["a": 1, "b": 2, "c": 1]),
        .deleteDocument(.template, id: "t", revision: 1))
      let gone = try await store.document(.template, id: "t")
      #expect(gone == nil)
      // Another kind is another matter.
      try await store.write(.expectDocuments(.template, revisions: [:]), .expectDocuments(.integration, revisions: [:]))
    }
  }
}
