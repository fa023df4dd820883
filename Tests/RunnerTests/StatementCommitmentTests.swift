import Destinations
import Keyring
import Testing

@testable import Labels
@testable import Runner

@Suite("What people agree to when a statement is approved")
struct StatementCommitmentTests {
  private static func commitment(
    _ pieces: [RenderedStatement.Piece], at place: String = "crm", source: String = "crm", step: String = "put",
    visit: Int = 1, run: String = "r", key: RunKey
  ) throws -> String {
    try sendable(pieces, at: place).commitment(source: source, step: step, visit: visit, run: run, key: key)
  }

  private static func sendable(
    _ pieces: [RenderedStatement.Piece], at place: String = "crm"
  ) throws -> SendableStatement {
    let file = try #require(HostPort(sqliteSource: place))
    return try SendDoor.statement(RenderedStatement(pieces), for: .file(file)).get()
  }

  private static func json(_ text: String) throws -> RenderedStatement.Piece {
    .value(try LabeledText(json: Array(text.utf8), label: .clear))
  }

  @Test("One statement has one commitment; every other text, value, type, source, place, visit and run another")
  func differs() async throws {
    try await Samples.withKeyring { keyring in
      let key = try keyring.runKeys.allocate()
      let base: [RenderedStatement.Piece] = [.text("select "), try Self.json("\"1\""), .text(" from t")]
      let agreed = try Self.commitment(base, key: key)
      #expect(try Self.commitment(base, key: key) == agreed)
      let others: [[RenderedStatement.Piece]] = [
        [.text("select "), try Self.json("1"), .text(" from t")],
        [.text("select "), try Self.json("\"2\""), .text(" from t")],
        [.text("select "), try Self.json("null"), .text(" from t")],
        [.text("select "), try Self.json("true"), .text(" from t")],
        [.text("select "), try Self.json("1.0"), .text(" from t")],
        [.text("select "), try Self.json("[1]"), .text(" from t")],
        [.text("select "), .characters(LabeledText(clear: "1")), .text(" from t")],
        [.text("select "), try Self.json("\"1\""), .text(" from u")],
        [.text("select "), .text("1"), .text(" from t")],
        [.text("select "), try Self.json("\"1\"")],
      ]
      var seen: Set<String> = [agreed]
      for other in others { seen.insert(try Self.commitment(other, key: key)) }
      seen.insert(try Self.commitment(base, at: "log", key: key))
      seen.insert(try Self.commitment(base, source: "log", key: key))
      seen.insert(try Self.commitment(base, run: "s", key: key))
      seen.insert(try Self.commitment(base, key: try keyring.runKeys.allocate()))
      seen.insert(try Self.commitment(base, step: "place", key: key))
      seen.insert(try Self.commitment(base, visit: 2, key: key))
      #expect(seen.count == others.count + 7)
    }
  }

  @Test("A question of an earlier release, which named no visit, covers its statement and no other")
  func formerQuestion() async throws {
    try await Samples.withKeyring { keyring in
      let key = try keyring.runKeys.allocate()
      let asked = try Self.sendable([.text("select "), try Self.json("1")])
      let former = try asked.formerCommitment(source: "crm", run: "r", key: key)
      let present = try Self.commitment([.text("select "), try Self.json("1")], key: key)
      #expect(former != present)
      func covers(_ approved: String, _ statement: SendableStatement, visit: Int = 1) throws -> Bool {
        try statement.isCommitted(to: approved, source: "crm", step: "put", visit: visit, run: "r", key: key)
      }
      #expect(try covers(former, asked))
      #expect(try covers(present, asked))
      #expect(try !covers(present, asked, visit: 2))
      let other = try Self.sendable([.text("select "), try Self.json("2")])
      #expect(try !covers(former, other))
      #expect(try !covers(present, other))
    }
  }
}
