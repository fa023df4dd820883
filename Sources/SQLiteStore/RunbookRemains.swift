import GRDB
import Storage

/// Rows that go with a runbook when it is deleted. Those that are anchored go one by one before.
enum RunbookRemains {
  /// Tables without an anchor whose rows belong to one runbook. Deliveries are none of them: one that was taken stays
  /// known, also by a later runbook of the id with the same key.
  private static let tables = ["kept_variable", "schedule_slot", "runbook_pause", "failure_streak", "run_tally"]

  static func delete(_ runbook: String, sealedOwner: String, in database: Database) throws {
    let unfinished = try Int.fetchOne(
      database, sql: "SELECT 1 FROM run WHERE runbook = ? AND state IN ('queued', 'running') LIMIT 1",
      arguments: [runbook])
    if unfinished != nil { throw CommitRefusal.runsUnfinished(runbook: runbook) }
    let grant = try Int.fetchOne(
      database, sql: "SELECT 1 FROM secret_grant WHERE runbook = ? LIMIT 1", arguments: [runbook])
    if grant != nil { throw CommitRefusal.revisionMoved(name: runbook) }
    try expectNothingSealed([sealedOwner], in: database)
    for table in tables {
      try database.execute(sql: "DELETE FROM \(table) WHERE runbook = ?", arguments: [runbook])
    }
    // A later runbook of the id has not failed.
    try OutboxRows.forgetDisabling(of: runbook, in: database)
  }

  static func expectNothingSealed(_ owners: [String], in database: Database) throws {
    for owner in owners {
      let left = try Int.fetchOne(
        database, sql: "SELECT 1 FROM sealed_row WHERE owner = ? LIMIT 1", arguments: [owner])
      if left != nil { throw CommitRefusal.revisionMoved(name: owner) }
    }
  }
}
