import GRDBSQLite

/// Names of SQLite's result codes (https://sqlite.org/rescode.html), without extension: what a log may say.
enum SQLiteCode {
  static func name(_ code: Int32) -> String {
    let index = Int(code & 0xFF)
    guard index < names.count else { return "SQLITE_\(index)" }
    return "SQLITE_" + names[index]
  }

  private static let names = [
    "OK", "ERROR", "INTERNAL", "PERM", "ABORT", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT", "IOERR", "CORRUPT",
    "NOTFOUND", "FULL", "CANTOPEN", "PROTOCOL", "EMPTY", "SCHEMA", "TOOBIG", "CONSTRAINT", "MISMATCH", "MISUSE",
    "NOLFS", "AUTH", "FORMAT", "RANGE", "NOTADB",
  ]
}
