import Foundation
import GRDB
import RunEngine
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

  @Test("What a database of format 10 keeps of variables is kept, without a time")
  func keptVariables() async throws {
    try await StoreRig.with(.sqlite) { rig in
      let path = rig.folder + "/chancery.db"
      let queue = try DatabaseQueue(path: path)
      let value = try rig.envelope(.persistedVariable, ["ask", "v"], row: "ask/v")
      let steps = [
        V01.statements, V02.statements, V03.statements, V04.statements, V05.statements, V06.statements, V07.statements,
        V08.statements, V09.statements, V10.statements,
      ]
      try await queue.write { database in
        for statement in steps.flatMap({ $0 }) { try database.execute(sql: statement) }
        try database.execute(
          sql: "INSERT INTO kept_variable (runbook, name, value) VALUES (?, ?, ?)",
          arguments: ["ask", "v", Data(value.bytes)])
        try database.execute(sql: "PRAGMA user_version = 10")
      }
      try queue.close()
      try await rig.withStore { store in
        let kept = try await store.keptVariables(runbookID: "ask")
        #expect(kept == [StoredKeptVariable(runbookID: "ask", name: "v", value: value)])
      }
    }
  }

  @Test("What a database of format 9 still has to do is due as before, by the indices of this format alone")
  func outbox() async throws {
    try await StoreRig.with(.sqlite) { rig in
      let path = rig.folder + "/chancery.db"
      let queue = try DatabaseQueue(path: path)
      let items = [3, 1, 2].map { number in
        OutboxItem(
          run: StoreRig.runID(number), action: .webhook, state: .pending, runbookID: number == 2 ? "other" : "ask",
          bundle: BundleID(hex: "00"), failures: 1, createdAt: StoreRig.time(number))
      }
      try await queue.write { database in
        let steps = [
          V01.statements, V02.statements, V03.statements, V04.statements, V05.statements, V06.statements,
          V07.statements, V08.statements, V09.statements,
        ]
        for statement in steps.joined() { try database.execute(sql: statement) }
        try OutboxRows.insert(items, into: database)
        try database.execute(sql: "PRAGMA user_version = 9")
      }
      try queue.close()
      try await rig.withStore { store in
        let due = try await store.dueOutbox(OutboxPart(), at: StoreRig.time(9), limit: 9)
        #expect(due == [items[1], items[2], items[0]])
      }
      let indices = try await DatabaseQueue(path: path).read { database in
        try String.fetchAll(
          database,
          sql: "SELECT name FROM sqlite_schema WHERE tbl_name = 'outbox' AND sql LIKE 'CREATE INDEX%' ORDER BY name")
      }
      #expect(indices == ["outbox_by_creation", "outbox_by_end", "outbox_by_runbook"])
    }
  }
}
