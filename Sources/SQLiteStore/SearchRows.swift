import Encodings
import GRDB
import RunEngine
import Storage

/// Rows of the index of words: entries of runs, and the segments into which they are sorted.
enum SearchRows {
  static func apply(_ change: SearchChange, in database: Database) throws {
    switch change {
    case .index(let entry): try index(entry, in: database)
    case .merge(let day, let atLeast): try merge(day: day, atLeast: atLeast, in: database)
    case .settle(let limit): try settle(limit: limit, in: database)
    case .forgetDay(let day): try forget(day: day, in: database)
    }
  }

  // MARK: Entries

  private static func index(_ entry: SearchEntry, in database: Database) throws {
    if try insert(entry, into: database) { return }
    let day = entry.day
    try QuickStatement(
      "INSERT OR IGNORE INTO search_day (day, key_slot, key_generation) VALUES (?, ?, ?)", in: database
    ).run(.integer(day.number), .integer(Int64(day.keySlot)), .integer(Int64(day.keyGeneration)))
    _ = try insert(entry, into: database)
  }

  /// Where its day is there with the key that the entry was made under: under another one nobody would find its tokens.
  private static func insert(_ entry: SearchEntry, into database: Database) throws -> Bool {
    let day = entry.day
    try QuickStatement(
      """
      INSERT OR IGNORE INTO search_entry (run, day, tokens)
      SELECT ?, day, ? FROM search_day WHERE day = ? AND key_slot = ? AND key_generation = ?
      """, in: database
    ).run(
      .text(entry.run.text), .blob(SearchBlob.bytes(of: entry.tokens)), .integer(day.number),
      .integer(Int64(day.keySlot)), .integer(Int64(day.keyGeneration)))
    return database.changesCount == 1
  }

  /// What a deleted run leaves in a segment is taken out by `settle`.
  static func delete(of run: RunID, in database: Database) throws {
    let find = try QuickStatement("SELECT segment FROM search_entry WHERE run = ?", in: database)
    let segment = try find.integer(.text(run.text))
    try QuickStatement("DELETE FROM search_entry WHERE run = ?", in: database).run(.text(run.text))
    guard let segment else { return }
    try QuickStatement("UPDATE search_segment SET removed = removed + 1 WHERE segment = ?", in: database)
      .run(.integer(segment))
  }

  // MARK: Segments

  private static func merge(day: Int64, atLeast: Int, in database: Database) throws {
    let rows = try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT run, tokens FROM search_entry WHERE segment IS NULL AND day = ? ORDER BY run LIMIT ?"),
      arguments: [day, SearchSegment.mostRuns])
    guard !rows.isEmpty, rows.count >= atLeast else { return }
    let newest = try QuickStatement("SELECT max(segment) FROM search_segment", in: database)
    let segment = (try newest.integer() ?? 0) + 1
    try write(try rows.map(entry), as: segment, of: day, to: database)
    guard let last = rows.last else { return }
    // Those that were read: the first ones of the day that have no segment.
    try QuickStatement(
      "UPDATE search_entry SET segment = ? WHERE segment IS NULL AND day = ? AND run <= ?", in: database
    ).run(.integer(segment), .integer(day), .text(try last.text("run", table: "search_entry")))
  }

  /// Makes segments anew in which runs were deleted, without them: nothing of them is left in there.
  private static func settle(limit: Int, in database: Database) throws {
    let found = try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT segment, day, runs FROM search_segment WHERE removed > 0 ORDER BY segment LIMIT ?"),
      arguments: [limit])
    for row in found {
      let segment = try row.integer("segment", table: "search_segment")
      let day = try row.integer("day", table: "search_segment")
      var left: [(run: String, tokens: [UInt32])] = []
      for run in SearchBlob.runs(in: try Blob.bytes(row, "runs", table: "search_segment")) {
        let stored = try Row.fetchOne(
          database.cachedStatement(sql: "SELECT run, tokens FROM search_entry WHERE run = ? AND segment = ?"),
          arguments: [run, segment])
        if let stored { left.append(try entry(stored)) }
      }
      try drop(segment, in: database)
      if !left.isEmpty { try write(left, as: segment, of: day, to: database) }
    }
  }

  private static func drop(_ segment: Int64, in database: Database) throws {
    try QuickStatement("DELETE FROM search_posting WHERE segment = ?", in: database).run(.integer(segment))
    try QuickStatement("DELETE FROM search_segment WHERE segment = ?", in: database).run(.integer(segment))
  }

  private static func entry(_ row: Row) throws -> (run: String, tokens: [UInt32]) {
    (
      try row.text("run", table: "search_entry"),
      SearchBlob.tokens(in: try Blob.bytes(row, "tokens", table: "search_entry"))
    )
  }

  /// In the order of tokens, so that it goes to the end of the table.
  private static func write(
    _ entries: [(run: String, tokens: [UInt32])], as segment: Int64, of day: Int64, to database: Database
  ) throws {
    try QuickStatement(
      "INSERT INTO search_segment (segment, day, newest, removed, runs) VALUES (?, ?, ?, 0, ?)", in: database
    ).run(
      .integer(segment), .integer(day), .text(entries.last?.run ?? ""),
      .blob(entries.flatMap { Array($0.run.utf8) }))
    var pairs: [UInt64] = []
    for (place, entry) in entries.enumerated() {
      for token in entry.tokens { pairs.append(UInt64(token) << 16 | UInt64(place)) }
    }
    pairs.sort()
    let insert = try QuickStatement(
      "INSERT INTO search_posting (segment, token, places) VALUES (?, ?, ?)", in: database)
    var start = pairs.startIndex
    while start < pairs.endIndex {
      let token = pairs[start] >> 16
      let end = pairs[start...].firstIndex { $0 >> 16 != token } ?? pairs.endIndex
      try insert.run(
        .integer(segment), .integer(Int64(token)),
        .blob(pairs[start..<end].flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }))
      start = end
    }
  }

  private static func forget(day: Int64, in database: Database) throws {
    try database.execute(
      sql: """
        DELETE FROM search_day WHERE day = ? AND NOT EXISTS (SELECT 1 FROM run WHERE id >= ? AND id < ?)
        """, arguments: [day, SearchDay.firstID(of: day).text, SearchDay.firstID(of: day + 1).text])
    guard database.changesCount == 1 else { return }
    try database.execute(
      sql: "DELETE FROM search_entry WHERE run >= ? AND run < ?",
      arguments: [SearchDay.firstID(of: day).text, SearchDay.firstID(of: day + 1).text])
    for segment in try Int64.fetchAll(
      database, sql: "SELECT segment FROM search_segment WHERE day = ?", arguments: [day])
    {
      try drop(segment, in: database)
    }
  }

  // MARK: Reading

  static func days(from database: Database) throws -> [SearchDay] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT day, key_slot, key_generation FROM search_day ORDER BY day DESC")
    ).map { row in
      SearchDay(
        number: try row.integer("day", table: "search_day"),
        keySlot: UInt32(clamping: try row.integer("key_slot", table: "search_day")),
        keyGeneration: UInt32(clamping: try row.integer("key_generation", table: "search_day")))
    }
  }

  static func unmerged(from database: Database) throws -> [Int64: Int] {
    let rows = try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT day, count(*) AS entries FROM search_entry WHERE segment IS NULL GROUP BY day"))
    return Dictionary(
      try rows.map {
        (try $0.integer("day", table: "search_entry"), Int(try $0.integer("entries", table: "search_entry")))
      }, uniquingKeysWith: +)
  }

  static func gaps(from database: Database) throws -> Int {
    try Int.fetchOne(database.cachedStatement(sql: "SELECT count(*) FROM search_segment WHERE removed > 0")) ?? 0
  }
}

/// Tokens and ids as they stand in columns.
enum SearchBlob {
  private static let runBytes = 26

  /// Three bytes each, the first one the highest.
  static func bytes(of tokens: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tokens.count * 3)
    for token in tokens {
      bytes.append(UInt8(truncatingIfNeeded: token >> 16))
      bytes.append(UInt8(truncatingIfNeeded: token >> 8))
      bytes.append(UInt8(truncatingIfNeeded: token))
    }
    return bytes
  }

  static func tokens(in bytes: [UInt8]) -> [UInt32] {
    stride(from: 0, to: bytes.count - 2, by: 3).map { at in
      UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2])
    }
  }

  /// Whether all tokens are there; both are growing.
  static func contains(_ wanted: [UInt32], in bytes: UnsafeRawBufferPointer) -> Bool {
    var next = 0
    var at = 0
    while next < wanted.count, at + 2 < bytes.count {
      let token = UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2])
      if token == wanted[next] { next += 1 } else if token > wanted[next] { return false }
      at += 3
    }
    return next == wanted.count
  }

  static func runs(in bytes: [UInt8]) -> [String] {
    stride(from: 0, to: bytes.count - runBytes + 1, by: runBytes).map {
      String(decoding: bytes[$0..<($0 + runBytes)], as: UTF8.self)
    }
  }

  /// Places in a segment's list, growing.
  static func places(in bytes: [UInt8]) -> [UInt16] {
    stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
  }
}
