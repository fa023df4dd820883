import Storage
import Testing

@Suite("Deleting documents, and changing a record from a known state")
struct DeletionTests {
  @Test("A deleted document is gone with its earlier saves, and the ledger says so", arguments: Engine.allCases)
  func document(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await store.write(.saveDocument(try rig.document("1", named: "a", kind: .template)))
      try await store.write(.saveDocument(try rig.document("1", named: "a", kind: .template, revision: 2)))
      try await store.write(.deleteDocument(.template, id: "1", revision: 2))
      let left = try await store.documents(.template)
      #expect(left.isEmpty)
      let versions = try await store.documentVersions(.template, id: "1")
      #expect(versions.isEmpty)
      let fault = try await Audit.fault(of: store)
      #expect(fault == nil)
      // The name is free, and the next document of the id begins anew.
      try await store.write(.saveDocument(try rig.document("1", named: "a", kind: .template)))
      let again = try await store.documents(.template)
      #expect(again.map(\.revision) == [1])
    }
  }

  @Test("A record is changed from the state that was read, and from no other", arguments: Engine.allCases)
  func setting(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      try await store.write(.expectSetting(name: "s", value: nil), .saveSetting(name: "s", value: [1]))
      try await store.write(.expectSetting(name: "s", value: [1]), .saveSetting(name: "s", value: [2]))
      await #expect(throws: CommitRefusal.revisionMoved(name: "s")) {
        try await store.write(.expectSetting(name: "s", value: [1]), .saveSetting(name: "s", value: [3]))
      }
      let stored = try await store.setting("s")
      #expect(stored == [2])
    }
  }
}
