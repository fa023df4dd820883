import TestSupport
import Testing

@testable import Runbooks

@Suite("Statements of SQL steps")
struct SQLStatementTests {
  static func statement(
    _ text: String, _ dialect: SQLDialect = .postgres, isReadOnly: Bool = false
  ) -> Result<SQLStatement, SQLFault> {
    guard let template = try? Template(parsing: text) else { return .failure(SQLFault(kind: .empty, offset: -1)) }
    return Result { () throws(SQLFault) in try SQLStatement(template, dialect: dialect, isReadOnly: isReadOnly) }
  }

  static func kind(_ text: String, _ dialect: SQLDialect = .postgres, isReadOnly: Bool = false) -> SQLFault.Kind? {
    if case .failure(let fault) = statement(text, dialect, isReadOnly: isReadOnly) { fault.kind } else { nil }
  }

  @Test(
    "A placeholder in the place of a value becomes a parameter in both dialects",
    arguments: [
      "select * from t where id = <<v>>", "select <<v>>", "select <<v>> total, 1",
      "select a from t where b in (<<v>>, <<w>>)",
      "select a from t where b like <<v>> escape <<w>>", "insert into t (a, b) values (<<v>>, <<w>>)",
      "insert into t select <<v>>, b from u", "update t set a = <<v>>, b = coalesce(<<w>>, b) where c = <<v>>",
      "delete from t where a between <<v>> and <<w>>", "select a from t order by a limit <<v>> offset <<w>>",
      "with x as (select <<v>> as a) select * from x", "select case when a = <<v>> then <<w>> else <<v>> end from t",
      "select a from t join u on t.a = <<v>>", "select a from t where a is not <<v>>",
      "select a from t where not (a = <<v>>)", "(select <<v>>) union (select <<w>>)", "values (<<v>>, 1), (2, <<w>>)",
      "insert into t (a) values (1) on conflict (a) do update set a = <<v>> where t.a = <<w>> returning a",
      "select a from f(<<v>>, <<w>>) x where x.a = <<v>>", "select -<<v>> + <<w>> * 2",
      "select a from t where a = <<v>>;", "/* c */ select <<v>> -- end",
      "select exists(select 1 from t where a = <<v>>)",
      "select a from t where a is distinct from <<v>>", "select 'it''s <<v>>'",
      "select a from t where a like '%<<v>>%'",
      "select count(*) from t group by a + <<v>>", "update t set (a, b) = (<<v>>, <<w>>)",
      "select \"a\" from \"t\" where \"a\" = <<v>>",
    ])
  func valuesAreParameters(text: String) throws {
    for dialect in SQLDialect.allCases {
      let statement = try Self.statement(text, dialect).get()
      let wanted = try Template(parsing: text).placeholders
      #expect(statement.placeholders == wanted, "\(dialect)")
    }
  }

  @Test(
    "A placeholder where no value can stand is refused in both dialects, at its own place",
    arguments: [
      ("select * from <<v>>", SQLFault.Kind.notAValue), ("select * from a, <<v>>", .notAValue),
      ("select a from t join <<v>> on true", .notAValue), ("insert into <<v>> values (1)", .notAValue),
      ("insert into t (a, <<v>>) values (1, 2)", .notAValue), ("update <<v>> set a = 1", .notAValue),
      ("update t set <<v>> = 1", .notAValue), ("update t set a = 1, <<v>> = 2", .notAValue),
      ("delete from <<v>>", .notAValue), ("select a from t order by <<v>>", .notAValue),
      ("select a from t order by a, <<v>>", .notAValue), ("select a from t order by a <<v>>", .notAValue),
      ("select t.<<v>> from t", .notAValue), ("select col_<<v>> from t", .notAValue),
      ("select <<v>>_col from t", .notAValue), ("select <<v>>(1)", .notAValue), ("select <<v>>.a from t", .notAValue),
      ("<<v>> 1", .notAValue), ("select a <<v>> 1", .notAValue), ("select a from t <<v>>", .notAValue),
      ("select 1<<v>>", .notAValue), ("select <<v>><<w>>", .notAValue), ("select <<v>> <<w>>", .notAValue),
      ("select a as <<v>> from t", .notAValue), ("with <<v>> as (select 1) select 1", .notAValue),
      ("select <<v>> 'x'", .notAValue), ("select date '<<v>>'", .notAValue), ("select a 'x<<v>>'", .notAValue),
      ("select a from (select b from <<v>>) x", .notAValue), ("select exists(select 1 from <<v>>)", .notAValue),
      ("select 1 -- <<v>>", .comment), ("select /* <<v>> */ 1", .comment), ("select 1 -- '\n-- <<v>>", .comment),
      ("select \"<<v>>\" from t", .quotedName), ("select x'<<v>>'", .otherString),
      ("select '<<v>>", .unterminated), ("select /* 1", .unterminated), ("select \"a", .unterminated),
      ("select 1; select <<v>>", .secondStatement), ("select 1; drop table t", .secondStatement), ("", .empty),
      ("-- nothing", .empty), (";", .empty),
    ])
  func otherPlacesAreRefused(text: String, kind: SQLFault.Kind) {
    for dialect in SQLDialect.allCases {
      #expect(Self.kind(text, dialect) == kind, "\(dialect)")
      guard case .failure(let fault) = Self.statement(text, dialect),
        [.notAValue, .comment, .quotedName].contains(kind)
      else { continue }
      // At the placeholder, or at what cannot stand behind it.
      let places = (try? Template(parsing: text))?.placeholders.map(\.offset) ?? []
      #expect(places.contains { $0 == fault.offset || ($0 + 5...$0 + 6).contains(fault.offset) }, "\(dialect)")
    }
  }

  @Test("What a dialect quotes in its own way is no place of a value in it")
  func quotingOfDialects() {
    #expect(Self.kind("select [<<v>>] from t", .sqlite) == .quotedName)
    #expect(Self.kind("select `<<v>>` from t", .sqlite) == .quotedName)
    #expect(Self.kind("select arr[<<v>>] from t", .postgres) == nil)
    #expect(Self.kind("select $$<<v>>$$", .postgres) == .otherString)
    #expect(Self.kind("select $a$ $$ <<v>> $a$", .postgres) == .otherString)
    #expect(Self.kind("select e'\\'<<v>>'", .postgres) == .otherString)
    #expect(Self.kind("select u&'<<v>>'", .postgres) == .otherString)
    #expect(Self.kind("select u&\"<<v>>\"", .postgres) == .otherString)
    // PostgreSQL's comments nest, SQLite's do not.
    #expect(Self.kind("select /* /* */ <<v>> */ 1", .postgres) == .comment)
    #expect(Self.kind("select /* /* */ <<v>>", .sqlite) == nil)
    for text in ["select ?", "select ?1", "select :v", "select @v", "select $v"] {
      #expect(Self.kind(text, .sqlite) == .ownParameter)
    }
    #expect(Self.kind("select $1", .postgres) == .ownParameter)
    #expect(Self.kind("select a::text, b ? 'k' from t where a @> <<v>>::jsonb", .postgres) == nil)
    #expect(Self.kind("select a::<<v>> from t", .postgres) == .notAValue)
  }

  @Test("SELECT … INTO makes a table and is refused, and INTO of a statement that changes rows is not")
  func selectInto() {
    for text in [
      "select 1 as a into x", "select a into temp x from t", "(select 1 into x)",
      "select a from t union select 1 into x",
      "with y as (select 1 as a) select a into x from y", "select 1 as insert into x", "select (1) merge into x",
      "select (select 1) into x", "with y as (select 1 into x) select 1", "insert into t select 1 into x",
      "select 1 /* */ Into/**/x",
    ] {
      for dialect in SQLDialect.allCases {
        #expect(Self.kind(text, dialect) == .selectInto, "\(text)")
        #expect(
          Self.kind(text, dialect, isReadOnly: true) == (text.hasPrefix("insert") ? .readOnly("INSERT") : .selectInto))
      }
    }
    for text in [
      "insert into t select a from u", "insert or ignore into t (a) values (1)", "replace into t values (1)",
      "with y as (select 1 as a) insert into t select a from y", "select \"into\" from t", "select 'into' from t",
      "with y as (insert into t values (1) returning a) select a from y",
      "merge into t using (select 1 as a) u on t.a = u.a when matched then delete",
    ] {
      for dialect in SQLDialect.allCases { #expect(Self.kind(text, dialect) == nil, "\(text)") }
    }
  }

  @Test("A statement that only reads may go to any source, one that changes only where the source says so")
  func verbs() {
    for text in ["select 1", "with a as (select 1) select 1", "values (1)"] {
      #expect(Self.kind(text, isReadOnly: true) == nil)
    }
    for (text, verb) in [
      ("insert into t values (1)", "INSERT"), ("update t set a = 1", "UPDATE"), ("delete from t", "DELETE"),
    ] {
      #expect(Self.kind(text, isReadOnly: true) == .readOnly(verb))
      #expect(Self.kind(text) == nil)
    }
    for verb in [
      "PRAGMA", "ATTACH", "COPY", "SET", "BEGIN", "COMMIT", "CREATE", "DROP", "ALTER", "TRUNCATE", "GRANT", "VACUUM",
      "DO",
      "CALL", "EXPLAIN", "LOAD", "NOTIFY", "PREPARE", "EXECUTE", "LOCK",
    ] {
      #expect(Self.kind("\(verb) x") == .verb(verb))
    }
  }

  /// The text of the pieces with a mark for each value.
  static func shape(_ statement: SQLStatement) -> String {
    statement.pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .value: "¤"
      case .string(let parts):
        "(" + parts.map { if case .literal(let text) = $0 { text } else { "¤" } }.joined(separator: "|") + ")"
      }
    }.joined()
  }

  @Test("The text around the values is kept, and a string is cut at its values")
  func piecesAreKept() throws {
    let text = "select 'a''b <<v>>c', <<w>> from t -- x"
    #expect(Self.shape(try Self.statement(text).get()) == "select (a''b |¤|c), ¤ from t -- x")
  }

  @Test("Whatever pieces a statement is made of, a value is never within a word, a name, a number or a comment")
  func randomStatements() throws {
    let pieces = [
      "select ", "from ", "t", " where ", "a = ", "<<v>>", "'", "''", "\"", "--", "\n", "/*", "*/", "$$", "(", ")", ",",
      ";",
      " ", "[", "]", "`", "e'", "\\", "1", ".", "::", " and ", "x'", "values ", "set ", "||",
    ]
    var random = SeededRandom(seed: 20_261_129)
    var accepted = 0
    for _ in 0..<60_000 {
      let count = Int.random(in: 1...9, using: &random)
      let text = "select " + (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
      for dialect in SQLDialect.allCases {
        guard case .success(let statement) = Self.statement(text, dialect), !statement.placeholders.isEmpty else {
          continue
        }
        accepted += 1
        // With a harmless name of its own in the place of each value, the same text is cut in the same way: the name is
        // one token by itself.
        let filled = Self.filled(statement)
        guard let template = try? Template(parsing: filled) else { continue }
        var lexer = SQLLexer(template, dialect: dialect)
        let tokens = try lexer.run()
        let words = tokens.filter { if case .word("ZZQ") = $0.kind { true } else { false } }
        #expect(words.count == statement.placeholders.count, "\(dialect): \(text)")
      }
    }
    #expect(accepted > 500)
  }

  private static func filled(_ statement: SQLStatement) -> String {
    statement.pieces.map { piece in
      switch piece {
      case .text(let text): Template.escape(text)
      case .value: " zzq "
      case .string(let parts):
        "("
          + parts.map { if case .literal(let text) = $0 { "'\(Template.escape(text))'" } else { " zzq " } }.joined(
            separator: "||") + ")"
      }
    }.joined()
  }
}
