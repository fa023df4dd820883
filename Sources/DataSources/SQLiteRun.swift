import CDataSources
import GRDBSQLite
import Glibc

/// Carries out one statement in one file, on the thread that calls it: opens, binds, steps, closes.
struct SQLiteRun {
  let file: String
  let isReadOnly: Bool
  let limits: StatementLimits
  let watch: StatementWatch

  func rows<Taken: Sendable>(
    of statement: BoundStatement, taking take: (SourceAnswer) -> TakenAnswer<Taken>
  ) throws(SourceFault) -> Taken {
    guard chancery_sqlite_bound(limits.sqliteBytes) == 0 else { throw .refused(code: SQLiteCode.name(SQLITE_MISUSE)) }
    defer { _ = chancery_sqlite_bound(0) }
    var opened: OpaquePointer?
    let flags =
      (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW
      | SQLITE_OPEN_PRIVATECACHE
    let code = sqlite3_open_v2(file, &opened, flags, nil)
    defer { sqlite3_close_v2(opened) }
    guard code == SQLITE_OK, let database = opened else {
      throw code & 0xFF == SQLITE_CANTOPEN ? .noFile : .refused(code: SQLiteCode.name(code))
    }
    let meter = SQLiteMeter(watch: watch)
    return try withExtendedLifetime(meter) { () throws(SourceFault) -> Taken in
      try defend(database, meter)
      // What was changed is kept only when all of the answer was taken, and so was what is made of it.
      if !isReadOnly { try execute("BEGIN IMMEDIATE", in: database, meter) }
      sqlite3_set_authorizer(database, isReadOnly ? SQLiteGuard.reading : SQLiteGuard.changing, nil)
      let taken = take(try perform(statement, in: database, meter))
      if !isReadOnly, taken.isKept {
        sqlite3_set_authorizer(database, nil, nil)
        _ = chancery_sqlite_bound(0)
        try execute("COMMIT", in: database, meter)
      }
      return taken.value
    }
  }

  /// Everything that is taken from the connection before a statement of a document meets it.
  private func defend(_ database: OpaquePointer, _ meter: SQLiteMeter) throws(SourceFault) {
    guard chancery_sqlite_defend(UnsafeMutableRawPointer(database)) == SQLITE_OK else {
      throw .refused(code: SQLiteCode.name(SQLITE_MISUSE))
    }
    let context = Unmanaged.passUnretained(meter).toOpaque()
    sqlite3_progress_handler(
      database, 1_000, { SQLiteMeter.of($0)?.mustStop == true ? 1 : 0 }, context)
    sqlite3_busy_handler(
      database,
      { context, _ in
        guard SQLiteMeter.of(context)?.mustStop == false else { return 0 }
        // The file is locked by another program. This thread serves one statement and nothing else, and the meter ends it.
        usleep(5_000)
        return 1
      }, context)
    let settings = ["temp_store = MEMORY", "mmap_size = 0", "cell_size_check = ON"]
    for setting in settings + (isReadOnly ? ["query_only = ON"] : []) {
      try execute("PRAGMA \(setting)", in: database, meter)
    }
    for (limit, value) in [
      (SQLITE_LIMIT_LENGTH, Int32(clamping: limits.maximumBytes + 1_048_576)), (SQLITE_LIMIT_ATTACHED, 0),
      (SQLITE_LIMIT_SQL_LENGTH, 2_097_152), (SQLITE_LIMIT_WORKER_THREADS, 0), (SQLITE_LIMIT_EXPR_DEPTH, 200),
      (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    ] {
      sqlite3_limit(database, limit, value)
    }
  }

  /// A statement of ours.
  private func execute(_ text: String, in database: OpaquePointer, _ meter: SQLiteMeter) throws(SourceFault) {
    let code = sqlite3_exec(database, text, nil, nil, nil)
    guard code == SQLITE_OK else { throw fault(code, meter) }
  }

  private func perform(
    _ statement: BoundStatement, in database: OpaquePointer, _ meter: SQLiteMeter
  ) throws(SourceFault) -> SourceAnswer {
    var prepared: OpaquePointer?
    var isAlone = true
    var text = statement.text
    let code = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        var tail: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v2(database, bytes.baseAddress, Int32(bytes.count), &prepared, &tail)
        if let tail, let start = bytes.baseAddress {
          isAlone = bytes[(tail - start)...].allSatisfy { [0x20, 0x09, 0x0A, 0x0D, 0x0C].contains($0) }
        }
        return code
      }
    }
    defer { sqlite3_finalize(prepared) }
    guard code == SQLITE_OK else { throw fault(code, meter) }
    guard let prepared, isAlone, !isReadOnly || sqlite3_stmt_readonly(prepared) != 0,
      sqlite3_bind_parameter_count(prepared) == statement.values.count
    else { throw .refused(code: SQLiteCode.name(SQLITE_AUTH)) }
    for (index, value) in statement.values.enumerated() {
      let code = try SQLiteBinding.bind(value, to: prepared, at: Int32(index + 1))
      guard code == SQLITE_OK else { throw fault(code, meter) }
    }
    return try read(prepared, meter)
  }

  private func read(_ statement: OpaquePointer, _ meter: SQLiteMeter) throws(SourceFault) -> SourceAnswer {
    let count = sqlite3_column_count(statement)
    var rows = try AnswerRows(columns: (0..<count).map { SQLiteBinding.columnName($0, of: statement) }, limits)
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW:
        // Asked before anything of the row is copied.
        guard SQLiteBinding.rowBytes(columns: count, of: statement) <= limits.maximumBytes else {
          throw .tooLarge(.bytes(limit: limits.maximumBytes))
        }
        try rows.append(
          (0..<count).map { column throws(SourceFault) in try SQLiteBinding.value(column, of: statement) })
      case SQLITE_DONE: return rows.finish()
      case let code: throw fault(code, meter)
      }
    }
  }

  private func fault(_ code: Int32, _ meter: SQLiteMeter) -> SourceFault {
    switch code & 0xFF {
    case SQLITE_INTERRUPT, SQLITE_BUSY, SQLITE_LOCKED:
      meter.reason ?? .refused(code: SQLiteCode.name(code))
    case SQLITE_TOOBIG, SQLITE_NOMEM: .tooLarge(.memory)
    default: .refused(code: SQLiteCode.name(code))
    }
  }
}

/// What a statement is asked while it runs: whether its time is over.
final class SQLiteMeter {
  private let watch: StatementWatch

  init(watch: StatementWatch) { self.watch = watch }

  /// The first reason to stop; it stays.
  private(set) var reason: SourceFault?

  var mustStop: Bool {
    if reason == nil { reason = watch.reason }
    return reason != nil
  }

  static func of(_ context: UnsafeMutableRawPointer?) -> SQLiteMeter? {
    context.map { Unmanaged<SQLiteMeter>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// SQLite's authorizer: asked about each thing that a statement would do, when it is prepared.
enum SQLiteGuard {
  typealias Callback =
    @convention(c) (
      UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
      UnsafePointer<CChar>?
    ) -> Int32

  /// Reads tables and calls functions, and nothing else.
  static let reading: Callback = { _, action, _, function, _, _ in
    SQLiteGuard.reads(action, function) ? SQLITE_OK : SQLITE_DENY
  }

  /// Also changes rows, but not those of the schema.
  static let changing: Callback = { _, action, table, function, _, _ in
    if SQLiteGuard.reads(action, function) { return SQLITE_OK }
    guard [SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE].contains(action), let table else { return SQLITE_DENY }
    return String(cString: table).lowercased().hasPrefix("sqlite_") ? SQLITE_DENY : SQLITE_OK
  }

  private static func reads(_ action: Int32, _ function: UnsafePointer<CChar>?) -> Bool {
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: true
    case SQLITE_FUNCTION: function.map { !forbidden.contains(String(cString: $0).lowercased()) } ?? false
    default: false
    }
  }

  private static let forbidden: Set<String> = ["load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"]
}
