import Encodings
import GRDB
import RunEngine
import Storage

/// Rows of accepted deliveries, and how many of them each endpoint keeps.
enum ReplayRows {
  static func claim(_ claim: ReplayClaim, run: RunID, in database: Database) throws {
    // All look-ups first: a repetition is a repetition also where there is no room.
    for row in claim.rows {
      if let first = try first(row.key, in: database) { throw CommitRefusal.duplicateDelivery(firstRun: first) }
    }
    for row in claim.rows {
      switch row.retention {
      case .until(let end):
        try QuickStatement("INSERT INTO replay (key, expires_at, run) VALUES (?, ?, ?)", in: database)
          .run(.blob(row.key), .instant(end), .text(run.text))
      case .whileKeyStands(let endpoint, let epoch):
        try take(endpoint, limit: claim.keptLimit, in: database)
        try QuickStatement("INSERT INTO replay (key, endpoint, epoch, run) VALUES (?, ?, ?, ?)", in: database)
          .run(.blob(row.key), .text(endpoint), .text(epoch), .text(run.text))
      }
    }
  }

  /// Takes one of the places that an endpoint has. Counted, because counting rows would take longer the more there are.
  private static func take(_ endpoint: String, limit: Int, in database: Database) throws {
    let count = try QuickStatement("SELECT kept FROM replay_kept WHERE endpoint = ?", in: database)
    guard try count.integer(.text(endpoint)) ?? 0 < Int64(limit) else {
      throw CommitRefusal.replayCapReached(endpoint: endpoint)
    }
    try QuickStatement(
      """
      INSERT INTO replay_kept (endpoint, kept) VALUES (?, 1)
      ON CONFLICT (endpoint) DO UPDATE SET kept = kept + 1
      """, in: database
    ).run(.text(endpoint))
  }

  static func first(_ key: [UInt8], in database: Database) throws -> RunID? {
    try QuickStatement("SELECT run FROM replay WHERE key = ?", in: database).text(.blob(key)).flatMap { RunID($0) }
  }

  static func forget(before: Instant, in database: Database) throws {
    try database.execute(sql: "DELETE FROM replay WHERE expires_at < ?", arguments: [before.millisecondsSinceEpoch])
  }

  /// What is to be done with deliveries that are kept for one key.
  static func changeKept(_ intention: Intention, in database: Database) throws {
    switch intention {
    case .forgetKeptReplays(let endpoint, let epoch, let limit):
      try forgetKept(endpoint: endpoint, epoch: epoch, limit: limit, in: database)
    case .renameKeptReplays(let endpoint, let epoch, let name, let limit):
      try renameKept(endpoint: endpoint, epoch: epoch, to: name, limit: limit, in: database)
    default: return
    }
  }

  private static func forgetKept(endpoint: String, epoch: String, limit: Int, in database: Database) throws {
    try database.execute(
      sql: """
        DELETE FROM replay WHERE number IN (SELECT number FROM replay WHERE endpoint = ? AND epoch = ? LIMIT ?)
        """, arguments: [endpoint, epoch, limit])
    let count = database.changesCount
    try database.execute(
      sql: "UPDATE replay_kept SET kept = kept - ? WHERE endpoint = ?", arguments: [count, endpoint])
  }

  private static func renameKept(
    endpoint: String, epoch: String, to name: String, limit: Int, in database: Database
  ) throws {
    try database.execute(
      sql: """
        UPDATE replay SET epoch = ?
        WHERE number IN (SELECT number FROM replay WHERE endpoint = ? AND epoch = ? LIMIT ?)
        """, arguments: [name, endpoint, epoch, limit])
  }

  /// Each epoch once, by steps through the index: an endpoint keeps up to a million rows of a few epochs.
  static func epochs(endpoint: String, in database: Database) throws -> [String] {
    try String.fetchAll(
      database,
      sql: """
        WITH RECURSIVE found (epoch) AS (
          SELECT min(epoch) FROM replay WHERE endpoint = :endpoint
          UNION ALL
          SELECT (SELECT min(epoch) FROM replay WHERE endpoint = :endpoint AND epoch > found.epoch)
          FROM found WHERE found.epoch IS NOT NULL
        )
        SELECT epoch FROM found WHERE epoch IS NOT NULL
        """, arguments: ["endpoint": endpoint])
  }

  static func kept(in database: Database) throws -> [String: Int] {
    var result: [String: Int] = [:]
    for row in try Row.fetchAll(database, sql: "SELECT endpoint, kept FROM replay_kept WHERE kept > 0") {
      result[try row.text("endpoint", table: "replay_kept")] = Int(try row.integer("kept", table: "replay_kept"))
    }
    return result
  }
}
