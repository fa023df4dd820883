import Foundation
import Keyring
import SQLiteStore
import Storage
import Testing

@Suite("Opening, closing and opening again")
struct OpeningTests {
  private func fill(_ rig: StoreRig, _ store: any Store) async throws {
    let run = rig.run(1)
    try await store.write(
      .createRun(run, try rig.events(1...3, of: run.id), replay: StoreRig.replay(1)),
      .saveDocument(try rig.document("1", named: "a")), .saveSealedRow(try rig.sealedRow("v")),
      .saveSecret(try rig.secret("kv/a", hosts: ["a.example:443"])), .saveGrant(rig.grant("kv/a")),
      .saveToken(try rig.token(1, uses: 3)), .savePolicy(try rig.policy("operator")),
      .noteTime(StoreRig.time(9)), .saveSetting(name: "id", value: [1, 2]),
      ledger: [StoreRig.draft("one"), StoreRig.draft("two")])
  }

  @Test("A folder that is opened again gives the same data, and its ledger goes on", arguments: Engine.allCases)
  func reopening(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      var before: Shown?
      try await rig.withStore { store in
        try await fill(rig, store)
        before = try await Shown(store)
      }
      try await rig.withStore { store in
        let seen1 = try await Shown(store)
        #expect(seen1 == before)
        let seen2 = try await store.write(ledger: [StoreRig.draft("three")]).ledgerSize
        #expect(seen2 == (before?.state.size ?? 0) + 1)
        let seen3 = try await Audit.fault(of: store)
        #expect(seen3 == nil)
        let again = Intention.createRun(rig.run(2), [], replay: StoreRig.replay(1))
        await #expect(throws: CommitRefusal.duplicateDelivery(firstRun: StoreRig.runID(1))) {
          try await store.write(again)
        }
      }
    }
  }

  @Test("A folder in use does not open a second time, and does when the first is gone", arguments: Engine.allCases)
  func locked(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      try await rig.withStore { store in
        #expect(throws: StoreFault.folderLocked(path: rig.folder)) {
          try engine.open(rig.folder, signHead: StoreRig.head)
        }
        try await store.write(.saveSetting(name: "id", value: [1]))
      }
      try await rig.withStore { store in
        let kept = try await store.setting("id")
        #expect(kept == [1])
      }
    }
  }

  @Test("A folder whose parent is missing is not made", arguments: Engine.allCases)
  func missing(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      let folder = rig.folder + "/none/data"
      #expect(throws: StoreFault.folderMissing(path: folder)) { try engine.open(folder, signHead: StoreRig.head) }
      #expect(!FileManager.default.fileExists(atPath: rig.folder + "/none"))
    }
  }

  @Test("Nothing is written after closing: each commit is refused as closed", arguments: Engine.allCases)
  func closedCommit(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      await store.close()
      await #expect(throws: StoreFault.closed) { try await store.write(.saveSetting(name: "id", value: [1])) }
    }
  }

  @Test("Nothing is read after closing: each question is refused as closed", arguments: Engine.allCases)
  func closedRead(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await fill(rig, store)
      await store.close()
      await #expect(throws: StoreFault.closed) { _ = try await store.run(StoreRig.runID(1)) }
      await #expect(throws: StoreFault.closed) { _ = try await store.setting("id") }
      await #expect(throws: StoreFault.closed) { _ = try await store.ledgerState() }
      await #expect(throws: StoreFault.closed) { _ = try await Shown(store) }
    }
  }

  @Test("Closing answers every batch that was handed in before", arguments: Engine.allCases)
  func closing(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      var committed: Set<Int> = []
      try await rig.withStore { store in
        committed = await withTaskGroup(of: Int?.self) { group in
          for number in 0..<80 {
            group.addTask {
              do {
                try await store.write(.saveSetting(name: "\(number)", value: [1]))
                return number
              } catch {
                #expect(error as? StoreFault == .closed)
                return nil
              }
            }
          }
          group.addTask {
            await store.close()
            return nil
          }
          return await group.reduce(into: []) { if let number = $1 { $0.insert(number) } }
        }
      }
      try await rig.withStore { store in
        for number in 0..<80 {
          let seen4 = try await store.setting("\(number)")
          #expect(seen4 == (committed.contains(number) ? [1] : nil))
        }
      }
    }
  }
}

/// What holds for the file of the embedded engine alone.
@Suite("The SQLite file")
struct SQLiteFileTests {
  private func bytes(_ rig: StoreRig) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: rig.folder + "/chancery.db")))
  }

  private func put(_ bytes: [UInt8], _ rig: StoreRig) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: rig.folder + "/chancery.db"))
  }

  @Test("A file that is no database is refused and not changed", arguments: [20, 100, 4096, 10_000])
  func garbage(count: Int) async throws {
    try await StoreRig.with(.sqlite) { rig in
      let garbage = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
      try put(garbage, rig)
      #expect(throws: StoreFault.notADatabase(path: rig.folder + "/chancery.db")) {
        try Engine.sqlite.open(rig.folder, signHead: StoreRig.head)
      }
      #expect(try bytes(rig) == garbage)
    }
  }

  @Test("A database of a newer release is refused, and no byte of its folder's files changes")
  func newer() async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { store in try await store.write(.saveSetting(name: "id", value: [1])) }
      var changed = try bytes(rig)
      changed.replaceSubrange(60..<64, with: [0, 0, 0, 99])
      try put(changed, rig)
      let files = try FileManager.default.contentsOfDirectory(atPath: rig.folder).sorted()
      #expect(throws: StoreFault.newerSchema(found: 99, known: SQLiteStore.schemaVersion)) {
        try Engine.sqlite.open(rig.folder, signHead: StoreRig.head)
      }
      #expect(try bytes(rig) == changed)
      #expect(try FileManager.default.contentsOfDirectory(atPath: rig.folder).sorted() == files)
    }
  }

  @Test("A folder that is a file is refused by that name")
  func file() async throws {
    try await StoreRig.with(.sqlite) { rig in
      let path = rig.folder + "/plain"
      try Data("text".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: StoreFault.notAFolder(path: path)) { try Engine.sqlite.open(path, signHead: StoreRig.head) }
    }
  }

  @Test("Folder, lock and database are for their owner alone")
  func modes() async throws {
    try await StoreRig.with(.sqlite) { rig in
      let folder = rig.folder + "/fresh"
      let store = try Engine.sqlite.open(folder, signHead: StoreRig.head)
      await store.close()
      for (path, mode) in [(folder, 0o700), (folder + "/lock", 0o600), (folder + "/chancery.db", 0o600)] {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
      }
    }
  }
}
