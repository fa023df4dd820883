import Encodings
import Foundation
import GRDB
import Keyring
import Storage

/// Between our bytes and the engine's.
enum Blob {
  static func of(_ bytes: [UInt8]) -> Data { Data(bytes) }

  static func bytes(_ row: Row, _ column: String, table: String) throws -> [UInt8] {
    guard let data = Data.fromDatabaseValue(row[column]) else {
      // An empty blob reads as empty data; anything else here is not what this release writes.
      throw StoreFault.damaged(table: table, column: column)
    }
    return [UInt8](data)
  }

  static func envelope(_ row: Row, _ column: String, table: String) throws -> Envelope {
    do {
      return try Envelope(parsing: try bytes(row, column, table: table))
    } catch is KeyringError {
      throw StoreFault.damaged(table: table, column: column)
    }
  }
}

extension Row {
  /// GRDB ends a text at U+0000, where it binds one and where it copies one out of a row: there is none with it, since
  /// nothing with it is committed (`CommitRefusal.textWouldBeCut`).
  func text(_ column: String, table: String) throws -> String {
    guard let value = String.fromDatabaseValue(self[column]) else {
      throw StoreFault.damaged(table: table, column: column)
    }
    return value
  }

  func integer(_ column: String, table: String) throws -> Int64 {
    guard let value = Int64.fromDatabaseValue(self[column]) else {
      throw StoreFault.damaged(table: table, column: column)
    }
    return value
  }

  func instant(_ column: String, table: String) throws -> Instant {
    Instant(millisecondsSinceEpoch: try integer(column, table: table))
  }

  func optionalInstant(_ column: String) -> Instant? {
    Int64.fromDatabaseValue(self[column]).map { Instant(millisecondsSinceEpoch: $0) }
  }
}
