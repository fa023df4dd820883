import Encodings
import GRDB
import RunEngine
import Storage

/// Rows of the outbox.
enum OutboxRows {
  private static let table = "outbox"
  private static let columns = """
    id, kind, state, runbook, run, bundle, failures, created_at, attempts, due_at, done_at, problem
    """

  static func insert(_ items: [OutboxItem], into database: Database) throws {
    for item in items {
      try database.cachedStatement(
        sql: "INSERT OR IGNORE INTO outbox (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      ).execute(arguments: [
        item.id, item.action.rawValue, item.state.rawValue, item.runbookID, item.run.text, item.bundle.hex,
        item.failures, item.createdAt.millisecondsSinceEpoch, item.attempts, item.dueAt.millisecondsSinceEpoch,
        item.doneAt?.millisecondsSinceEpoch, item.problem,
      ])
    }
  }

  static func settle(_ item: OutboxItem, in database: Database) throws {
    try database.cachedStatement(
      sql: """
        UPDATE outbox SET state = ?, attempts = ?, due_at = ?, done_at = ?, problem = ?
        WHERE id = ? AND state = 'pending' AND attempts = ?
        """
    ).execute(arguments: [
      item.state.rawValue, item.attempts, item.dueAt.millisecondsSinceEpoch, item.doneAt?.millisecondsSinceEpoch,
      item.problem, item.id, item.attempts - 1,
    ])
    if database.changesCount != 1 { throw CommitRefusal.revisionMoved(name: item.id) }
  }

  static func retry(_ id: String, at: Instant, in database: Database) throws {
    try database.execute(
      sql: """
        UPDATE outbox SET state = 'pending', attempts = 0, due_at = ?, done_at = NULL
        WHERE id = ? AND state IN ('pending', 'failed')
        """, arguments: [at.millisecondsSinceEpoch, id])
    if database.changesCount != 1 { throw CommitRefusal.notFound(name: id) }
  }

  static func release(_ action: FailureAction, at: Instant, in database: Database) throws {
    try database.execute(
      sql:
        "UPDATE outbox SET state = 'pending', attempts = 0, due_at = ?, problem = NULL WHERE kind = ? AND state = 'waiting'",
      arguments: [at.millisecondsSinceEpoch, action.rawValue])
  }

  static func forgetDisabling(of runbook: String, in database: Database) throws {
    try database.execute(
      sql: "DELETE FROM outbox WHERE runbook = ? AND kind = ? AND state IN ('pending', 'failed')",
      arguments: [runbook, FailureAction.disable.rawValue])
  }

  static func forget(before: Instant, in database: Database) throws {
    try database.execute(
      sql: "DELETE FROM outbox WHERE done_at IS NOT NULL AND done_at < ?", arguments: [before.millisecondsSinceEpoch])
  }

  static func one(_ id: String, from database: Database) throws -> OutboxItem? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT \(columns) FROM outbox WHERE id = ?"), arguments: [id])
      .map(item)
  }

  static func due(
    _ part: OutboxPart, at: Instant, limit: Int, from database: Database
  ) throws -> [OutboxItem] {
    let (filter, arguments) = pending(part)
    return try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT \(columns) FROM outbox WHERE \(filter) AND due_at <= ? ORDER BY due_at, id LIMIT ?"),
      arguments: arguments + [at.millisecondsSinceEpoch, max(0, limit)]
    ).map(item)
  }

  static func nextDue(_ part: OutboxPart, from database: Database) throws -> Instant? {
    let (filter, arguments) = pending(part)
    return try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT due_at FROM outbox WHERE \(filter) ORDER BY due_at LIMIT 1"),
      arguments: arguments
    ).map { Instant(millisecondsSinceEpoch: $0) }
  }

  /// The condition for pending items of a part, and what stands in its places.
  private static func pending(_ part: OutboxPart) -> (filter: String, arguments: StatementArguments) {
    func places(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }
    return (
      "state = 'pending' AND kind IN (\(places(part.actions.count))) AND runbook NOT IN (\(places(part.excluding.count)))",
      StatementArguments(part.actions.map(\.rawValue) + part.excluding.sorted())
    )
  }

  static func fetch(_ query: OutboxQuery, from database: Database) throws -> [OutboxItem] {
    var conditions: [String] = []
    var arguments: [(any DatabaseValueConvertible)?] = []
    if let state = query.state {
      conditions.append("state = ?")
      arguments.append(state.rawValue)
    }
    if let action = query.action {
      conditions.append("kind = ?")
      arguments.append(action.rawValue)
    }
    if let runbook = query.runbookID {
      conditions.append("runbook = ?")
      arguments.append(runbook)
    }
    if let before = query.before {
      conditions.append("id < ?")
      arguments.append(before)
    }
    let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    arguments.append(query.limit)
    return try Row.fetchAll(
      database.cachedStatement(sql: "SELECT \(columns) FROM outbox \(filter) ORDER BY id DESC LIMIT ?"),
      arguments: StatementArguments(arguments)
    ).map(item)
  }

  private static func item(_ row: Row) throws -> OutboxItem {
    guard let action = FailureAction(rawValue: try row.text("kind", table: table)) else {
      throw StoreFault.damaged(table: table, column: "kind")
    }
    guard let state = OutboxItem.State(rawValue: try row.text("state", table: table)) else {
      throw StoreFault.damaged(table: table, column: "state")
    }
    guard let run = RunID(try row.text("run", table: table)) else {
      throw StoreFault.damaged(table: table, column: "run")
    }
    var item = OutboxItem(
      run: run, action: action, state: state, runbookID: try row.text("runbook", table: table),
      bundle: BundleID(hex: try row.text("bundle", table: table)),
      failures: Int(try row.integer("failures", table: table)), createdAt: try row.instant("created_at", table: table))
    item.attempts = Int(try row.integer("attempts", table: table))
    item.dueAt = try row.instant("due_at", table: table)
    item.doneAt = row.optionalInstant("done_at")
    item.problem = row["problem"]
    return item
  }
}

/// Rows of notifications.
enum NotificationRows {
  private static let table = "notification"

  static func insert(_ notifications: [StoredNotification], into database: Database) throws {
    for notification in notifications {
      try database.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO notification (login, id, runbook, run, failures, at, read_at)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """
      ).execute(arguments: [
        notification.login, notification.id, notification.runbookID, notification.run.text, notification.failures,
        notification.at.millisecondsSinceEpoch, notification.readAt?.millisecondsSinceEpoch,
      ])
    }
  }

  static func read(login: String, id: String?, at: Instant, in database: Database) throws {
    guard let id else {
      return try database.execute(
        sql: "UPDATE notification SET read_at = ? WHERE login = ? AND read_at IS NULL",
        arguments: [at.millisecondsSinceEpoch, login])
    }
    try database.execute(
      sql: "UPDATE notification SET read_at = coalesce(read_at, ?) WHERE login = ? AND id = ?",
      arguments: [at.millisecondsSinceEpoch, login, id])
    if database.changesCount != 1 { throw CommitRefusal.notFound(name: id) }
  }

  static func forget(before: Instant, in database: Database) throws {
    try database.execute(
      sql: "DELETE FROM notification WHERE at < ?", arguments: [before.millisecondsSinceEpoch])
  }

  static func fetch(
    login: String, unreadOnly: Bool, limit: Int, from database: Database
  ) throws -> [StoredNotification] {
    let filter = unreadOnly ? "AND read_at IS NULL" : ""
    return try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT * FROM notification WHERE login = ? \(filter) ORDER BY id DESC LIMIT ?"),
      arguments: [login, max(0, limit)]
    ).map { row in
      guard let run = RunID(try row.text("run", table: table)) else {
        throw StoreFault.damaged(table: table, column: "run")
      }
      return StoredNotification(
        login: login, id: try row.text("id", table: table), runbookID: try row.text("runbook", table: table), run: run,
        failures: Int(try row.integer("failures", table: table)), at: try row.instant("at", table: table),
        readAt: row.optionalInstant("read_at"))
    }
  }
}
