import GRDB
import Storage

/// The settings on which durability and secrecy depend. Each is set and then read back: GRDB's pool sets
/// `synchronous` to NORMAL on its writer after its own preparation, so trusting what was set is not enough.
enum Pragmas {
  /// Name, the value to set, and what must read back.
  private static let wanted: [(name: String, value: String, readsBack: String)] = [
    ("synchronous", "FULL", "2"),
    ("secure_delete", "ON", "1"),
    ("temp_store", "MEMORY", "2"),
    ("mmap_size", "0", "0"),
    ("trusted_schema", "OFF", "0"),
    ("foreign_keys", "ON", "1"),
    ("journal_size_limit", "67108864", "67108864"),
    ("wal_autocheckpoint", "4000", "4000"),
  ]

  /// Applies and reads back on one connection.
  static func apply(to database: Database) throws {
    for setting in wanted {
      try database.execute(sql: "PRAGMA \(setting.name) = \(setting.value)")
    }
    try verify(database)
  }

  /// Throws `StoreFault.pragma` for the first that does not read back.
  static func verify(_ database: Database) throws {
    for setting in wanted {
      let read = try String.fetchOne(database, sql: "PRAGMA \(setting.name)")
      // An SQLite that is built without memory mapping has no such setting: nothing to switch off.
      if setting.name == "mmap_size" && read == nil { continue }
      guard read == setting.readsBack else { throw StoreFault.pragma(name: setting.name) }
    }
    let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
    guard mode == "wal" else { throw StoreFault.pragma(name: "journal_mode") }
  }
}
