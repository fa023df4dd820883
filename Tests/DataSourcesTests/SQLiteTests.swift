import CDataSources
import Encodings
import Foundation
import GRDBSQLite
import Labels
import TestSupport
import Testing

@testable import DataSources

@Suite("SQLite data sources")
struct SQLiteTests {
  @Test("Rows come with their types")
  func rows() async throws {
    let text = try await Samples.withFolder { folder in
      try await Samples.rows([.text("select * from people order by id")], in: folder)
    }
    #expect(
      text
        == #"[{"id":1,"name":"Ann","score":1.5,"photo":"AP8="},{"id":2,"name":"Bob","score":1e+20,"photo":null},{"id":3,"name":null,"score":null,"photo":null}]"#
    )
  }

  @Test("Whatever a text holds, it comes back byte for byte, alone and within a string")
  func naughtyStrings() async throws {
    let tape = try Vectors.json("naughty-strings/blns.json")
    let strings = tape.children(tape.root).compactMap { tape.string($0) } + ["nul \u{0} inside", "", "'", "''", "\\'"]
    #expect(strings.count > 400)
    try await Samples.withFolder { folder in
      for string in strings {
        let value = LabeledText(clear: string)
        let text = try await Samples.rows(
          [.text("select "), .value(value), .text(" as a, ("), .characters(value), .text(" || 'x') as b")], in: folder)
        let answer = try JSONTape(Array(text.utf8))
        let row = try #require(answer.firstChild(answer.root))
        let found = ["a", "b"].map { name in answer.member(row, name).flatMap { answer.string($0) } }
        // SQLite ends what it puts together at a NUL.
        let joined = string.utf8.contains(0) ? found[1] : string + "x"
        #expect(found.map { $0.map { Array($0.utf8) } } == [Array(string.utf8), joined.map { Array($0.utf8) }])
      }
    }
  }

  @Test(
    "A number that SQLite keeps goes in and comes back as the same number",
    arguments: [
      ("1.10", "1.1"), ("1.50", "1.5"), ("0.1", "0.1"), ("-0.1", "-0.1"), ("5e-324", "5e-324"), ("1e20", "1e+20"),
      ("9007199254740993", "9007199254740993"), ("-9223372036854775808", "-9223372036854775808"), ("2.0", "2"),
      ("1e3", "1000"), ("-0.0", "0"),
    ])
  func numbers(written: String, kept: String) async throws {
    let text = try await Samples.withFolder { folder in
      let value = try LabeledText(json: Array(written.utf8), label: .clear)
      return try await Samples.rows([.text("select "), .value(value), .text(" as v")], in: folder)
    }
    #expect(text == "[{\"v\":\(kept)}]")
  }

  @Test(
    "A number of which SQLite would keep another one is refused, and goes as text within a string",
    arguments: [
      "12345678901234567890", "9223372036854775808", "-9223372036854775809", "3.14159265358979323846", "1e400",
      "-1e400", "1e-400", "0.10000000000000000001", "1e1000000000",
    ])
  func otherNumbers(written: String) async throws {
    let value = try LabeledText(json: Array(written.utf8), label: .clear)
    try await Samples.withFolder { folder in
      do {
        _ = try await Samples.rows([.text("select "), .value(value), .text(" as v")], in: folder)
        Issue.record("\(written) was taken")
      } catch SourceFault.value(let what) {
        #expect(what.contains("digits") && !what.contains(written))
      }
      let text = try await Samples.rows([.text("select ("), .characters(value), .text(") as v")], in: folder)
      #expect(text == "[{\"v\":\"\(written)\"}]")
    }
  }

  @Test("A decimal is compared with what a column holds as text as a number is")
  func numbersAndTexts() async throws {
    let text = try await Samples.withFolder { folder in
      let value = try LabeledText(json: Array("1.5".utf8), label: .clear)
      return try await Samples.rows(
        [.text("select count(*) as n from people where cast(score as text) || '0' = "), .value(value)], in: folder)
    }
    #expect(text == #"[{"n":1}]"#)
  }

  static func fault(
    _ text: String, isReadOnly: Bool = true, file: String = "crm/people.db", limits: StatementLimits = Samples.limits
  ) async throws -> SourceFault? {
    try await Samples.withFolder { folder in
      do {
        _ = try await Samples.rows([.text(text)], in: folder, file: file, isReadOnly: isReadOnly, limits: limits)
        return nil
      } catch let fault as SourceFault {
        return fault
      }
    }
  }

  static func isTooLarge(_ text: String, limits: StatementLimits = Samples.limits) async throws -> Bool {
    if case .tooLarge? = try await fault(text, limits: limits) { return true }
    return false
  }

  @Test(
    "A source that may only be read does nothing else, whatever reaches it",
    arguments: [
      "insert into people (id) values (9)", "update people set name = 'x'", "delete from people", "drop table people",
      "create table x (a)", "create temp table x (a)", "attach '/tmp/x.db' as x", "pragma user_version = 7",
      "pragma table_info(people)",
      "vacuum into '/tmp/x.db'", "begin", "select load_extension('x')", "select writefile('/tmp/x', 'y')",
      "select fts3_tokenizer('x')", "select * from pragma_table_info('people')", "select 1; select 2",
      "analyze",
      "with d as (select 1) delete from people",
    ])
  func readOnly(text: String) async throws {
    let fault = try await Self.fault(text)
    guard case .refused(let code)? = fault else {
      Issue.record("\(text): \(String(describing: fault))")
      return
    }
    #expect(["SQLITE_AUTH", "SQLITE_ERROR", "SQLITE_READONLY", "SQLITE_SCHEMA"].contains(code), "\(text): \(code)")
  }

  @Test(
    "A source that may be written changes rows and neither schema, settings nor other files",
    arguments: [
      "drop table people", "create table x (a)", "attach '/tmp/x.db' as x", "pragma user_version = 7", "commit",
      "insert into sqlite_master values (1, 2, 3, 4, 5)", "vacuum into '/tmp/x.db'", "alter table people add x",
    ])
  func readWrite(text: String) async throws {
    let fault = try await Self.fault(text, isReadOnly: false)
    guard case .refused? = fault else {
      Issue.record("\(text): \(String(describing: fault))")
      return
    }
  }

  @Test("A change is kept, and undone where its answer is more than is allowed")
  func changes() async throws {
    try await Samples.withFolder { folder in
      let insert = "insert into people (name) select name from people returning id"
      let few = StatementLimits(timeout: .seconds(30), maximumRows: 2, maximumBytes: 1_000)
      await #expect(throws: SourceFault.tooLarge(.rows(limit: 2))) {
        try await Samples.rows([.text(insert)], in: folder, isReadOnly: false, limits: few)
      }
      let count = [RenderedStatement.Piece.text("select count(*) as n from people")]
      #expect(try await Samples.rows(count, in: folder) == #"[{"n":3}]"#)
      _ = try await Samples.rows([.text(insert)], in: folder, isReadOnly: false)
      #expect(try await Samples.rows(count, in: folder) == #"[{"n":6}]"#)
    }
  }

  @Test("A change is undone where its answer came and nothing could be made of it, and the file is free afterwards")
  func unusableAnswer() async throws {
    try await Samples.withFolder { folder in
      let sources = try Samples.sources(folder)
      let statement = try Samples.statement([.text("insert into people (name) values ('Eve') returning name")])
      for isKept in [false, true] {
        let taken = try await sources.rows(
          of: statement, in: .sqlite(file: "crm/people.db"), isReadOnly: false, limits: Samples.limits
        ) { answer in
          TakenAnswer(String(decoding: answer.json, as: UTF8.self), isKept: isKept)
        }
        #expect(taken == #"[{"name":"Eve"}]"#)
        let count = try await Samples.rows([.text("select count(*) as n from people")], in: folder)
        #expect(count == (isKept ? #"[{"n":4}]"# : #"[{"n":3}]"#))
      }
      await sources.shutDown()
    }
  }

  @Test("An endless statement ends at its limit of time, and a large value at its limit of size")
  func limits() async throws {
    let endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
    let brief = StatementLimits(timeout: .milliseconds(150), maximumRows: 10, maximumBytes: 1_000)
    #expect(try await Self.fault(endless, limits: brief) == .timeout)
    #expect(try await Self.isTooLarge("select zeroblob(100000000)", limits: brief))
    #expect(try await Self.isTooLarge("select replace(hex(zeroblob(400000)), '00', 'long text here')"))
  }

  @Test("A row whose values are large together is refused before SQLite has made all of them", arguments: [40, 300])
  func rowsOfLargeValues(columns: Int) async throws {
    let values = (0..<columns).map { "hex(zeroblob(1000000)) as a\($0)" }.joined(separator: ", ")
    #expect(try await Self.isTooLarge("select \(values)"))
    // Half as large as is allowed, each; SQLite makes them, and not one is copied.
    let few = (0..<3).map { "hex(zeroblob(250000)) as a\($0)" }.joined(separator: ", ")
    #expect(try await Self.isTooLarge("select \(few)"))
    #expect(try await Self.fault("select hex(zeroblob(490000)) as a") == nil)
  }

  @Test("Memory is bound for the thread of a statement, and for its time")
  func memoryIsBound() throws {
    func make() -> Bool {
      let made = sqlite3_malloc64(10_000)
      sqlite3_free(made)
      return made != nil
    }
    try #require(chancery_sqlite_bound(5_000) == 0)
    #expect(!make())
    try #require(chancery_sqlite_bound(50_000) == 0)
    // What is given back counts no more.
    for _ in 0..<20 { #expect(make()) }
    let kept = (0..<10).map { _ in sqlite3_malloc64(10_000) }
    #expect(kept.compactMap { $0 }.count <= 5)
    kept.forEach { sqlite3_free($0) }
    try #require(chancery_sqlite_bound(0) == 0)
    #expect(make())
  }

  @Test("A statement that nobody waits for any more is cut off")
  func cancelled() async throws {
    let endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
    let fault = try await Samples.withFolder { folder in
      let task = Task { () -> SourceFault? in
        do {
          _ = try await Samples.rows([.text(endless)], in: folder)
          return nil
        } catch { return error as? SourceFault }
      }
      task.cancel()
      return await task.value
    }
    #expect(fault == .interrupted)
  }

  @Test(
    "A path leads to a regular file below the folder, or nowhere",
    arguments: [
      "crm/none.db", "../own/secret.db", "crm/../../own/secret.db", "/etc/passwd", "crm", "", "crm/", "./crm/people.db",
      "crm/link.db", "away/secret.db", "crm/hard.db", "crm/people.db/x",
    ])
  func paths(file: String) async throws {
    try await Samples.withFolder { folder in
      let files = FileManager.default
      try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/own/secret.db"))
      try files.createSymbolicLink(
        atPath: "\(folder)/files/crm/link.db", withDestinationPath: "\(folder)/own/secret.db")
      try files.createSymbolicLink(atPath: "\(folder)/files/away", withDestinationPath: "\(folder)/own")
      try files.linkItem(atPath: "\(folder)/own/secret.db", toPath: "\(folder)/files/crm/hard.db")
      await #expect(throws: SourceFault.noFile) { try await Samples.rows([.text("select 1")], in: folder, file: file) }
    }
  }

  @Test("The folder may neither hold the service's own data nor lie in them")
  func folders() async throws {
    try await Samples.withFolder { folder in
      #expect(throws: SQLiteFolder.Refusal.holdsOwnData) { try SQLiteFolder(folder, own: "\(folder)/own") }
      #expect(throws: SQLiteFolder.Refusal.holdsOwnData) { try SQLiteFolder("\(folder)/own", own: folder) }
      #expect(throws: SQLiteFolder.Refusal.holdsOwnData) { try SQLiteFolder(folder, own: folder) }
      #expect(throws: SQLiteFolder.Refusal.notAFolder) { try SQLiteFolder("\(folder)/none", own: "\(folder)/own") }
      #expect(throws: SQLiteFolder.Refusal.notAFolder) {
        try SQLiteFolder("\(folder)/files/crm/people.db", own: "\(folder)/own")
      }
    }
  }

  @Test("Without a folder there are no files")
  func noFolder() async throws {
    let sources = DataSources(folder: nil)
    await #expect(throws: SourceFault.noFolder) {
      try await sources.rows(
        of: try Samples.statement([.text("select 1")]), in: .sqlite(file: "a.db"), isReadOnly: true,
        limits: Samples.limits)
    }
    await sources.shutDown()
  }
}
