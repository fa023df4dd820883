import Encodings
import GRDB
import Keyring
import Storage

/// Rows of the key/value store and of grants. Host lists are texts with one host a line.
package enum SecretRows {
  static func save(_ secret: StoredSecret, in database: Database) throws {
    let newest =
      try Int64.fetchOne(
        database.cachedStatement(sql: "SELECT max(version) FROM secret WHERE path = ?"), arguments: [secret.path]) ?? 0
    guard Int64(clamping: secret.version) == newest + 1 else { throw CommitRefusal.revisionMoved(name: secret.path) }
    try database.execute(
      sql: "INSERT INTO secret (path, version, hosts, created_at, fields) VALUES (?, ?, ?, ?, ?)",
      arguments: [
        secret.path, Int64(clamping: secret.version), secret.hosts?.joined(separator: "\n"),
        secret.createdAt.millisecondsSinceEpoch, Blob.of(secret.fields.bytes),
      ])
  }

  static func newest(path: String, from database: Database) throws -> StoredSecret? {
    try QuickStatement(
      "SELECT version, hosts, created_at, fields FROM secret WHERE path = ? ORDER BY version DESC LIMIT 1", in: database
    ).first("secret", [.text(path)]) { row in
      StoredSecret(
        path: path, version: UInt64(clamping: try row.integer(0)), hosts: lines(try row.optional(1, row.text)),
        createdAt: try row.instant(2), fields: try row.envelope(3))
    }
  }

  /// Stored versions, the newest first, at most so many.
  static func versions(path: String, limit: Int, from database: Database) throws -> [StoredSecret] {
    try QuickStatement(
      "SELECT version, hosts, created_at, fields FROM secret WHERE path = ? ORDER BY version DESC LIMIT ?",
      in: database
    ).rows("secret", [.text(path), .integer(Int64(limit))]) { row in
      StoredSecret(
        path: path, version: UInt64(clamping: try row.integer(0)), hosts: lines(try row.optional(1, row.text)),
        createdAt: try row.instant(2), fields: try row.envelope(3))
    }
  }

  /// The statement of `paths`. Nobody runs it from elsewhere: a test asks SQLite by which index it would go.
  package static let pathsBelow =
    "SELECT DISTINCT path FROM secret WHERE path >= ? AND path < ? AND substr(path, 1, ?) = ? ORDER BY path"

  static func paths(prefix: String, from database: Database) throws -> [String] {
    // Between the prefix and whatever may follow it, so that no others are read.
    try QuickStatement(pathsBelow, in: database).rows(
      "secret",
      [.text(prefix), .text(prefix + "\u{10FFFF}"), .integer(Int64(prefix.unicodeScalars.count)), .text(prefix)]
    ) { row in try row.text(0) }
  }

  /// That it was given stays known, for the masks of logs: no right is read from there.
  static func deleteGrant(of runbookID: String, secretPath: String, in database: Database) throws {
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO past_grant (runbook, secret_path)
        SELECT runbook, secret_path FROM secret_grant WHERE runbook = ? AND secret_path = ?
        """, arguments: [runbookID, secretPath])
    try database.execute(
      sql: "DELETE FROM secret_grant WHERE runbook = ? AND secret_path = ?", arguments: [runbookID, secretPath])
  }

  static func save(_ grant: StoredGrant, in database: Database) throws {
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO secret_grant (runbook, secret_path, material, hosts, granted_at, granted_by)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        grant.runbookID, grant.secretPath, grant.materialHash, grant.hosts.joined(separator: "\n"),
        grant.grantedAt.millisecondsSinceEpoch, grant.grantedBy,
      ])
  }

  static func grants(runbook: String, from database: Database) throws -> [StoredGrant] {
    try QuickStatement(
      """
      SELECT secret_path, material, hosts, granted_at, granted_by FROM secret_grant WHERE runbook = ?
      ORDER BY secret_path
      """, in: database
    ).rows("secret_grant", [.text(runbook)]) { row in
      StoredGrant(
        runbookID: runbook, secretPath: try row.text(0), materialHash: try row.text(1),
        hosts: lines(try row.optional(2, row.text)) ?? [], grantedAt: try row.instant(3), grantedBy: try row.text(4))
    }
  }

  /// Paths that were granted once and whose grant was taken away, sorted.
  static func pastGrants(runbook: String, from database: Database) throws -> [String] {
    try QuickStatement("SELECT secret_path FROM past_grant WHERE runbook = ? ORDER BY secret_path", in: database)
      .rows("past_grant", [.text(runbook)]) { row in try row.text(0) }
  }

  private static func lines(_ text: String?) -> [String]? {
    text.map { $0.split(separator: "\n").map(String.init) }
  }
}
