import Encodings
import GRDB
import Keyring
import Storage

/// Rows of the tokens that authorisation servers gave to integrations.
enum TokenRows {
  private static let table = "integration_token"

  static func save(_ token: StoredIntegrationToken, in database: Database) throws {
    let stored =
      try Int64.fetchOne(
        database.cachedStatement(sql: "SELECT generation FROM integration_token WHERE integration = ?"),
        arguments: [token.integrationID]) ?? 0
    guard Int64(clamping: token.generation) > stored else {
      throw CommitRefusal.revisionMoved(name: token.integrationID)
    }
    try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO integration_token (integration, settings, generation, updated_at, record)
        VALUES (?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        token.integrationID, token.settings, Int64(clamping: token.generation), token.updatedAt.millisecondsSinceEpoch,
        Blob.of(token.record.bytes),
      ])
  }

  static func delete(_ integrationID: String, in database: Database) throws {
    try database.execute(sql: "DELETE FROM integration_token WHERE integration = ?", arguments: [integrationID])
  }

  static func token(of integrationID: String, from database: Database) throws -> StoredIntegrationToken? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM integration_token WHERE integration = ?"),
      arguments: [integrationID]
    ).map { row in
      StoredIntegrationToken(
        integrationID: integrationID, settings: try row.text("settings", table: table),
        generation: UInt64(clamping: try row.integer("generation", table: table)),
        updatedAt: try row.instant("updated_at", table: table),
        record: try Blob.envelope(row, "record", table: table))
    }
  }
}
