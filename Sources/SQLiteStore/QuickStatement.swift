import Encodings
import GRDB
import GRDBSQLite
import Keyring
import Storage

/// A statement that is run for every batch or for every step, bound and stepped without GRDB's boxes: an insertion costs a
/// third of what it costs with them, and a row's columns are not looked for by their names. GRDB prepares it, keeps it and
/// ends it; it must be used in its connection's turn alone.
///
/// What is not on the way of every batch or step goes through GRDB as usual.
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

  /// Every row, as `body` makes it.
  ///
  /// - Parameter table: what a fault of a column names.
  func rows<Element>(_ table: String, _ values: [Value], _ body: (QuickRow) throws -> Element) throws -> [Element] {
    defer { end() }
    var found: [Element] = []
    guard try firstRow(values) else { return found }
    let row = QuickRow(statement: statement, table: table)
    repeat { found.append(try body(row)) } while try isAtRow(sqlite3_step(statement))
    return found
  }

  /// The first row, as `body` makes it; nil where there is none.
  func first<Element>(_ table: String, _ values: [Value], _ body: (QuickRow) throws -> Element) throws -> Element? {
    defer { end() }
    return try firstRow(values) ? try body(QuickRow(statement: statement, table: table)) : nil
  }

  private func firstRow(_ values: [Value]) throws -> Bool {
    try bind(values)
    return try isAtRow(sqlite3_step(statement))
  }

  private func isAtRow(_ code: Int32) throws -> Bool {
    switch code {
    case SQLITE_ROW: true
    case SQLITE_DONE: false
    default: throw error(code)
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

/// The row that a statement stands at, its columns by their places. It is of use only until the next step.
///
/// A column that does not hold what this release writes into it is `StoreFault.damaged`, with its name.
struct QuickRow {
  fileprivate let statement: OpaquePointer
  fileprivate let table: String

  func isNull(_ place: Int32) -> Bool { sqlite3_column_type(statement, place) == SQLITE_NULL }

  func integer(_ place: Int32) throws -> Int64 {
    guard sqlite3_column_type(statement, place) == SQLITE_INTEGER else { throw damaged(place) }
    return sqlite3_column_int64(statement, place)
  }

  func text(_ place: Int32) throws -> String {
    guard sqlite3_column_type(statement, place) == SQLITE_TEXT, let bytes = sqlite3_column_text(statement, place) else {
      throw damaged(place)
    }
    let count = Int(sqlite3_column_bytes(statement, place))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  func bytes(_ place: Int32) throws -> [UInt8] {
    guard sqlite3_column_type(statement, place) == SQLITE_BLOB else { throw damaged(place) }
    let count = Int(sqlite3_column_bytes(statement, place))
    guard count > 0, let start = sqlite3_column_blob(statement, place) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  func envelope(_ place: Int32) throws -> Envelope {
    do { return try Envelope(parsing: try bytes(place)) } catch is KeyringError { throw damaged(place) }
  }

  /// Milliseconds since the epoch.
  func instant(_ place: Int32) throws -> Instant { Instant(millisecondsSinceEpoch: try integer(place)) }

  /// Nil where the column holds NULL.
  func optional<Value>(_ place: Int32, _ read: (Int32) throws -> Value) rethrows -> Value? {
    isNull(place) ? nil : try read(place)
  }

  /// What a fault of a column is: the table and its name.
  func damaged(_ place: Int32) -> StoreFault {
    .damaged(table: table, column: sqlite3_column_name(statement, place).map { String(cString: $0) } ?? "")
  }
}
