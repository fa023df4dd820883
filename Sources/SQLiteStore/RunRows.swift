import Encodings
import GRDB
import RunEngine
package import Storage

/// Rows of runs and their events.
package enum RunRows {
  private static let table = "run"
  /// In the order in which `run(_:)` reads them.
  private static let columns = """
    id, runbook, bundle, state, trigger, created_at, started_at, ended_at, steps, failure, key_slot, key_generation,
    cancel_requested_at, waiting_for, waiting_until, parent, depth, started_by, retry_of,
    is_dry, paused_at, paused_by
    """

  static func insert(_ run: StoredRun, into database: Database) throws {
    let insert = try QuickStatement(
      """
      INSERT INTO run (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO NOTHING
      """, in: database)
    try insert.run(
      .text(run.id.text), .text(run.runbookID), .text(run.bundle.hex), .text(run.state.rawValue),
      .text(run.trigger.rawValue), .instant(run.createdAt), .instant(run.startedAt), .instant(run.endedAt),
      .integer(Int64(run.stepsExecuted)), .text(run.failureWord), .integer(Int64(run.runKeySlot)),
      .integer(Int64(run.runKeyGeneration)), .instant(run.cancelRequestedAt), .text(run.waiting?.reason.rawValue),
      .instant(run.waiting?.until), .text(run.parent?.text), .integer(Int64(run.depth)), .text(run.startedBy),
      .text(run.retryOf?.text), .integer(run.isDry ? 1 : 0), .instant(run.pause?.at),
      .text(run.pause?.by))
    if database.changesCount != 1 { throw CommitRefusal.historyMoved(run.id) }
  }

  static func update(_ run: StoredRun, in database: Database) throws {
    let update = try QuickStatement(
      """
      UPDATE run SET state = ?, started_at = ?, ended_at = ?, steps = ?, failure = ?, waiting_for = ?, waiting_until = ?
      WHERE id = ?
      """, in: database)
    try update.run(
      .text(run.state.rawValue), .instant(run.startedAt), .instant(run.endedAt), .integer(Int64(run.stepsExecuted)),
      .text(run.failureWord), .text(run.waiting?.reason.rawValue), .instant(run.waiting?.until), .text(run.id.text))
    if database.changesCount != 1 { throw CommitRefusal.historyMoved(run.id) }
  }

  static func requestCancel(of run: RunID, at: Instant, in database: Database) throws {
    try database.execute(
      sql: """
        UPDATE run SET cancel_requested_at = coalesce(cancel_requested_at, ?)
        WHERE id = ? AND state IN ('queued', 'running')
        """,
      arguments: [at.millisecondsSinceEpoch, run.text])
    if database.changesCount != 1 { throw CommitRefusal.historyMoved(run) }
  }

  /// The events must follow those that are stored.
  static func append(_ events: [StoredEvent], to run: RunID, in database: Database) throws {
    if events.isEmpty { return }
    try insert(events, of: run, after: try newestEvent(of: run, from: database), into: database)
  }

  /// Events of a run of which so many are stored.
  static func insert(_ events: [StoredEvent], of run: RunID, after last: Int, into database: Database) throws {
    let insert = try QuickStatement(
      "INSERT INTO run_event (run, sequence, kind, at, event, run_values) VALUES (?, ?, ?, ?, ?, ?)", in: database)
    for (offset, event) in events.enumerated() {
      guard event.sequence == last + 1 + offset else { throw CommitRefusal.historyMoved(run) }
      try insert.run(
        .text(run.text), .integer(Int64(event.sequence)), .text(event.kind), .instant(event.at),
        .blob(event.event.bytes), .blob(event.values?.bytes))
    }
  }

  static func fetch(_ id: RunID, from database: Database) throws -> StoredRun? {
    try QuickStatement("SELECT \(columns) FROM run WHERE id = ?", in: database).first(table, [.text(id.text)], run)
  }

  /// What a query asks of a run, as terms of a statement and their arguments.
  private static func filter(_ query: RunQuery) -> (terms: [String], arguments: [QuickStatement.Value]) {
    var conditions: [String] = []
    var arguments: [QuickStatement.Value] = []
    // Runs that have not ended are few, and have an index of their own: the plus keeps SQLite from going through all runs
    // of a runbook or a trigger instead (https://www.sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_).
    let other = query.isPaused || query.state.map { !$0.isFinished } ?? false ? "+" : ""
    if let runbook = query.runbookID {
      conditions.append("\(other)runbook = ?")
      arguments.append(.text(runbook))
    }
    if let state = query.state {
      conditions.append("state = ?")
      arguments.append(.text(state.rawValue))
      // As the indices say it.
      conditions.append("state \(state.isFinished ? "NOT IN" : "IN") ('queued', 'running')")
    }
    if let trigger = query.trigger {
      conditions.append("\(other)trigger = ?")
      arguments.append(.text(trigger.rawValue))
      if trigger != .publicEndpoint { conditions.append("\(other)trigger <> 'public'") }
    }
    if let reason = query.reason {
      conditions.append("failure = ? AND state = 'failed' AND state NOT IN ('queued', 'running')")
      arguments.append(.text(reason))
    }
    if query.isPaused {
      // As the index says it.
      conditions.append("paused_at IS NOT NULL AND state IN ('queued', 'running')")
    }
    if let original = query.retryOf {
      conditions.append("retry_of = ?")
      arguments.append(.text(original.text))
    }
    if let since = query.since {
      conditions.append("id >= ?")
      arguments.append(.text(firstID(at: since)))
    }
    if let until = query.until {
      conditions.append("id < ?")
      arguments.append(.text(firstID(at: until)))
    }
    if let before = query.before {
      conditions.append("id < ?")
      arguments.append(.text(before.text))
    }
    return (conditions, arguments)
  }

  private static func firstID(at instant: Instant) -> String {
    RunID(at: instant, random: [UInt8](repeating: 0, count: 10)).text
  }

  /// A run where it is what a query asks for; its limit says nothing here.
  static func fetch(_ id: String, where query: RunQuery, from database: Database) throws -> StoredRun? {
    let (conditions, arguments) = filter(query)
    let terms = (["id = ?"] + conditions).joined(separator: " AND ")
    return try QuickStatement("SELECT \(columns) FROM run WHERE \(terms)", in: database)
      .first(table, [.text(id)] + arguments, run)
  }

  static func fetch(_ query: RunQuery, from database: Database) throws -> [StoredRun] {
    try fetch(query, most: query.limit, from: database)
  }

  /// More rows than one page has.
  static func fetch(_ query: RunQuery, most: Int, from database: Database) throws -> [StoredRun] {
    try QuickStatement(list(query), in: database)
      .rows(table, filter(query).arguments + [.integer(Int64(most))], run)
  }

  /// The statement that lists what a query asks for, its limit as the last argument. Nobody runs it from elsewhere: tests
  /// ask SQLite by which index it would go.
  package static func list(_ query: RunQuery) -> String {
    let terms = filter(query).terms
    return """
      SELECT \(columns) FROM run \(terms.isEmpty ? "" : "WHERE ")\(terms.joined(separator: " AND ")) ORDER BY id DESC LIMIT ?
      """
  }

  static func unfinished(after: RunID?, limit: Int, from database: Database) throws -> [StoredRun] {
    try QuickStatement(
      "SELECT \(columns) FROM run WHERE state IN ('queued', 'running') AND id > ? ORDER BY id LIMIT ?", in: database
    ).rows(table, [.text(after?.text ?? ""), .integer(Int64(max(0, limit)))], run)
  }

  static func finished(before: Instant, limit: Int, from database: Database) throws -> [StoredRun] {
    try QuickStatement("SELECT \(columns) FROM run WHERE ended_at < ? ORDER BY ended_at, id LIMIT ?", in: database)
      .rows(table, [.instant(before), .integer(Int64(max(0, limit)))], run)
  }

  static func runbooks(from database: Database) throws -> [String] {
    // One look-up for each runbook, however many runs there are.
    try String.fetchAll(
      database.cachedStatement(
        sql: """
          WITH RECURSIVE known (runbook) AS (
            SELECT min(runbook) FROM run
            UNION ALL SELECT (SELECT min(runbook) FROM run WHERE runbook > known.runbook) FROM known
            WHERE known.runbook IS NOT NULL)
          SELECT runbook FROM known WHERE runbook IS NOT NULL
          """))
  }

  static func delete(_ run: RunID, in database: Database) throws {
    try database.execute(
      sql: "DELETE FROM run WHERE id = ? AND state NOT IN ('queued', 'running')", arguments: [run.text])
    if database.changesCount != 1 { throw CommitRefusal.historyMoved(run) }
    try database.execute(sql: "DELETE FROM run_event WHERE run = ?", arguments: [run.text])
    try database.execute(sql: "DELETE FROM approval WHERE run = ?", arguments: [run.text])
    try RequestRows.delete(of: run, in: database)
    try SearchRows.delete(of: run, in: database)
  }

  static func events(of run: RunID, after: Int, from database: Database) throws -> [StoredEvent] {
    try QuickStatement(
      "SELECT sequence, kind, at, event, run_values FROM run_event WHERE run = ? AND sequence > ? ORDER BY sequence",
      in: database
    ).rows("run_event", [.text(run.text), .integer(Int64(after))]) { row in
      StoredEvent(
        sequence: Int(try row.integer(0)), kind: try row.text(1), at: try row.instant(2), event: try row.envelope(3),
        values: try row.optional(4, row.envelope))
    }
  }

  /// The sequence of a run's newest event; 0 where it has none.
  static func newestEvent(of run: RunID, from database: Database) throws -> Int {
    let newest = try QuickStatement("SELECT max(sequence) FROM run_event WHERE run = ?", in: database)
    return Int(try newest.integer(.text(run.text)) ?? 0)
  }

  static func keySlots(from database: Database) throws -> Set<UInt32> {
    Set(
      try Int64.fetchAll(
        database.cachedStatement(sql: "SELECT key_slot FROM run UNION ALL SELECT key_slot FROM search_day")
      ).map { UInt32(clamping: $0) })
  }

  private static func run(_ row: QuickRow) throws -> StoredRun {
    func read<Value>(_ place: Int32, _ value: Value?) throws -> Value {
      guard let value else { throw row.damaged(place) }
      return value
    }
    var waiting: RunWait?
    if let word = try row.optional(13, row.text), let until = try row.optional(14, row.instant) {
      waiting = RunWait(reason: try read(13, RunWait.Reason(rawValue: word)), until: until)
    }
    var pause: RunPause?
    if let at = try row.optional(20, row.instant), let by = try row.optional(21, row.text) {
      pause = RunPause(at: at, by: by)
    }
    return StoredRun(
      id: try read(0, RunID(try row.text(0))), runbookID: try row.text(1), bundle: BundleID(hex: try row.text(2)),
      state: try read(3, StoredRunState(rawValue: try row.text(3))),
      trigger: try read(4, TriggerKind(rawValue: try row.text(4))), createdAt: try row.instant(5),
      startedAt: try row.optional(6, row.instant), endedAt: try row.optional(7, row.instant),
      stepsExecuted: Int(try row.integer(8)), failureWord: try row.optional(9, row.text),
      runKeySlot: UInt32(clamping: try row.integer(10)), runKeyGeneration: UInt32(clamping: try row.integer(11)),
      waiting: waiting, cancelRequestedAt: try row.optional(12, row.instant), pause: pause,
      parent: try row.optional(15, row.text).flatMap { RunID($0) }, depth: Int(try row.integer(16)),
      startedBy: try row.optional(17, row.text), retryOf: try row.optional(18, row.text).flatMap { RunID($0) },
      isDry: try row.integer(19) != 0)
  }
}
