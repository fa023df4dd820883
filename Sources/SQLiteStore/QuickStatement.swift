import Encodings
import GRDB
import GRDBSQLite

/// A statement of the writer that is run for every batch, bound and stepped without GRDB's boxes: an insertion costs a
/// third of what it costs with them. GRDB prepares it, keeps it and ends it; it must be used in the writer's turn alone.
///
/// What is not prepared on a fixed text, or is not on the way of every batch, goes through GRDB as usual.
struct QuickStatement {
  /// What one place of a statement is bound to.
  enum Value {
    case integer(Int64)
    case text(String?)
    case blob([UInt8]?)

    /// Milliseconds since the epoch.
    static func instant(_ instant: Instant) -> Value { .integer(instant.millisecondsSinceEpoch) }
    static func instant(_ instant: Instant?) -> Value { instant.map { .instant($0) } ?? .text(nil) }
  }

  private let statement: OpaquePointer

  /// Throws GRDB's `DatabaseError` where the text is no statement.
  init(_ sql: String, in database: Database) throws {
    statement = try database.cachedStatement(sql: sql).sqliteStatement
  }

  /// Runs a statement that gives no rows. Throws `DatabaseError` with the engine's extended code and no arguments.
  func run(_ values: Value...) throws {
    defer { end() }
    try bind(values)
    let code = sqlite3_step(statement)
    guard code == SQLITE_DONE else { throw error(code) }
  }

  /// The first column of the first row, as an integer; nil where there is no row, or it holds NULL.
  func integer(_ values: Value...) throws -> Int64? {
    defer { end() }
    guard try firstRow(values), sqlite3_column_type(statement, 0) != SQLITE_NULL else { return nil }
    return sqlite3_column_int64(statement, 0)
  }

  /// The same as a text.
  func text(_ values: Value...) throws -> String? {
    defer { end() }
    guard try firstRow(values), let bytes = sqlite3_column_text(statement, 0) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, 0))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  private func firstRow(_ values: [Value]) throws -> Bool {
    try bind(values)
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw error(code)
    }
  }

  /// Every place is bound; the engine takes copies.
  private func bind(_ values: [Value]) throws {
    precondition(values.count == Int(sqlite3_bind_parameter_count(statement)), "a statement's places are all bound")
    for (index, value) in values.enumerated() {
      let place = Int32(index + 1)
      let code: Int32 =
        switch value {
        case .integer(let number): sqlite3_bind_int64(statement, place, number)
        case .text(nil), .blob(nil): sqlite3_bind_null(statement, place)
        case .text(""): sqlite3_bind_text(statement, place, "", 0, Self.copied)
        case .text(var text?):
          text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
              sqlite3_bind_text(statement, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
            }
          }
        case .blob(let blob?):
          blob.isEmpty
            ? sqlite3_bind_zeroblob(statement, place, 0)
            : blob.withUnsafeBytes { bytes in
              sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
            }
        }
      guard code == SQLITE_OK else { throw error(code) }
    }
  }

  /// Ready for the next turn, holding nothing.
  private func end() {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  private func error(_ code: Int32) -> DatabaseError {
    let extended = sqlite3_extended_errcode(sqlite3_db_handle(statement))
    return DatabaseError(resultCode: ResultCode(rawValue: extended & 0xFF == code & 0xFF ? extended : code))
  }

  /// `SQLITE_TRANSIENT`, which the header defines by a cast that is not imported.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
