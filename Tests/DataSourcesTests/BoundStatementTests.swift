import Destinations
import Labels
import Testing

@testable import DataSources

@Suite("Statements with their parameters")
struct BoundStatementTests {
  static func text(_ text: String) -> LabeledText { LabeledText(clear: text) }
  static func json(_ text: String) throws -> LabeledText { try LabeledText(json: Array(text.utf8), label: .clear) }

  @Test("Parameters are numbered in the spelling of the database, and no value is in the text")
  func spelling() throws {
    let statement = try Samples.statement([
      .text("select "), .value(Self.text("'; drop")), .text(", ("), .characters(try Self.json("\"a\\nb\"")), .text(")"),
      .value(try Self.json("12")),
    ])
    let sqlite = BoundStatement(statement, spelling: .sqlite)
    #expect(sqlite.text == "select  ?1 , ( CAST(?2 AS TEXT) ) ?3 ")
    #expect(sqlite.values == [.text(Array("'; drop".utf8)), .text(Array("a\nb".utf8)), .integer(Array("12".utf8))])
    #expect(BoundStatement(statement, spelling: .postgres).text == "select  $1 , ( CAST($2 AS TEXT) ) $3 ")
  }

  @Test("Each value has its own type")
  func types() throws {
    let pieces: [(String, StatementValue)] = [
      ("null", .null), ("true", .boolean(true)), ("false", .boolean(false)), ("-7", .integer(Array("-7".utf8))),
      ("1.50", .decimal(Array("1.50".utf8))), ("1e3", .decimal(Array("1e3".utf8))), ("\"x\"", .text(Array("x".utf8))),
      ("{\"a\":[1]}", .json(Array("{\"a\":[1]}".utf8))), ("[]", .json(Array("[]".utf8))),
    ]
    for (json, value) in pieces {
      let statement = try Samples.statement([.value(try Self.json(json))])
      #expect(statement.pieces == [.value(value)], "\(json)")
    }
    // What is no integer of 64 bits is compared as a number.
    for json in ["1.50", "9223372036854775808"] {
      let statement = try Samples.statement([.value(try Self.json(json))])
      #expect(BoundStatement(statement, spelling: .sqlite).text == " CAST( ?1 AS NUMERIC) ", "\(json)")
      #expect(BoundStatement(statement, spelling: .postgres).text == " $1 ", "\(json)")
    }
  }

  @Test("PostgreSQL is told the smallest type of a number, and is left to find that of a text")
  func postgresTypes() throws {
    for (value, oid) in [
      (StatementValue.integer(Array("32767".utf8)), UInt32(21)), (.integer(Array("-32769".utf8)), 23),
      (.integer(Array("2147483648".utf8)), 20), (.integer(Array("9223372036854775808".utf8)), 1_700),
      (.decimal(Array("1.5".utf8)), 1_700), (.boolean(true), 16), (.text([]), 0), (.json(Array("{}".utf8)), 0),
      (.null, 0),
    ] {
      #expect(try PostgresParameter(value).type == oid, "\(value)")
    }
    #expect(throws: SourceFault.self) { try PostgresParameter(.text([0x61, 0, 0x62])) }
  }

  @Test("A value that may not be sent to the destination stops the statement, and what is no text does too")
  func doors() throws {
    let here = try #require(HostPort(sqliteSource: "crm"))
    let there = try #require(HostPort("api.example.com:443"))
    for (host, isAllowed) in [(here, true), (there, false)] {
      let label = LabelProducers.credential(holder: "h", field: "f", hosts: HostClearance(only: [host]))
      for piece in [
        RenderedStatement.Piece.value(LabeledText(text: [0x61], label: label)),
        .characters(LabeledText(text: [0x61], label: label)),
      ] {
        let result = SendDoor.statement(RenderedStatement([.text("select "), piece]), for: .file(here))
        switch result {
        case .success: #expect(isAllowed)
        case .failure(let refusal):
          #expect(!isAllowed)
          #expect(refusal == .notGranted(origins: [.credential(holder: "h", field: "f")], host: here))
        }
      }
    }
    let broken = RenderedStatement([.value(LabeledText(text: [0xFF], label: .clear))])
    guard case .failure(.value(.notUTF8)) = SendDoor.statement(broken, for: .file(here)) else {
      Issue.record("what is no UTF-8 went out")
      return
    }
  }
}
