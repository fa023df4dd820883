import Encodings
import GRDB
import RunEngine
import Storage

/// Rows of the outbox.
package enum OutboxRows {
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
        UPDATE outbox
        SET state = 'pending', attempts = CASE state WHEN 'failed' THEN 0 ELSE attempts END, due_at = ?, done_at = NULL
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

  static func giveUp(
    _ action: FailureAction, of runbook: String, _ problem: String, at: Instant, in database: Database
  ) throws {
    try database.execute(
      sql: """
        UPDATE outbox SET state = 'failed', done_at = ?, problem = ?
        WHERE state = 'pending' AND kind = ? AND runbook = ?
        """, arguments: [at.millisecondsSinceEpoch, problem, action.rawValue, runbook])
  }

  static func forgetDisabling(of runbook: String, in database: Database) throws {
    try database.execute(
      sql: "DELETE FROM outbox WHERE runbook = ? AND kind = ? AND state IN ('pending', 'failed')",
      arguments: [runbook, FailureAction.disable.rawValue])
  }

  static func forget(before: Instant, in database: Database) throws {
    try database.execute(
      sql: "DELETE FROM outbox WHERE done_at IS NOT NULL AND done_at < ?", arguments: [before.millisecondsSinceEpoch])
    // A mail of long ago tells nobody anything: those that wait for a server are not sent all at once when there is one.
    try database.execute(
      sql: "DELETE FROM outbox WHERE state = 'waiting' AND kind = ? AND created_at < ?",
      arguments: [FailureAction.mail.rawValue, before.millisecondsSinceEpoch])
  }

  static func one(_ id: String, from database: Database) throws -> OutboxItem? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT \(columns) FROM outbox WHERE id = ?"), arguments: [id])
      .map(item)
  }

  /// Merges what the runbooks have. However many items wait, of this part or of others, it takes one look-up for each runbook
  /// that has pending ones of these kinds, left out or not, and one for each item that is given.
  static func due(
    _ part: OutboxPart, at: Instant, limit: Int, from database: Database
  ) throws -> [OutboxItem] {
    var heads = try firstItems(part, dueBy: at.millisecondsSinceEpoch, limit: limit, from: database)
    var found: [OutboxItem] = []
    while found.count < limit, let index = heads.indices.min(by: { isSooner(heads[$0], than: heads[$1]) }) {
      let item = heads[index]
      found.append(item)
      if let follower = try next(after: item, dueBy: at.millisecondsSinceEpoch, from: database) {
        heads[index] = follower
      } else {
        heads.remove(at: index)
      }
    }
    return found
  }

  /// One look-up for each runbook that has pending items of these kinds, left out or not.
  static func nextDue(_ part: OutboxPart, from database: Database) throws -> Instant? {
    try firstItems(part, dueBy: .max, limit: 1, from: database).map(\.dueAt).min()
  }

  /// The first pending item of each runbook and kind of a part. Of each kind the soonest, up to the limit: the first so many
  /// items of all belong to no further runbook.
  private static func firstItems(
    _ part: OutboxPart, dueBy latest: Int64, limit: Int, from database: Database
  ) throws -> [OutboxItem] {
    let statement = firstOfRunbooks(excluding: part.excluding.count)
    var found: [OutboxItem] = []
    for action in Set(part.actions) {
      let words = Array(repeating: action.rawValue, count: 3) + part.excluding.sorted()
      found += try Row.fetchAll(
        database.cachedStatement(sql: statement), arguments: StatementArguments(words) + [latest, max(0, limit)]
      ).map(item)
    }
    return found
  }

  private static func next(
    after previous: OutboxItem, dueBy latest: Int64, from database: Database
  ) throws -> OutboxItem? {
    try Row.fetchOne(
      database.cachedStatement(sql: nextOfRunbook),
      arguments: [
        previous.action.rawValue, previous.runbookID, previous.dueAt.millisecondsSinceEpoch, previous.id, latest,
      ]
    ).map(item)
  }

  private static func isSooner(_ one: OutboxItem, than other: OutboxItem) -> Bool {
    (one.dueAt, one.id) < (other.dueAt, other.id)
  }

  /// The statement for the first pending item of each runbook, of one kind. It leaps from runbook to runbook in the index,
  /// over all that one has. Its arguments are the kind, three times, runbooks that are left out, the latest time, and the
  /// limit. Nobody runs it from elsewhere: tests ask SQLite by which index it would go.
  package static func firstOfRunbooks(excluding count: Int) -> String {
    """
    WITH RECURSIVE known (name) AS (
      SELECT min(runbook) FROM outbox WHERE state = 'pending' AND kind = ?
      UNION ALL SELECT (
        SELECT min(runbook) FROM outbox WHERE state = 'pending' AND kind = ? AND runbook > known.name)
      FROM known WHERE known.name IS NOT NULL)
    SELECT \(columns) FROM known JOIN outbox ON id = (
      SELECT id FROM outbox WHERE state = 'pending' AND kind = ? AND runbook = known.name ORDER BY due_at, id LIMIT 1)
    WHERE known.name NOT IN (\(Array(repeating: "?", count: count).joined(separator: ", "))) AND due_at <= ?
    ORDER BY due_at, id LIMIT ?
    """
  }

  /// The statement for the next pending item of a kind and a runbook, after a time and an id, up to a latest time. Nobody
  /// runs it from elsewhere: tests ask SQLite by which index it would go.
  package static var nextOfRunbook: String {
    """
    SELECT \(columns) FROM outbox
    WHERE state = 'pending' AND kind = ? AND runbook = ? AND (due_at, id) > (?, ?) AND due_at <= ?
    ORDER BY due_at, id LIMIT 1
    """
  }

  static func fetch(_ query: OutboxQuery, from database: Database) throws -> [OutboxItem] {
    var conditions: [String] = []
    var arguments: [(any DatabaseValueConvertible)?] = []
    // Written out, so that the index of what is pending may serve.
    if let state = query.state { conditions.append("state = '\(state.rawValue)'") }
    if let action = query.action {
      conditions.append("kind = ?")
      arguments.append(action.rawValue)
    }
    if let runbook = query.runbookID {
      conditions.append("runbook = ?")
      arguments.append(runbook)
    }
    if let before = query.before {
      conditions.append("(created_at, id) < (?, ?)")
      arguments.append(before.at.millisecondsSinceEpoch)
      arguments.append(before.id)
    }
    arguments.append(query.limit)
    return try Row.fetchAll(
      database.cachedStatement(sql: page(where: conditions)), arguments: StatementArguments(arguments)
    ).map(item)
  }

  /// The statement for a page of items that meet all the conditions, the newest first; its last argument is the limit. It
  /// finds them in an index and reads no others. Nobody runs it from elsewhere: tests ask SQLite by which index it would go.
  package static func page(where conditions: [String]) -> String {
    let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    return """
      SELECT \(columns) FROM outbox
      WHERE id IN (SELECT id FROM outbox \(filter) ORDER BY created_at DESC, id DESC LIMIT ?)
      ORDER BY created_at DESC, id DESC
      """
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

  /// A later login of the name is somebody else.
  static func delete(of login: String, in database: Database) throws {
    try database.execute(sql: "DELETE FROM notification WHERE login = ?", arguments: [login])
  }

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
