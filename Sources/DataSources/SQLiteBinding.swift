import GRDBSQLite
import Labels

/// Values on their way into and out of SQLite.
enum SQLiteBinding {
  /// Throws `value` for a number of which SQLite would keep another one.
  static func bind(
    _ value: StatementValue, to statement: OpaquePointer, at place: Int32
  ) throws(SourceFault) -> Int32 {
    switch value {
    case .null: return sqlite3_bind_null(statement, place)
    case .boolean(let isTrue): return sqlite3_bind_int64(statement, place, isTrue ? 1 : 0)
    case .integer(let digits), .decimal(let digits):
      switch SQLiteNumber(digits) {
      case .integer(let number)?: return sqlite3_bind_int64(statement, place, number)
      case .real(let number)?: return sqlite3_bind_double(statement, place, number)
      case nil: throw .value("a number of more digits than SQLite keeps ('<<NAME>>', within a string, passes its text)")
      }
    case .text(let bytes), .json(let bytes): return bind(bytes, statement, place)
    }
  }

  private static func bind(_ bytes: [UInt8], _ statement: OpaquePointer, _ place: Int32) -> Int32 {
    guard !bytes.isEmpty else { return sqlite3_bind_text(statement, place, "", 0, copied) }
    return bytes.withUnsafeBytes { bytes in
      sqlite3_bind_text(
        statement, place, bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(clamping: bytes.count), copied)
    }
  }

  static func columnName(_ column: Int32, of statement: OpaquePointer) -> [UInt8] {
    sqlite3_column_name(statement, column).map { Array(String(cString: $0).utf8) } ?? []
  }

  /// Bytes of the texts and blobs of the row at which the statement is: its JSON has at least as many.
  static func rowBytes(columns: Int32, of statement: OpaquePointer) -> Int {
    (0..<columns).reduce(0) { sum, column in
      switch sqlite3_column_type(statement, column) {
      case SQLITE_TEXT, SQLITE_BLOB: sum + Int(sqlite3_column_bytes(statement, column))
      default: sum
      }
    }
  }

  /// Numbers keep their digits: a binary one is written with as many as tell it from all others. Throws `tooLarge` where
  /// there is no memory for a text in UTF-8.
  static func value(_ column: Int32, of statement: OpaquePointer) throws(SourceFault) -> ColumnValue {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .number(Array(String(sqlite3_column_int64(statement, column)).utf8))
    case SQLITE_FLOAT: return .number(Array(sqlite3_column_double(statement, column).description.utf8))
    case SQLITE_TEXT:
      guard let bytes = sqlite3_column_text(statement, column) else { throw .tooLarge(.memory) }
      return .text(Array(UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, column)))))
    case SQLITE_BLOB:
      guard sqlite3_column_bytes(statement, column) > 0 else { return .binary([]) }
      guard let bytes = sqlite3_column_blob(statement, column) else { throw .tooLarge(.memory) }
      return .binary(Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, column)))))
    default: return .null
    }
  }

  /// `SQLITE_TRANSIENT`, which the header defines by a cast that is not imported.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
