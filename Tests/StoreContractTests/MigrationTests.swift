import Foundation
import GRDB
import Storage
import Testing

@testable import SQLiteStore

@Suite("Databases of earlier releases")
struct MigrationTests {
  @Test("A database of the first format opens with its deliveries and events, and keeps further ones by their keys")
  func first() async throws {
    try await StoreRig.with(.sqlite) { rig in
      let path = rig.folder + "/chancery.db"
      let queue = try DatabaseQueue(path: path)
      let event = try rig.event(1, of: StoreRig.runID(1), withValues: true)
      try await queue.write { database in
        for statement in V01.statements { try database.execute(sql: statement) }
        try database.execute(
          sql: "INSERT INTO replay (key, expires_at, run) VALUES (?, ?, ?)",
          arguments: [
            Data(StoreRig.hash(1)), StoreRig.time(5).millisecondsSinceEpoch, StoreRig.runID(1).text,
          ])
        try database.execute(
          sql: "INSERT INTO run_event (run, sequence, kind, at, event, run_values) VALUES (?, ?, ?, ?, ?, ?)",
          arguments: [
            StoreRig.runID(1).text, event.sequence, event.kind, event.at.millisecondsSinceEpoch,
            Data(event.event.bytes), event.values.map { Data($0.bytes) },
          ])
        try database.execute(sql: "PRAGMA user_version = 1")
      }
      try queue.close()
      try await rig.withStore { store in
        let known = try await store.replayedRun(key: StoreRig.hash(1))
        #expect(known == StoreRig.runID(1))
        let events = try await store.events(of: StoreRig.runID(1), after: 0)
        #expect(events == [event])
        try await store.write(.createRun(rig.run(2), [], replay: StoreRig.kept(2)))
        try await store.write(.forgetReplays(before: StoreRig.time(6)))
        let gone = try await store.replayedRun(key: StoreRig.hash(1))
        #expect(gone == nil)
        let kept = try await store.keptReplays()
        #expect(kept == ["ep": 1])
      }
      let version = try await DatabaseQueue(path: path).read { database in
        try Int.fetchOne(database, sql: "PRAGMA user_version")
      }
      #expect(version == SQLiteStore.schemaVersion)
    }
  }
}
