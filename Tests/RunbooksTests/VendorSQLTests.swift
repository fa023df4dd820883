import Encodings
import Testing

@testable import Runbooks

@Suite("Imported SQL steps")
struct VendorSQLTests {
  private typealias V = VendorDocuments

  private static func step(_ message: String, _ keys: String = "") -> String {
    let text = JSONText.quoted(message)
    return V.step(
      1, type: 2, action: 18, isStart: true, keys: #""message": \#(text)\#(keys)"#,
      edges: [V.edge(1, 8, seq: 1), V.edge(1, 9, seq: 2, approval: 0)])
      + "," + V.end(8) + "," + V.end(9, action: 1)
  }

  private func read(_ message: String, _ keys: String = "", source: String? = nil) -> ReadDocuments {
    let runbook = V.runbook(#""active": true"#, steps: Self.step(message, keys))
    let read = Documents.read([("r.json", runbook)] + (source.map { [("s.yaml", $0)] } ?? []))
    if !read.faults.hasErrors {
      let again = VendorExportTests.again(read).runbooks.map(\.document)
      var before = read.runbooks.map(\.document)
      // Without its source here the second one waits for it.
      for index in before.indices where source != nil { before[index].isActive = again[index].isActive }
      #expect(again == before)
    }
    return read
  }

  private static let source = "data_source: vendor\nsqlite: crm.db\n"

  @Test("A statement becomes one of ours, its values parameters, its rows outputs")
  func statement() throws {
    let keys = #"""
      , "encrypt_response_body": true, "output_variables": [{}, {"key": "a", "value": "response[0]^Notes!"}],
      "runbook_variable_mappings": [{"key": "b", "value": "<<response[0]^id>>"}]
      """#
    let text = "SELECT Notes, id FROM t\nWHERE name = '<<summary!>>' AND n IN (<<n>>)"
    let variables = #""input_variables": [{"key": "summary", "value": "x"}, {"key": "n", "value": "1"}]"#
    let runbook = V.runbook(#""active": true, "# + variables, steps: Self.step(text, keys))
    let read = Documents.read([("r.json", runbook), ("s.yaml", Self.source)])
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let document = try #require(read.runbooks.first?.document)
    guard case .sql(let sql)? = document.steps.first?.kind else {
      Issue.record("no statement: \(document.steps)")
      return
    }
    #expect(document.isActive)
    #expect(document.activationObstacles == [])
    #expect(sql.source == "vendor")
    #expect(sql.query.source == text)
    #expect(sql.encryptResponse)
    #expect(sql.outputs.map(\.name) == ["a", "b"])
    let statement = try SQLStatement(sql.query, dialect: .sqlite, isReadOnly: true)
    #expect(statement.placeholders.map(\.path.text) == ["summary!", "n"])
    let fixed = statement.pieces.compactMap { if case .text(let text) = $0 { text } else { nil } }
    #expect(fixed.joined(separator: "?") == "SELECT Notes, id FROM t\nWHERE name = ? AND n IN (?)")
    #expect(read.faults.map(\.code).contains(.readAs))
    #expect(VendorExport.runbook(document, integrations: []).lost.allSatisfy { $0 == "active" })
  }

  @Test(
    "A text whose values cannot be parameters does not run, and is named with its place",
    arguments: [
      ("SELECT * FROM <<table>>", "at line 1, column 15"), ("SELECT a FROM t\n-- <<x>>", "at line 2, column 4"),
      ("SELECT \"<<x>>\" FROM t", "at line 1, column 9"), ("DROP TABLE t", "at line 1, column 1"),
      ("SELECT 1; DELETE FROM t", "at line 1, column 11"), ("SELECT '<<x", "`message`: << has no >>"),
      ("EXEC dbo.p <<x>>", "at line 1, column 1"),
    ])
  func refused(text: String, place: String) throws {
    let read = read(text, source: Self.source)
    #expect(!read.faults.hasErrors)
    let document = try #require(read.runbooks.first?.document)
    #expect(!document.isActive)
    guard case .unsupported(let what)? = document.steps.first?.kind else {
      Issue.record("it would run: \(document.steps)")
      return
    }
    #expect(what.contains(place), "\(what)")
    #expect(document.activationObstacles.first?.contains("step `step-1` cannot run") == true)
    let named = read.faults.filter { $0.code == .badSQL }
    #expect(named.count == 1)
    #expect(named.first?.message.contains("step `step-1`") == true)
    #expect(named.first?.place.file == "r.json")
    let kept = document.steps.first?.vendor["message"]
    #expect(kept == JSONText.quoted(text))
  }

  @Test("Without its data source, or with one that may not do it, the runbook is inactive and says why")
  func sources() throws {
    func state(_ text: String, _ keys: String = "", source: String?) -> (
      isActive: Bool?, codes: [FaultCode]
    ) {
      let files = [("r.json", V.runbook(#""active": true"#, steps: Self.step(text, keys)))]
      let read = DocumentReader.read(
        (files + (source.map { [("s.yaml", $0)] } ?? [])).map { DocumentFile(name: $0.0, bytes: Array($0.1.utf8)) },
        known: [], options: CheckOptions(dataSources: []), freshID: { "fresh" })
      #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
      return (read.runbooks.first?.document.isActive, read.faults.map(\.code).filter { $0 != .readAs })
    }
    #expect(state("SELECT 1", source: nil) == (false, [.unknownSource]))
    #expect(state("SELECT 1", source: Self.source) == (true, []))
    #expect(state("DELETE FROM t", source: Self.source) == (false, [.badSQL]))
    #expect(state("DELETE FROM t", source: Self.source + "access: read_write\n") == (true, []))
    // What only the other dialect takes.
    #expect(state("SELECT [a] FROM t WHERE b = $$x$$", source: Self.source) == (false, [.badSQL]))
    #expect(state("SELECT 1", #", "data_source": "crm""#, source: Self.source) == (false, [.unknownSource]))
  }

  @Test("What a step would have set that cannot run is known to the steps behind it")
  func outputsOfRefused() {
    let outputs =
      #", "output_variables": [{}, {"key": "a", "value": "response[0]^x"}], "#
      + #""runbook_variable_mappings": [{"key": "b", "value": "<<response[0]^x>>"}]"#
    func read(_ used: String) -> ReadDocuments {
      let first = V.step(
        1, type: 2, action: 18, isStart: true, keys: #""message": "SELECT <<v.x>> FROM <<t>>""# + outputs,
        edges: [V.edge(1, 2, seq: 1), V.edge(1, 9, seq: 2)])
      let second = V.step(
        2, type: 2, action: 18, keys: #""message": "SELECT <<\#(used)>> + 1""#,
        edges: [V.edge(2, 9, seq: 1), V.edge(2, 9, seq: 2)])
      return Documents.read([("r.json", V.runbook(steps: [first, second, V.end(9)].joined(separator: ",")))])
    }
    for name in ["a", "b"] {
      let document = read(name).runbooks.first?.document
      #expect(!read(name).faults.hasErrors, "\(read(name).faults.map(\.rendered))")
      #expect(document?.isActive == false)
    }
    let other = read("c")
    #expect(other.faults.filter { $0.code == .unknownName }.map(\.severity) == [.warning])
    #expect(!other.faults.hasErrors && other.runbooks.first?.document.isActive == false)
  }

  @Test("A source of another name, and a changed statement, go out and come back")
  func changed() throws {
    var document = try #require(read("SELECT 1", source: Self.source).runbooks.first?.document)
    guard case .sql(var sql)? = document.steps.first?.kind else { throw VendorDocuments.NotThere() }
    sql.source = "erp"
    sql.query = try Template(parsing: "SELECT 2")
    sql.encryptResponse = true
    document.steps[0].kind = .sql(sql)
    let exported = VendorExport.runbook(document, integrations: [])
    #expect(exported.lost == [])
    let again = Documents.read([("r.json", String(decoding: exported.json, as: UTF8.self))])
    #expect(again.runbooks.first?.document.steps.first?.kind == .sql(sql))
  }
}
