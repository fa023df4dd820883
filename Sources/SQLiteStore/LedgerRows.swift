import Foundation
import GRDB
import Ledger
import Storage

/// Rows of the ledger, its state and its newest signed head.
enum LedgerRows {
  static func state(from database: Database) throws -> LedgerState {
    guard let data = try Data.fetchOne(database.cachedStatement(sql: "SELECT state FROM ledger_state WHERE id = 1"))
    else {
      return LedgerState()
    }
    guard let state = LedgerState(serialised: [UInt8](data)) else {
      throw StoreFault.damaged(table: "ledger_state", column: "state")
    }
    return state
  }

  static func head(from database: Database) throws -> String? {
    try String.fetchOne(database.cachedStatement(sql: "SELECT head FROM ledger_state WHERE id = 1"))
  }

  static func rows(from first: UInt64, limit: Int, in database: Database) throws -> [LedgerRow] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT position, entry FROM ledger WHERE position >= ? ORDER BY position LIMIT ?"),
      arguments: [Int64(clamping: first), max(0, limit)]
    ).map { row in
      LedgerRow(
        index: UInt64(clamping: try row.integer("position", table: "ledger")),
        bytes: try Blob.bytes(row, "entry", table: "ledger"))
    }
  }
}
