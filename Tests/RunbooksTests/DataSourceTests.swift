import Destinations
import Testing

@testable import Runbooks

@Suite("Data sources")
struct DataSourceTests {
  static func read(_ text: String, known: [DataSourceDocument]? = nil) -> ReadDocuments {
    DocumentReader.read(
      [DocumentFile(name: "d.yaml", bytes: Array(text.utf8))], options: CheckOptions(dataSources: known),
      freshID: { "id" })
  }

  static func faults(_ text: String, known: [DataSourceDocument]? = nil) -> [String] {
    read(text, known: known).faults.filter { $0.severity != .note }.map { "\($0.code.rawValue) \($0.place.line)" }
  }

  static let server = """
    data_source: warehouse
    notes: of the shop
    postgres: { host: db.example.com, port: 6432, database: app, user: reader, password: { secret: kv/pg#password } }
    access: read_write
    timeout: 2m
    max_rows: 5
    max_bytes: 900
    """

  @Test("Every setting is read, and what is written reads back")
  func settingsAreRead() throws {
    let read = Self.read(Self.server)
    #expect(read.faults.isEmpty)
    let document = try #require(read.dataSources.first?.document)
    #expect(document.id == "warehouse" && document.dialect == .postgres && !document.isReadOnly)
    #expect(document.timeout == .seconds(120) && document.maximumRows == 5 && document.maximumBytes == 900)
    #expect(document.hostPort == HostPort("db.example.com:6432"))
    #expect(document.secretReference?.text == "kv/pg#password")
    #expect(DataSourceDocument(canonicalJSON: document.canonicalJSON) == document)
    let file = try #require(Self.read("data_source: crm\nsqlite: a/b.db\n").dataSources.first?.document)
    #expect(file.isReadOnly && file.hostPort?.description == "sqlite:crm")
    #expect(file.timeout == .seconds(30) && file.maximumRows == 1_000 && file.maximumBytes == 1_000_000)
    #expect(DataSourceDocument(canonicalJSON: file.canonicalJSON) == file)
  }

  @Test(
    "What a data source cannot be is refused at its place",
    arguments: [
      ("data_source: Crm\nsqlite: a.db\n", "D107 1"), ("data_source: 1crm\nsqlite: a.db\n", "D107 1"),
      ("data_source: a.b\nsqlite: a.db\n", "D107 1"), ("data_source: crm\n", "D103 1"),
      ("data_source: crm\nsqlite: a.db\npostgres: { host: h, database: d, user: u }\n", "D109 1"),
      ("data_source: crm\nsqlite: /etc/passwd\n", "D105 2"), ("data_source: crm\nsqlite: ../a.db\n", "D105 2"),
      ("data_source: crm\nsqlite: a/./b.db\n", "D105 2"), ("data_source: crm\nsqlite: a//b.db\n", "D105 2"),
      ("data_source: crm\nsqlite: a.db\ntimeout: 6m\n", "D105 3"),
      ("data_source: crm\nsqlite: a.db\naccess: all\n", "D105 3"),
      ("data_source: crm\nsqlite: a.db\nmax_rows: 0\n", "D104 3"),
      ("data_source: crm\nsqlite: a.db\nmax_rows: 100001\n", "D104 3"),
      ("data_source: crm\nsqlite: a.db\nmax_bytes: 16000001\n", "D104 3"),
      ("data_source: crm\npostgres: { host: h, database: d }\n", "D103 2"),
      ("data_source: crm\npostgres: { host: 'a b', database: d, user: u }\n", "D105 2"),
      ("data_source: crm\npostgres: { host: h, database: d, user: u, tls: prefer }\n", "D105 2"),
      ("data_source: crm\npostgres: { host: h, database: d, user: u, tls: 'off' }\n", "D202 2"),
      ("data_source: crm\npostgres: { host: 10.0.0.1, database: d, user: u, tls: 'off' }\n", "D202 2"),
      ("data_source: crm\npostgres: { host: h, database: d, user: u, password: { sealed: true } }\n", "D109 2"),
      ("data_source: crm\npostgres: { host: h, database: d, user: u, password: { secret: plain } }\n", "D105 2"),
    ])
  func faultsAreNamed(text: String, fault: String) {
    #expect(Self.faults(text).contains(fault), "\(Self.faults(text))")
  }

  @Test("Without TLS to this machine is a warning, to another one an error")
  func plainConnections() {
    for (host, severity) in [
      ("localhost", DocumentFault.Severity.warning), ("127.0.0.1", .warning), ("'[::1]'", .warning), ("db", .error),
    ] {
      let text = "data_source: crm\npostgres: { host: \(host), database: d, user: u, tls: 'off' }\n"
      #expect(Self.read(text).faults.map(\.severity) == [severity], "\(host)")
    }
  }

  static func runbook(_ query: String, source: String = "crm") -> String {
    """
    runbook: ask
    variables: { v: {}, found: {} }
    steps:
      ask: { sql: \(source), query: "\(query)", outputs: { found: "response[0]^a" }, then: done, else: done }
      done: { end: success }
    """
  }

  @Test("A statement is held against the source that it names")
  func statementsAreChecked() {
    let file = "data_source: crm\nsqlite: a.db\n---\n"
    #expect(Self.faults(file + Self.runbook("select a from t where b = <<v>>")).isEmpty)
    #expect(Self.faults(file + Self.runbook("select a from <<v>>")) == ["D200 7"])
    #expect(Self.faults(file + Self.runbook("delete from t where a = <<v>>")) == ["D200 7"])
    #expect(Self.faults(file + Self.runbook("select `<<v>>`")) == ["D200 7"])
    #expect(Self.faults(file + Self.runbook("select a from t", source: "crn")) == ["D201 7"])
    #expect(Self.faults(Self.runbook("select a from t"), known: []) == ["D201 4"])
    let text = Self.read(file + Self.runbook("select a from t, <<v>>")).faults.map(\.message)
    #expect(text.contains { $0.contains("line 1, column 18") }, "\(text)")
  }

  @Test("Keys of a statement stand nowhere else, and a step has one kind")
  func strangers() {
    let steps = "runbook: ask\nsteps:\n  a: { sleep: 1s, query: select 1, then: done }\n  done: { end: success }\n"
    #expect(Self.faults(steps) == ["D109 3"])
    let both =
      "runbook: ask\nsteps:\n  a: { sql: crm, sleep: 1s, query: select 1, then: done }\n  done: { end: success }\n"
    #expect(Self.faults(both).contains("D109 3"))
    let approval =
      "runbook: ask\nsteps:\n  a: { sleep: 1s, approval: { required: 1 }, then: done }\n  done: { end: success }\n"
    #expect(Self.faults(approval).contains("D109 3"))
  }

  @Test("A grant follows the source: another host, file or right suspends it, another note does not")
  func grantsFollow() throws {
    let read = Self.read(Self.server + "\n---\n" + Self.runbook("select a from t where b = <<v>>", source: "warehouse"))
    let runbook = try #require(read.runbooks.first?.document)
    var source = try #require(read.dataSources.first?.document)
    func material(_ source: DataSourceDocument) -> [UInt8] {
      GrantedMaterial.bytes(of: runbook, source: { $0 == source.id ? source : nil }, integration: { _ in nil })
    }
    let before = material(source)
    source.notes = "other"
    #expect(material(source) == before)
    source.access = .readOnly
    #expect(material(source) != before)
    source.access = .readWrite
    source.place = .sqlite(file: "a.db")
    #expect(material(source) != before)
  }
}
