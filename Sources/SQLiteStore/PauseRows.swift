import Encodings
import GRDB
import Storage

/// Rows of runbooks that are paused.
enum PauseRows {
  private static let table = "runbook_pause"

  /// A runbook that is paused already stays paused since then.
  static func save(_ pause: StoredPause, in database: Database) throws {
    try database.execute(
      sql: "INSERT OR IGNORE INTO runbook_pause (runbook, at, paused_by) VALUES (?, ?, ?)",
      arguments: [pause.runbookID, pause.at.millisecondsSinceEpoch, pause.pausedBy])
  }

  static func delete(_ runbook: String, in database: Database) throws {
    try database.execute(sql: "DELETE FROM runbook_pause WHERE runbook = ?", arguments: [runbook])
  }

  static func all(from database: Database) throws -> [StoredPause] {
    try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM runbook_pause ORDER BY runbook")).map { row in
      StoredPause(
        runbookID: try row.text("runbook", table: table), at: try row.instant("at", table: table),
        pausedBy: try row.text("paused_by", table: table))
    }
  }
}
