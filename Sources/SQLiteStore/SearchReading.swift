import Encodings
import GRDB
import RunEngine
import Storage

/// One search: goes through days and segments from the newest to the oldest, and stops where a page is full. Where words are
/// in many runs that are not asked for, the list of those that are is gone through instead.
struct SearchReading {
  private let database: Database
  private let query: SearchQuery
  private let mostRead: Int
  private var found: [StoredRun] = []
  private var rowsRead = 0
  /// The oldest run that was looked at.
  private var reached: String?

  /// Both ways in turn where there are two, each with four times as much as before: what one of them finds soon, costs
  /// little more than if it had been known which one.
  static func search(_ query: SearchQuery, in database: Database) throws -> SearchPage {
    var most = query.runs.isNarrow ? min(firstRead, query.mostRead) : query.mostRead
    while true {
      var reading = SearchReading(database: database, query: query, most: most)
      let page = try reading.page { try $0.readIndex() }
      guard reading.rowsRead >= most, page.candidates.count < query.runs.limit, query.runs.isNarrow else { return page }
      var listed = SearchReading(database: database, query: query, most: most)
      let other = try listed.page { try $0.readList() }
      if listed.rowsRead < most || other.candidates.count >= query.runs.limit { return other }
      guard most < query.mostRead else { return further(page, other) }
      most = min(most * 4, query.mostRead)
    }
  }

  private static let firstRead = 125

  /// What has come further, of two that are both right.
  private static func further(_ page: SearchPage, _ other: SearchPage) -> SearchPage {
    let isFurther = other.next == nil || page.next.map { next in other.next.map { $0 < next } ?? true } ?? false
    return other.candidates.count >= page.candidates.count && isFurther
      || other.candidates.count > page.candidates.count
      ? other : page
  }

  private init(database: Database, query: SearchQuery, most: Int) {
    self.database = database
    self.query = query
    self.mostRead = most
  }

  private var limit: Int { query.runs.limit }
  private var isFull: Bool { found.count >= limit || rowsRead >= mostRead }

  private mutating func page(_ read: (inout SearchReading) throws -> Void) throws -> SearchPage {
    let unfinished = try unfinished()
    try read(&self)
    // The list ends where both were looked at.
    var end: String?
    if isFull { end = reached }
    if unfinished.count >= limit, let last = unfinished.last { end = max(end ?? "", last.id.text) }
    var candidates = (found + unfinished).sorted { $0.id > $1.id }
    if let end { candidates.removeAll { $0.id.text < end } }
    if candidates.count > limit {
      candidates.removeLast(candidates.count - limit)
      end = candidates.last?.id.text
    }
    return SearchPage(candidates: candidates, next: end.flatMap { RunID($0) })
  }

  /// Runs that have not ended are in no index.
  private func unfinished() throws -> [StoredRun] {
    let states: [StoredRunState] = query.runs.state.map { [$0] } ?? [.queued, .running]
    return try states.filter { !$0.isFinished }.flatMap { state in
      var runs = query.runs
      runs.state = state
      return try RunRows.fetch(runs, from: database)
    }.sorted { $0.id > $1.id }
  }

  private mutating func readIndex() throws {
    for day in query.days where !isFull { try read(day) }
  }

  /// Finished runs of the list, by the tokens of their entries.
  private mutating func readList() throws {
    let days = Dictionary(query.days.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    let find = try database.cachedStatement(sql: "SELECT day, tokens FROM search_entry WHERE run = ?")
    var runs = query.runs
    while true {
      let page = try RunRows.fetch(runs, most: Self.listedAtOnce, from: database)
      for run in page {
        if isFull { return }
        rowsRead += 1
        reached = run.id.text
        guard run.state.isFinished, let row = try Row.fetchOne(find, arguments: [run.id.text]),
          let day = days[try row.integer("day", table: "search_entry")]
        else { continue }
        let bytes = try Blob.bytes(row, "tokens", table: "search_entry")
        if bytes.withUnsafeBytes({ Self.fits(day, $0) }) { found.append(run) }
      }
      guard page.count == Self.listedAtOnce, let last = page.last else { return }
      runs.before = last.id
    }
  }

  private static let listedAtOnce = 125

  private mutating func read(_ day: SearchQuery.Day) throws {
    let before = query.runs.before?.text ?? "~"
    var pool = try unmerged(day, before: before)
    let segments = try Row.fetchCursor(
      database.cachedStatement(
        sql: "SELECT segment, newest FROM search_segment WHERE day = ? ORDER BY newest DESC"), arguments: [day.number])
    while let row = try segments.next() {
      // What is newer than everything in the segments that follow.
      try take(from: &pool, newerThan: try row.text("newest", table: "search_segment"))
      if isFull { return }
      let matches = try matches(of: day, in: try row.integer("segment", table: "search_segment"), before: before)
      if !matches.isEmpty { pool = (pool + matches).sorted() }
    }
    try take(from: &pool, newerThan: "")
  }

  /// From the end of a growing list of ids.
  private mutating func take(from pool: inout [String], newerThan bound: String) throws {
    while !isFull, let last = pool.last, last > bound {
      pool.removeLast()
      rowsRead += 1
      reached = last
      if let run = try RunRows.fetch(last, where: query.runs, from: database), run.state.isFinished {
        found.append(run)
      }
    }
  }

  private func unmerged(_ day: SearchQuery.Day, before: String) throws -> [String] {
    let rows = try Row.fetchCursor(
      database.cachedStatement(
        sql: """
          SELECT run, tokens FROM search_entry WHERE segment IS NULL AND day = ? AND run < ? ORDER BY run
          """), arguments: [day.number, before])
    var runs: [String] = []
    while let row = try rows.next() {
      let holds = try row.withUnsafeData(named: "tokens") { data in
        data.map { $0.withUnsafeBytes { Self.fits(day, $0) } } ?? false
      }
      if holds { runs.append(try row.text("run", table: "search_entry")) }
    }
    return runs
  }

  /// Whether an entry has what is looked for.
  private static func fits(_ day: SearchQuery.Day, _ tokens: UnsafeRawBufferPointer) -> Bool {
    SearchBlob.contains(day.tokens, in: tokens) || (day.cut.map { SearchBlob.contains($0, in: tokens) } ?? false)
  }

  private func matches(of day: SearchQuery.Day, in segment: Int64, before: String) throws -> [String] {
    let whole = try matches(of: day.tokens, in: segment, before: before)
    guard let cut = day.cut else { return whole }
    return Set(whole).union(try matches(of: cut, in: segment, before: before)).sorted()
  }

  private func matches(of tokens: [UInt32], in segment: Int64, before: String) throws -> [String] {
    let find = try database.cachedStatement(sql: "SELECT places FROM search_posting WHERE segment = ? AND token = ?")
    var places: Set<UInt16>?
    for token in tokens {
      guard let row = try Row.fetchOne(find, arguments: [segment, token]) else { return [] }
      let own = SearchBlob.places(in: try Blob.bytes(row, "places", table: "search_posting"))
      places = places?.intersection(own) ?? Set(own)
      if places?.isEmpty ?? true { return [] }
    }
    guard let places,
      let row = try Row.fetchOne(
        database.cachedStatement(sql: "SELECT runs FROM search_segment WHERE segment = ?"), arguments: [segment])
    else { return [] }
    let runs = SearchBlob.runs(in: try Blob.bytes(row, "runs", table: "search_segment"))
    return places.sorted().compactMap { place in
      guard Int(place) < runs.count, runs[Int(place)] < before else { return nil }
      return runs[Int(place)]
    }
  }
}
