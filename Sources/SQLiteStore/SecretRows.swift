import Encodings
import GRDB
import Keyring
import Storage

/// Rows of the key/value store and of grants. Host lists are texts with one host a line.
enum SecretRows {
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
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM secret WHERE path = ? ORDER BY version DESC LIMIT 1"),
      arguments: [path]
    ).map { row in
      StoredSecret(
        path: path, version: UInt64(clamping: try row.integer("version", table: "secret")),
        hosts: lines(row["hosts"]), createdAt: try row.instant("created_at", table: "secret"),
        fields: try Blob.envelope(row, "fields", table: "secret"))
    }
  }

  static func paths(prefix: String, from database: Database) throws -> [String] {
    try String.fetchAll(
      database.cachedStatement(sql: "SELECT DISTINCT path FROM secret WHERE substr(path, 1, ?) = ? ORDER BY path"),
      arguments: [prefix.unicodeScalars.count, prefix])
  }

  static func deleteGrant(of runbookID: String, secretPath: String, in database: Database) throws {
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
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM secret_grant WHERE runbook = ? ORDER BY secret_path"),
      arguments: [runbook]
    ).map { row in
      StoredGrant(
        runbookID: runbook, secretPath: try row.text("secret_path", table: "secret_grant"),
        materialHash: try row.text("material", table: "secret_grant"), hosts: lines(row["hosts"]) ?? [],
        grantedAt: try row.instant("granted_at", table: "secret_grant"),
        grantedBy: try row.text("granted_by", table: "secret_grant"))
    }
  }

  private static func lines(_ text: String?) -> [String]? {
    text.map { $0.split(separator: "\n").map(String.init) }
  }
}
