import Encodings
import GRDB
import Keyring
import Storage

/// Rows of named keys and of the material of their versions.
enum KeyRows {
  static func save(
    _ key: StoredNamedKey, adding materials: [StoredKeyMaterial], removing gone: [UInt32], in database: Database
  ) throws {
    let stored =
      try Int64.fetchOne(
        database.cachedStatement(sql: "SELECT revision FROM named_key WHERE name = ?"), arguments: [key.name]) ?? 0
    guard Int64(clamping: key.revision) == stored + 1 else { throw CommitRefusal.revisionMoved(name: key.name) }
    try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO named_key (name, revision, updated_at, record) VALUES (?, ?, ?, ?)"
    ).execute(
      arguments: [
        key.name, Int64(clamping: key.revision), key.updatedAt.millisecondsSinceEpoch, Blob.of(key.record.bytes),
      ])
    for material in materials {
      // A version is written once: a second one is a mistake that the primary key stops.
      try database.cachedStatement(sql: "INSERT INTO named_key_version (name, number, material) VALUES (?, ?, ?)")
        .execute(arguments: [key.name, Int64(material.version), Blob.of(material.material.bytes)])
    }
    for version in gone {
      try database.cachedStatement(sql: "DELETE FROM named_key_version WHERE name = ? AND number = ?")
        .execute(arguments: [key.name, Int64(version)])
    }
  }

  static func delete(_ name: String, in database: Database) throws {
    try database.execute(sql: "DELETE FROM named_key WHERE name = ?", arguments: [name])
    if database.changesCount == 0 { throw CommitRefusal.notFound(name: name) }
    try database.execute(sql: "DELETE FROM named_key_version WHERE name = ?", arguments: [name])
  }

  static func key(_ name: String, from database: Database) throws -> StoredNamedKey? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM named_key WHERE name = ?"), arguments: [name]).map {
      row in
      StoredNamedKey(
        name: try row.text("name", table: "named_key"),
        revision: UInt64(clamping: try row.integer("revision", table: "named_key")),
        updatedAt: try row.instant("updated_at", table: "named_key"),
        record: try Blob.envelope(row, "record", table: "named_key"))
    }
  }

  static func material(_ name: String, version: UInt32, from database: Database) throws -> Envelope? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT material FROM named_key_version WHERE name = ? AND number = ?"),
      arguments: [name, Int64(version)]
    ).map { try Blob.envelope($0, "material", table: "named_key_version") }
  }

  static func names(from database: Database) throws -> [String] {
    try String.fetchAll(database.cachedStatement(sql: "SELECT name FROM named_key ORDER BY name"))
  }
}
