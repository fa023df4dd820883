package import Ledger

/// Why the store cannot do what it was asked: never the fault of the caller's values. Texts name files
/// and remedies, never a value or an SQL argument.
package enum StoreFault: Error, Equatable, Sendable {
  case folderMissing(path: String)
  /// A file stands where the folder should be.
  case notAFolder(path: String)
  case folderReadOnly(path: String)
  /// Another process holds the lock on the folder.
  case folderLocked(path: String)
  case diskFull
  /// The database was written by a newer release.
  case newerSchema(found: Int, known: Int)
  case notADatabase(path: String)
  /// The database file is cut or overwritten.
  case damagedDatabase(path: String)
  /// A row was put back to an older state, written or deleted by somebody else than the service.
  case rowRestored(table: String)
  /// The rows of the ledger do not hold together, or do not lead to its stored state.
  case ledgerBroken(LedgerFault)
  /// A setting that durability depends on did not read back as set.
  case pragma(name: String)
  /// A row cannot be what it must be: the text names table and column.
  case damaged(table: String, column: String)
  /// The engine's own error code, and the statement's name in this code.
  case engine(code: Int, during: String)
  /// The store was closed.
  case closed

  /// One sentence with the remedy.
  package var sentence: String {
    switch self {
    case .folderMissing(let path):
      "The data folder \(path) does not exist and cannot be made; name another with --data."
    case .notAFolder(let path): "\(path) is a file, not a folder; name another data folder with --data."
    case .folderReadOnly(let path): "The data folder \(path) is not writable; give this user write access to it."
    case .folderLocked(let path):
      "The data folder \(path) is in use by another process; stop that one, or name another folder with --data."
    case .diskFull: "The disk is full; nothing was written. Free some space and try again."
    case .newerSchema(let found, let known):
      "The database has format \(found), this release knows up to \(known); use a newer release. Nothing was changed."
    case .notADatabase(let path): "\(path) is not a Chancery database; restore it from a backup. Nothing was changed."
    case .damagedDatabase(let path): "The database \(path) is damaged; restore it from a backup. Nothing was changed."
    case .rowRestored(let table):
      "A row of the table `\(table)` is not the one that the ledger has: it was put back to an older state, or changed by "
        + "somebody else. Restore the whole database from a backup, or write the object anew."
    case .ledgerBroken(let fault):
      "The ledger does not hold together: \(fault.message). Look at a copy with `chancery ledger verify`, and restore the "
        + "database from a backup. Nothing was changed."
    case .pragma(let name):
      "SQLite did not take the setting `\(name)`, on which durability depends; the service does not run without it."
    case .damaged(let table, let column):
      "A row of table \(table) is damaged (column \(column)); restore a backup, or verify the ledger first."
    case .engine(let code, let during): "SQLite reported error \(code) during \(during)."
    case .closed: "The store is closed."
    }
  }
}
