import Encodings
import GRDB
import Keyring
import Storage

/// Rows of logins, and of requests to have a value shown.
enum PersonRows {
  static func apply(_ intention: Intention, in database: Database) throws {
    switch intention {
    case .saveReveal(let reveal):
      try follow("SELECT revision FROM reveal WHERE id = ?", key: reveal.id, revision: reveal.revision, in: database)
      try database.cachedStatement(
        sql: "INSERT OR REPLACE INTO reveal (id, revision, expires_at, record) VALUES (?, ?, ?, ?)"
      ).execute(
        arguments: [
          reveal.id, Int64(clamping: reveal.revision), reveal.expiresAt.millisecondsSinceEpoch,
          Blob.of(reveal.record.bytes),
        ])
    case .deleteReveal(let id):
      try database.execute(sql: "DELETE FROM reveal WHERE id = ?", arguments: [id])
    case .saveLogin(let login):
      try follow(
        "SELECT revision FROM login WHERE name = ?", key: login.name, revision: login.revision, in: database)
      try database.cachedStatement(
        sql: "INSERT OR REPLACE INTO login (name, revision, updated_at, record) VALUES (?, ?, ?, ?)"
      ).execute(
        arguments: [
          login.name, Int64(clamping: login.revision), login.updatedAt.millisecondsSinceEpoch,
          Blob.of(login.record.bytes),
        ])
    case .expectLogin(let login):
      guard try self.login(named: login.name, from: database) == login else {
        throw CommitRefusal.revisionMoved(name: login.name)
      }
    case .deleteLogin(let name):
      try database.execute(sql: "DELETE FROM login WHERE name = ?", arguments: [name])
      if database.changesCount == 0 { throw CommitRefusal.notFound(name: name) }
      try NotificationRows.delete(of: name, in: database)
    default:
      preconditionFailure("an intention that is about no person")
    }
  }

  private static func follow(_ sql: String, key: String, revision: UInt64, in database: Database) throws {
    let stored = try Int64.fetchOne(database.cachedStatement(sql: sql), arguments: [key]) ?? 0
    guard Int64(clamping: revision) == stored + 1 else { throw CommitRefusal.revisionMoved(name: key) }
  }

  static func reveal(id: String, from database: Database) throws -> StoredReveal? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM reveal WHERE id = ?"), arguments: [id]).map(reveal)
  }

  static func reveals(from database: Database) throws -> [StoredReveal] {
    try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM reveal ORDER BY expires_at, id")).map(reveal)
  }

  private static func reveal(_ row: Row) throws -> StoredReveal {
    StoredReveal(
      id: try row.text("id", table: "reveal"),
      revision: UInt64(clamping: try row.integer("revision", table: "reveal")),
      expiresAt: try row.instant("expires_at", table: "reveal"),
      record: try Blob.envelope(row, "record", table: "reveal"))
  }

  static func login(named name: String, from database: Database) throws -> StoredLogin? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM login WHERE name = ?"), arguments: [name]).map {
      row in
      StoredLogin(
        name: try row.text("name", table: "login"),
        revision: UInt64(clamping: try row.integer("revision", table: "login")),
        updatedAt: try row.instant("updated_at", table: "login"),
        record: try Blob.envelope(row, "record", table: "login"))
    }
  }

  static func loginNames(from database: Database) throws -> [String] {
    try String.fetchAll(database.cachedStatement(sql: "SELECT name FROM login ORDER BY name"))
  }
}
