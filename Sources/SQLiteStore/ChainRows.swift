import Encodings
import GRDB
import Keyring
import RunEngine
import Storage

/// Variables that are kept between runs, and answers of people to runs that wait for them.
enum ChainRows {
  static func keep(_ variable: StoredKeptVariable, in database: Database) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO kept_variable (runbook, name, value, kept_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (runbook, name) DO UPDATE SET value = excluded.value, kept_at = excluded.kept_at
        """
    ).execute(arguments: [
      variable.runbookID, variable.name, Blob.of(variable.value.bytes), variable.keptAt?.millisecondsSinceEpoch,
    ])
  }

  static func forgetKept(_ name: String, of runbook: String, in database: Database) throws {
    try database.execute(
      sql: "DELETE FROM kept_variable WHERE runbook = ? AND name = ?", arguments: [runbook, name])
    if database.changesCount == 0 { throw CommitRefusal.notFound(name: name) }
  }

  static func keptVariables(of runbook: String, from database: Database) throws -> [StoredKeptVariable] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT name, value, kept_at FROM kept_variable WHERE runbook = ? ORDER BY name"),
      arguments: [runbook]
    ).map { row in
      StoredKeptVariable(
        runbookID: runbook, name: try row.text("name", table: "kept_variable"),
        value: try Blob.envelope(row, "value", table: "kept_variable"), keptAt: row.optionalInstant("kept_at"))
    }
  }

  static func save(_ approval: StoredApproval, in database: Database) throws {
    let open = try Int.fetchOne(
      database, sql: "SELECT 1 FROM run WHERE id = ? AND state = 'running' AND waiting_for = 'approval'",
      arguments: [approval.run.text])
    if open == nil { throw CommitRefusal.historyMoved(approval.run) }
    // Whoever has agreed may still refuse; a refusal is not taken back.
    try database.execute(
      sql: """
        INSERT INTO approval (run, step, visit, login, is_given, at) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (run, step, visit, login) DO UPDATE SET is_given = 0, at = excluded.at
        WHERE is_given = 1 AND excluded.is_given = 0
        """,
      arguments: [
        approval.run.text, approval.step, approval.visit, approval.login, approval.isGiven,
        approval.at.millisecondsSinceEpoch,
      ])
    if database.changesCount == 0 { throw CommitRefusal.answerStands(approval.run) }
  }

  static func apply(_ intention: Intention, in database: Database) throws {
    switch intention {
    case .keepVariable(let variable): try keep(variable, in: database)
    case .forgetKeptVariable(let runbook, let name): try forgetKept(name, of: runbook, in: database)
    case .saveApproval(let approval): try save(approval, in: database)
    case .expectNoRefusal(let run, let step, let visit):
      try expectNoRefusal(run, step: step, visit: visit, in: database)
    default: break
    }
  }

  /// What was decided by the answers that had come holds only as long as nobody has refused since.
  static func expectNoRefusal(_ run: RunID, step: String, visit: Int, in database: Database) throws {
    let refused = try Int.fetchOne(
      database, sql: "SELECT 1 FROM approval WHERE run = ? AND step = ? AND visit = ? AND is_given = 0",
      arguments: [run.text, step, visit])
    if refused != nil { throw CommitRefusal.historyMoved(run) }
  }

  static func approvals(of run: RunID, from database: Database) throws -> [StoredApproval] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT step, visit, login, is_given, at FROM approval WHERE run = ? ORDER BY at, login"),
      arguments: [run.text]
    ).map { row in
      StoredApproval(
        run: run, step: try row.text("step", table: "approval"),
        visit: Int(try row.integer("visit", table: "approval")), login: try row.text("login", table: "approval"),
        isGiven: try row.integer("is_given", table: "approval") == 1, at: try row.instant("at", table: "approval"))
    }
  }
}
