import Encodings
import GRDB
import Keyring
import Storage

/// Rows of tokens and policies.
enum AccessRows {
  static func apply(_ intention: Intention, in database: Database) throws {
    switch intention {
    case .saveToken(let token): try save(token, in: database)
    case .useToken(let hash):
      try database.cachedStatement(
        sql: """
          UPDATE token SET remaining_uses = remaining_uses - 1
          WHERE hash = ? AND is_revoked = 0 AND remaining_uses > 0
          """
      ).execute(arguments: [Blob.of(hash)])
      if database.changesCount != 1 { throw CommitRefusal.tokenSpent }
    case .revokeToken(let hash):
      try database.execute(sql: "UPDATE token SET is_revoked = 1 WHERE hash = ?", arguments: [Blob.of(hash)])
      if database.changesCount != 1 { throw CommitRefusal.notFound(name: "token") }
    case .savePolicy(let policy):
      let stored =
        try Int64.fetchOne(
          database.cachedStatement(sql: "SELECT revision FROM policy WHERE name = ?"), arguments: [policy.name]) ?? 0
      guard Int64(clamping: policy.revision) == stored + 1 else { throw CommitRefusal.revisionMoved(name: policy.name) }
      try database.execute(
        sql: "INSERT OR REPLACE INTO policy (name, revision, updated_at, text) VALUES (?, ?, ?, ?)",
        arguments: [
          policy.name, Int64(clamping: policy.revision), policy.updatedAt.millisecondsSinceEpoch,
          Blob.of(policy.text.bytes),
        ])
    case .deletePolicy(let name):
      try database.execute(sql: "DELETE FROM policy WHERE name = ?", arguments: [name])
    default:
      preconditionFailure("an intention that is not about access")
    }
  }

  private static func save(_ token: StoredToken, in database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO token
          (hash, accessor_hash, expires_at, remaining_uses, is_revoked, created_at, record)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        Blob.of(token.hash), Blob.of(token.accessorHash), token.expiresAt?.millisecondsSinceEpoch,
        token.remainingUses, token.isRevoked, token.createdAt.millisecondsSinceEpoch, Blob.of(token.record.bytes),
      ])
  }

  private static let tokenColumns = "hash, accessor_hash, expires_at, remaining_uses, is_revoked, created_at, record"

  static func token(hash: [UInt8], from database: Database) throws -> StoredToken? {
    try QuickStatement("SELECT \(tokenColumns) FROM token WHERE hash = ?", in: database)
      .first("token", [.blob(hash)], token)
  }

  static func liveTokens(from database: Database) throws -> [StoredToken] {
    try QuickStatement("SELECT \(tokenColumns) FROM token WHERE is_revoked = 0", in: database).rows("token", [], token)
  }

  private static func token(_ row: QuickRow) throws -> StoredToken {
    StoredToken(
      hash: try row.bytes(0), accessorHash: try row.bytes(1), expiresAt: try row.optional(2, row.instant),
      remainingUses: try row.optional(3, row.integer).map { Int($0) }, isRevoked: try row.integer(4) != 0,
      createdAt: try row.instant(5), record: try row.envelope(6))
  }

  static func policies(from database: Database) throws -> [StoredPolicy] {
    try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM policy ORDER BY name")).map(policy)
  }

  static func policy(named name: String, from database: Database) throws -> StoredPolicy? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM policy WHERE name = ?"), arguments: [name]).map(
      policy)
  }

  private static func policy(_ row: Row) throws -> StoredPolicy {
    StoredPolicy(
      name: try row.text("name", table: "policy"),
      revision: UInt64(clamping: try row.integer("revision", table: "policy")),
      updatedAt: try row.instant("updated_at", table: "policy"),
      text: try Blob.envelope(row, "text", table: "policy"))
  }
}
