import Encodings
import GRDB
import RunEngine
import Storage

/// Rows of schedules.
enum ScheduleRows {
  static func take(_ slot: ScheduleSlot, in database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO schedule_slot (runbook, schedule, slot, missed) VALUES (?, ?, ?, ?)
        ON CONFLICT (runbook, schedule) DO UPDATE SET slot = excluded.slot, missed = missed + excluded.missed
        WHERE slot < excluded.slot
        """,
      arguments: [slot.runbookID, slot.schedule, slot.slot.millisecondsSinceEpoch, slot.missed])
    if database.changesCount != 1 { throw CommitRefusal.slotTaken(runbook: slot.runbookID) }
  }

  /// Slots of a time that has not come, which a clock that was ahead had come to: they are due when it does.
  static func resetTime(to at: Instant, in database: Database) throws {
    try database.execute(
      sql: "UPDATE schedule_slot SET slot = :at WHERE slot > :at", arguments: ["at": at.millisecondsSinceEpoch])
  }

  static func slots(runbook: String, from database: Database) throws -> [ScheduleSlot] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM schedule_slot WHERE runbook = ? ORDER BY schedule"),
      arguments: [runbook]
    ).map { row in
      ScheduleSlot(
        runbookID: runbook, schedule: try row.text("schedule", table: "schedule_slot"),
        slot: try row.instant("slot", table: "schedule_slot"), missed: try row.integer("missed", table: "schedule_slot")
      )
    }
  }
}

/// Rows of calls by method.
enum RequestRows {
  private static let table = "request_log"

  static func insert(_ entries: [RequestEntry], into database: Database) throws {
    let statement = try database.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO request_log
          (method, at, run, sequence, step, outcome, milliseconds, sent_bytes, received_bytes, origin)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    for entry in entries {
      try statement.execute(arguments: [
        entry.method, entry.at.millisecondsSinceEpoch, entry.run.text, entry.sequence, entry.step, entry.outcome,
        entry.milliseconds, entry.sentBytes, entry.receivedBytes, entry.origin.rawValue,
      ])
    }
  }

  static func delete(of run: RunID, in database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM request_log WHERE run = ? AND origin = 'run'")
      .execute(arguments: [run.text])
  }

  /// What is kept is no call of a run any more.
  static func keep(_ methods: [String], of run: RunID, in database: Database) throws {
    let statement = try database.cachedStatement(
      sql: "UPDATE request_log SET origin = 'deleted-run' WHERE run = ? AND method = ? AND origin = 'run'")
    for method in methods { try statement.execute(arguments: [run.text, method]) }
  }

  static func forget(_ method: String, before: Instant, keepingRuns: Bool, in database: Database) throws {
    try database.cachedStatement(
      sql: "DELETE FROM request_log WHERE method = ? AND at < ? AND (origin <> 'run' OR NOT ?)"
    ).execute(arguments: [method, before.millisecondsSinceEpoch, keepingRuns])
  }

  static func methods(from database: Database) throws -> [String] {
    // One look-up for each method, however many calls there are.
    try String.fetchAll(
      database.cachedStatement(
        sql: """
          WITH RECURSIVE known (method) AS (
            SELECT min(method) FROM request_log
            UNION ALL SELECT (SELECT min(method) FROM request_log WHERE method > known.method) FROM known
            WHERE known.method IS NOT NULL)
          SELECT method FROM known WHERE method IS NOT NULL
          """))
  }

  static func fetch(_ query: RequestQuery, from database: Database) throws -> [RequestEntry] {
    // Calls of one millisecond are told apart by run and sequence; no run's id is the empty text.
    let before = query.before
    return try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT * FROM request_log WHERE method = ? AND (at, run, sequence) < (?, ?, ?)
          ORDER BY at DESC, run DESC, sequence DESC LIMIT ?
          """),
      arguments: [
        query.method, before?.at.millisecondsSinceEpoch ?? Int64.max, before?.run?.text ?? "", before?.sequence ?? 0,
        query.limit,
      ]
    ).map { row in
      guard let run = RunID(try row.text("run", table: table)) else {
        throw StoreFault.damaged(table: table, column: "run")
      }
      guard let origin = RequestEntry.Origin(rawValue: try row.text("origin", table: table)) else {
        throw StoreFault.damaged(table: table, column: "origin")
      }
      return RequestEntry(
        method: query.method, at: try row.instant("at", table: table), run: run,
        sequence: Int(try row.integer("sequence", table: table)), step: try row.text("step", table: table),
        outcome: try row.text("outcome", table: table), milliseconds: row["milliseconds"],
        sentBytes: row["sent_bytes"], receivedBytes: row["received_bytes"], origin: origin)
    }
  }
}
