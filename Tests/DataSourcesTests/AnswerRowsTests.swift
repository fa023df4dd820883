import Encodings
import Labels
import Testing

@testable import DataSources

@Suite("Rows as JSON")
struct AnswerRowsTests {
  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  static func json(_ values: [ColumnValue], maximumBytes: Int = 1_000) throws(SourceFault) -> String {
    let limits = StatementLimits(timeout: .seconds(1), maximumRows: 2, maximumBytes: maximumBytes)
    var rows = try AnswerRows(columns: values.indices.map { bytes("c\($0)") }, limits)
    try rows.append(values)
    return String(decoding: rows.finish().json, as: UTF8.self)
  }

  @Test("Numbers keep their digits, and what is no JSON number is a string")
  func values() throws {
    let text = try Self.json([
      .null, .boolean(true), .number(Self.bytes("12345678901234567890.50")), .number(Self.bytes("NaN")),
      .text(Self.bytes("a\"\n")), .json(Self.bytes("{\"a\": [1]}")), .binary([0, 255]),
      .number(Self.bytes("1, \"x\": 2")),
    ])
    #expect(
      text
        == #"[{"c0":null,"c1":true,"c2":12345678901234567890.50,"c3":"NaN","c4":"a\"\n","c5":{"a": [1]},"c6":"AP8=","c7":"1, \"x\": 2"}]"#
    )
  }

  @Test("A row or a byte too many is refused, and as many as are allowed are not")
  func bounds() throws {
    let limits = StatementLimits(timeout: .seconds(1), maximumRows: 2, maximumBytes: 24)
    var rows = try AnswerRows(columns: [Self.bytes("a")], limits)
    try rows.append([.number(Self.bytes("1"))])
    try rows.append([.number(Self.bytes("2"))])
    let full = rows
    #expect(String(decoding: full.finish().json, as: UTF8.self) == #"[{"a":1},{"a":2}]"#)
    #expect(throws: SourceFault.tooLarge(.rows(limit: 2))) { try rows.append([.null]) }
    var wide = try AnswerRows(columns: [Self.bytes("a")], limits)
    #expect(throws: SourceFault.tooLarge(.bytes(limit: 24))) {
      try wide.append([.text(Self.bytes(String(repeating: "x", count: 20)))])
    }
    #expect(StatementExcess.rows(limit: 2).message.contains("more than 2 rows"))
    #expect(StatementExcess.rows(limit: 2).message.contains("`max_rows` of the data source"))
    #expect(StatementExcess.bytes(limit: 24).message.contains("`max_bytes` of the data source"))
  }

  @Test(
    "JSON that is none here is refused with its column and what helps, and never becomes a string",
    arguments: [#"{"a":1,"a":2}"#, #"["\ud800"]"#, "{a}", "1} , {", ""])
  func brokenJSON(text: String) throws {
    do throws(SourceFault) {
      _ = try Self.json([.null, .json(Self.bytes(text))])
      Issue.record("it was taken")
    } catch {
      guard case .value(let what) = error else {
        Issue.record("it is another fault")
        return
      }
      #expect(what.contains("`c1`"))
      #expect(what.contains("::text"))
      #expect(what.contains("::jsonb"))
      #expect(!what.contains("ud800"))
    }
  }

  @Test("JSON has as many levels as the array and the row leave, and one more is over the limit")
  func levels() throws {
    func nested(_ count: Int) -> [UInt8] {
      Self.bytes(String(repeating: "[", count: count) + String(repeating: "]", count: count))
    }
    let deepest = try Self.json([.json(nested(62))])
    #expect((try? JSONTape(Self.bytes(deepest), limits: .values)) != nil)
    for count in [63, 66] {
      #expect(throws: SourceFault.tooLarge(.json(column: "c0", .levels(limit: 64)))) {
        try Self.json([.json(nested(count))])
      }
    }
  }

  @Test("Two columns of one name are refused, and so is a text that is no UTF-8")
  func names() throws {
    #expect(throws: SourceFault.columns) { try AnswerRows(columns: [[0x61], [0x61]], Samples.limits) }
    #expect(throws: SourceFault.self) { try AnswerRows(columns: [[0xFF]], Samples.limits) }
    #expect(throws: SourceFault.self) { try Self.json([.text([0xFF])]) }
  }

  @Test("PostgreSQL's text forms are read by the type of their column")
  func postgresValues() throws {
    for (text, type, json) in [
      ("t", UInt32(16), "true"), ("f", 16, "false"), ("12", 20, "12"), ("1.50", 1_700, "1.50"),
      ("Infinity", 701, "\"Infinity\""),
      ("\\x00ff", 17, "\"AP8=\""), ("{\"a\":1}", 3_802, "{\"a\":1}"), ("12", 25, "\"12\""),
      ("2026-01-02", 1_082, "\"2026-01-02\""),
    ] {
      #expect(try Self.json([PostgresValue.value(Self.bytes(text), type: type)]) == "[{\"c0\":\(json)}]")
    }
  }
}
