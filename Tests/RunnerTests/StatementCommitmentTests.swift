import Destinations
import Keyring
import Labels
import Testing

@testable import Runner

@Suite("What people agree to when a statement is approved")
struct StatementCommitmentTests {
  private static func commitment(
    _ pieces: [RenderedStatement.Piece], at place: String = "crm", source: String = "crm", run: String = "r",
    key: RunKey
  ) throws -> String {
    let file = try #require(HostPort(sqliteSource: place))
    return try SendDoor.statement(RenderedStatement(pieces), for: .file(file)).get().commitment(
      source: source, run: run, key: key)
  }

  private static func json(_ text: String) throws -> RenderedStatement.Piece {
    .value(try LabeledText(json: Array(text.utf8), label: .clear))
  }

  @Test("The same statement has the same commitment, and every other text, value, type, source, place and run another")
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
      #expect(seen.count == others.count + 5)
    }
  }
}
