import Encodings
import GRDB
import RunEngine
import Storage

/// Rows around runs: what their ends change, and the figures.
enum AccountRows {
  /// Makes a change; gives what came into the outbox by it. What it adds to the figures is only gathered.
  static func apply(
    _ change: AccountChange, _ tallies: inout GatheredTallies, in database: Database
  ) throws -> [OutboxItem] {
    switch change {
    case .run(let account): return try take(account, &tallies, in: database)
    case .beginStreak(let runbook):
      try database.execute(sql: "DELETE FROM failure_streak WHERE runbook = ?", arguments: [runbook])
      try OutboxRows.forgetDisabling(of: runbook, in: database)
    case .settle(let item): try OutboxRows.settle(item, in: database)
    case .retry(let id, let at): try OutboxRows.retry(id, at: at, in: database)
    case .release(let action, let at): try OutboxRows.release(action, at: at, in: database)
    case .giveUp(let action, let runbook, let problem, let at):
      try OutboxRows.giveUp(action, of: runbook, problem, at: at, in: database)
    case .notify(let notifications): try NotificationRows.insert(notifications, into: database)
    case .readNotifications(let login, let id, let at):
      try NotificationRows.read(login: login, id: id, at: at, in: database)
    case .forgetToldBefore(let before):
      try OutboxRows.forget(before: before, in: database)
      try NotificationRows.forget(before: before, in: database)
    case .forgetTallies(let before):
      try database.execute(sql: "DELETE FROM run_tally WHERE since < ?", arguments: [before])
    case .takeSlot(let slot): try ScheduleRows.take(slot, in: database)
    case .pause(let pause): try PauseRows.save(pause, in: database)
    case .resume(let runbook): try PauseRows.delete(runbook, in: database)
    case .logRequests(let entries): try RequestRows.insert(entries, into: database)
    case .forgetRequests(let method, let before, let keepingRuns):
      try RequestRows.forget(method, before: before, keepingRuns: keepingRuns, in: database)
    case .keepRequests(let run, let methods): try RequestRows.keep(methods, of: run, in: database)
    }
    return []
  }

  private static func take(
    _ account: RunAccount, _ tallies: inout GatheredTallies, in database: Database
  ) throws -> [OutboxItem] {
    if let startedAt = account.startedAt { tallies.add(.start, at: startedAt, runbook: account.runbookID) }
    guard let end = account.end else { return [] }
    if let milliseconds = end.milliseconds {
      tallies.add(.end(steps: end.steps, milliseconds: milliseconds), at: end.at, runbook: account.runbookID)
    }
    let before = try standing(runbook: account.runbookID, from: database)
    var streak = before
    let asked = streak.take(end.outcome, end.rules)
    if streak != before { try save(streak, runbook: account.runbookID, in: database) }
    let items = asked.map { action in
      OutboxItem(
        run: account.run, action: action, state: action.isDone ? .pending : .waiting, runbookID: account.runbookID,
        bundle: account.bundle, failures: streak.failures, createdAt: end.at)
    }
    try OutboxRows.insert(items, into: database)
    return items
  }

  // MARK: Streaks

  /// The same as `streak`, quick where there is none.
  private static func standing(runbook: String, from database: Database) throws -> FailureStreak {
    let find = try QuickStatement("SELECT 1 FROM failure_streak WHERE runbook = ?", in: database)
    return try find.integer(.text(runbook)) == nil ? FailureStreak() : try streak(runbook: runbook, from: database)
  }

  static func streak(runbook: String, from database: Database) throws -> FailureStreak {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT failures, done FROM failure_streak WHERE runbook = ?"),
      arguments: [runbook]
    ).map { row in
      FailureStreak(
        failures: Int(try row.integer("failures", table: "failure_streak")),
        doneBits: try row.integer("done", table: "failure_streak"))
    } ?? FailureStreak()
  }

  private static func save(_ streak: FailureStreak, runbook: String, in database: Database) throws {
    guard streak != FailureStreak() else {
      return try database.cachedStatement(sql: "DELETE FROM failure_streak WHERE runbook = ?")
        .execute(arguments: [runbook])
    }
    try database.cachedStatement(
      sql: """
        INSERT INTO failure_streak (runbook, failures, done) VALUES (?, ?, ?)
        ON CONFLICT (runbook) DO UPDATE SET failures = excluded.failures, done = excluded.done
        """
    ).execute(arguments: [runbook, streak.failures, streak.doneBits])
  }

  // MARK: Figures

  static func tally(runbook: String, _ window: TallyWindow, from database: Database) throws -> RunTally {
    var tally = RunTally()
    for piece in window.pieces {
      let row = try Row.fetchOne(
        database.cachedStatement(
          sql: """
            SELECT coalesce(sum(started), 0) AS started, coalesce(sum(finished), 0) AS finished,
              coalesce(sum(steps), 0) AS steps, coalesce(max(most_steps), 0) AS most_steps,
              coalesce(sum(milliseconds), 0) AS milliseconds,
              coalesce(max(most_milliseconds), 0) AS most_milliseconds
            FROM run_tally WHERE runbook = ? AND span = ? AND since >= ? AND since < ?
            """), arguments: [runbook, piece.span.rawValue, piece.from, piece.to])
      guard let row else { continue }
      func number(_ column: String) throws -> Int64 { try row.integer(column, table: "run_tally") }
      tally.add(
        RunTally(
          started: try number("started"), finished: try number("finished"), steps: try number("steps"),
          mostSteps: try number("most_steps"), milliseconds: try number("milliseconds"),
          mostMilliseconds: try number("most_milliseconds")))
    }
    return tally
  }
}
