import SourceText
import Testing

@testable import Runbooks

/// How a genuine export may write what it says: numbers as `5.0` or as texts, flags as 1 and 0 or as texts, blank lines in
/// any table, and values that nobody can read. Nothing of it refuses an import, and all of it comes back as it came in.
@Suite("Values of the vendor's documents in other spellings")
struct VendorValueTests {
  private typealias V = VendorDocuments

  private static let numbers: Set<String> = [
    "infinite_loop_threshold", "log_retention_policy_days", "auto_disable_attempts", "log_ticket_attempts",
    "failure_tickettype_id", "failure_ticket_user_id", "runbook_start_type", "inbound_authentication_type",
    "multiple_execution_mode", "notify_on_failure_tech", "notify_on_failure_template", "access_control_level",
    "initial_verification_type", "schedule_id", "iteration_batch_size", "duration", "auto_action", "end_step", "seq",
    "approval_result", "start_step", "action_type", "data_type", "authorizationtype", "granttype", "token_expiry_mins",
    "method", "requesttype", "responsetype",
  ]
  private static let flags: Set<String> = [
    "active", "disabled", "notify_on_failure", "encrypt_request", "encrypt_response_body", "isend",
    "use_batch_response",
    "persist", "encrypted", "addtoarray", "response_is_file", "remove_charset_header",
  ]

  struct Case: CustomTestStringConvertible {
    let row: VendorKeyTests.Row
    let json: String

    var testDescription: String { "\(row.slot) \(row.key) \(row.json) as \(json)" }
  }

  private static func isSkipped(_ row: VendorKeyTests.Row) -> Bool {
    // Keys of these names that only outgoing webhooks use.
    row.slot == .runbook && row.key == "method" || row.fate == .dropped || row.fate == .sealed
  }

  /// Each number and each flag of the key tables in the other ways to write it.
  static let spellings = VendorKeyTests.rows.filter { !isSkipped($0) }.flatMap { row -> [Case] in
    if numbers.contains(row.key), Int64(row.json) != nil {
      return ["\(row.json).0", "\"\(row.json)\"", "\"\(row.json).0\""].map { Case(row: row, json: $0) }
    }
    guard flags.contains(row.key), ["true", "false"].contains(row.json) else { return [] }
    let isTrue = row.json == "true"
    let texts = isTrue ? ["1", "\"1\"", "\"true\"", "\"True\""] : ["0", "\"0\"", "\"false\"", "\"False\""]
    return texts.map { Case(row: row, json: $0) }
  }

  @Test("say the same, are named for the same, and go out as they came in", arguments: spellings)
  func spelling(spelled: Case) throws {
    let row = spelled.row
    var documents = VendorKeyDocuments()
    for (key, json) in row.beside where key != row.key { documents.set(key, json, in: row.slot) }
    documents.set(row.key, row.json, in: row.slot)
    let plain = documents.read()
    documents.set(row.key, spelled.json, in: row.slot)
    let read = documents.read()
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    #expect(Self.meaning(read) == Self.meaning(plain))
    func messages(_ read: ReadDocuments) -> [String] { read.faults.map(\.message).sorted() }
    #expect(messages(read) == messages(plain))
    try comesBack(read, row.slot, row.key, spelled.json)
  }

  /// Each of them in a way that nobody can read.
  static let unreadable = VendorKeyTests.rows.filter { !isSkipped($0) }.flatMap { row -> [Case] in
    if numbers.contains(row.key) { return ["1.5", "\"x\"", "[7]", "true"].map { Case(row: row, json: $0) } }
    return flags.contains(row.key) ? ["2", "\"perhaps\"", "[true]"].map { Case(row: row, json: $0) } : []
  }

  @Test("that cannot be read refuse nothing, are named, and go out as they came in", arguments: unreadable)
  func namedAndKept(spelled: Case) throws {
    let row = spelled.row
    // A result of true is one.
    guard row.key != "approval_result" || spelled.json != "true" else { return }
    var documents = VendorKeyDocuments()
    for (key, json) in row.beside where key != row.key { documents.set(key, json, in: row.slot) }
    documents.set(row.key, spelled.json, in: row.slot)
    let read = documents.read()
    #expect(Self.refusals(read).isEmpty, "\(read.faults.map(\.rendered))")
    // Of what means nothing there no word is said.
    if row.fate != .kept {
      #expect(read.faults.contains { $0.message.contains("`\(row.key)`") }, "\(read.faults.map(\.rendered))")
    }
    try comesBack(read, row.slot, row.key, spelled.json)
  }

  private static let lists: [(VendorKeyDocuments.Slot, String)] = [
    (.runbook, "integrations"), (.methodStep, "output_variables"), (.methodStep, "runbook_variable_mappings"),
    (.methodStep, "actions"), (.conditionStep, "step_conditions"), (.conditionStep, "output_variables"),
    (.input, "value_mappings"), (.stepOutput, "value_mappings"), (.method, "uri_params"), (.method, "headers"),
    (.method, "body_mappings"), (.method, "output_variables"),
  ]

  @Test("Tables that are no list do neither", arguments: lists.indices)
  func noLists(index: Int) throws {
    let (slot, key) = Self.lists[index]
    for json in [#"{"key":"a","value":"b"}"#, #""x""#, "7"] {
      var documents = VendorKeyDocuments()
      documents.set(key, json, in: slot)
      let read = documents.read()
      #expect(Self.refusals(read).isEmpty, "\(read.faults.map(\.rendered))")
      #expect(read.faults.contains { $0.message.contains("`\(key)`") }, "\(read.faults.map(\.rendered))")
      try comesBack(read, slot, key, json)
    }
  }

  @Test("A condition whose rows cannot be read does not run, and neither does what ends nobody knows how")
  func neverMet() throws {
    for (slot, key, json) in [
      (VendorKeyDocuments.Slot.conditionStep, "step_conditions", #"{"a":1}"#),
      (.conditionStep, "step_conditions", "[7]"), (.condition, "type", #""equal""#), (.endStep, "auto_action", #""x""#),
    ] {
      var documents = VendorKeyDocuments()
      documents.set(key, json, in: slot)
      let document = try #require(documents.read().runbooks.first?.document)
      #expect(!document.isActive && !document.activationObstacles.isEmpty, "\(key) \(json)")
    }
  }

  @Test("What nobody can read never sends without credentials, by another method, or shows what may be a secret")
  func safe() throws {
    func integration(_ key: String, _ json: String, in slot: VendorKeyDocuments.Slot) throws -> IntegrationDocument {
      var documents = VendorKeyDocuments()
      documents.set(key, json, in: slot)
      return try #require(documents.read().integrations.first?.document)
    }
    for json in [#""oauth""#, "false", "1.5"] {
      for (slot, key) in [
        (VendorKeyDocuments.Slot.integration, "authorizationtype"), (.method, "authorizationtype"), (.method, "method"),
        (.method, "requesttype"),
      ] {
        #expect(
          try integration(key, json, in: slot).methods.first?.inactiveReasons.count == 1, "\(slot) \(key) \(json)")
      }
    }
    #expect(try integration("encrypted", #""secret""#, in: .header).methods.first?.headers.map(\.value) == [.sealed])
    #expect(try integration("encrypt_response_body", "2", in: .method).methods.first?.encryptResponse == true)
  }

  @Test("An endpoint that was closed here goes out without the number that opens it, however that was written")
  func closed() throws {
    for number in ["0.0", #""0""#] {
      let keys = #""active": true, "runbook_start_type": 1, "inbound_authentication_type": \#(number)"#
      var document = try #require(V.read(V.runbook(keys)).runbooks.first?.document)
      var start = try #require(document.start.publicStart)
      #expect(start.authentication == StartAuthentication.none)
      start.authentication = .bearer
      document.start = .public(start)
      let exported = StoredDocument.node(VendorExport.runbook(document, integrations: []).json)
      #expect(exported != nil && exported?["inbound_authentication_type"] == nil)
    }
  }

  // MARK: Blank lines

  @Test("Blank lines of every table are no rows, are not named, and stay at their places")
  func blankLines() throws {
    let steps = [
      "{}", "null",
      V.method(
        1, isStart: true,
        keys:
          #""output_variables": [null, {"key": "o", "value": "response^a"}, {"id": 3, "key": ""}], "step_conditions": [{}]"#,
        edges: ["{}", V.edge(1, 2, seq: 1), "null", V.edge(1, 3, seq: 2)]),
      V.step(
        2, type: 1, action: 6,
        keys: #"""
          "step_conditions": [{}, {"id": 0, "tablename": "", "fieldname": null, "type": 0, "value_type": "string"},
          {"tablename": "runbookvariable", "fieldname": "<<o>>", "type": 0, "value_string": "x"}, null]
          """#,
        edges: [V.edge(2, 3, seq: 1), V.edge(2, 4, seq: 2)]),
      #"{"step_id": 0, "name": "", "actions": []}"#, V.end(3),
      V.end(4, action: 1).replacing(#""actions": []"#, with: #""actions": [{}, null]"#),
    ]
    let methods = [
      "{}",
      V.method(
        #""method": 1, "requesttype": 0, "resource": "/x", "headers": [null, {}, {"key": "X-A", "value": "b"}]"#),
      "null",
    ]
    let runbook = V.runbook(#""active": true"#, steps: steps.joined(separator: ", "))
    let integration = V.integration(methods: methods.joined(separator: ", "))
    let read = V.read(runbook, with: integration)
    #expect(read.faults.map(\.rendered) == [])
    let document = try #require(read.runbooks.first?.document)
    #expect(document.isActive && document.activationObstacles.isEmpty)
    #expect(document.steps.map(\.name) == ["step-1", "step-2", "end-3", "end-4"])
    guard case .condition(let condition) = document.steps[1].kind else {
      Issue.record("it cannot run")
      return
    }
    #expect(condition.groups.map(\.count) == [1])
    let integrations = read.integrations.map(\.document)
    let exported = try #require(StoredDocument.node(VendorExport.runbook(document, integrations: integrations).json))
    let original = try #require(StoredDocument.node(Array(runbook.replacing(#""id": null, "#, with: "").utf8)))
    #expect(exported.covers(original), "\(String(decoding: exported.jsonText, as: UTF8.self))")
    let out = try #require(integrations.first.flatMap { StoredDocument.node(VendorExport.integration($0).json) })
    #expect(out.covers(try #require(StoredDocument.node(Array(integration.utf8)))))
  }

  @Test("A row that lacks its key or its value is named, kept at its place, and not honoured")
  func incompleteRows() throws {
    let keys = #""input_variables": [{"value": "x"}, {"key": "a", "value": "1"}, 7]"#
    let outputs = #""output_variables": [{"key": "b"}, {"key": "c", "value": "response^c"}, {"value": "response^d"}]"#
    let steps = V.method(1, isStart: true, keys: outputs, edges: [V.edge(1, 2, seq: 1)]) + "," + V.end(2)
    let method = V.method(#""method": 1, "requesttype": 0, "headers": [{"key": null, "value": "v"}, {"key": "X-A"}]"#)
    let read = V.read(V.runbook(keys, steps: steps), with: V.integration(methods: method))
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let named = read.faults.filter { $0.code == .vendorKeyKept }.map(\.message)
    #expect(
      Set(named) == [
        "row 1 of `input_variables` of the runbook has no key: it is kept and not honoured",
        "row 3 of `input_variables` of the runbook is no object: it is kept and not honoured",
        "row 1 of `output_variables` of step 1 has a key and no value: it is kept and not honoured",
        "row 3 of `output_variables` of step 1 has no key: it is kept and not honoured",
        "row 1 of `headers` of method 1 has no key: it is kept and not honoured",
      ])
    let document = try #require(read.runbooks.first?.document)
    #expect(document.variables.map(\.name) == ["a"])
    #expect(document.steps.first?.outputs.map(\.name) == ["c"])
    #expect(read.integrations.first?.document.methods.first?.headers.map(\.key) == ["X-A"])
  }

  @Test("A step without a number, and an edge that leads nowhere, are kept, and the others are as they were")
  func unusableSteps() throws {
    let lost = #"{"step_id": null, "name": "Lost", "steptype": 2, "auto_action": 21, "duration": 5}"#
    let first = V.method(
      1, isStart: true, edges: [V.edge(1, 2, seq: 1), #"{"start_step": 1, "seq": 2, "end_step": null}"#])
    let runbook = V.runbook(#""active": true"#, steps: [first, lost, V.end(2)].joined(separator: ","))
    let read = V.read(runbook)
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let document = try #require(read.runbooks.first?.document)
    #expect(!document.isActive)
    #expect(document.inactiveReasons == ["step 2 of the vendor's document has no usable `step_id`"])
    #expect(document.steps.map(\.name) == ["step-1", "end-2"])
    #expect(document.steps.first?.onSuccess == "end-2")
    #expect(document.steps.first?.onFailure == nil)
    let exported = StoredDocument.node(
      VendorExport.runbook(document, integrations: read.integrations.map(\.document)).json)
    #expect(exported?["steps"]?.sequence?.count == 3)
    #expect(exported?["steps"]?[1]?["name"]?.string == "Lost")
  }

  @Test("A sequence of edges with a gap is read by the result, and that is said")
  func gaps() throws {
    let edges = [V.edge(1, 3, seq: 7, approval: 0), V.edge(1, 2, seq: 3, approval: 1)]
    let read = V.read(
      V.runbook(
        steps: [V.method(1, isStart: true, edges: edges), V.end(2), V.end(3, action: 1)].joined(separator: ",")))
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let step = try #require(read.runbooks.first?.document.steps.first)
    #expect(step.onSuccess == "end-2")
    #expect(step.onFailure == "end-3")
    #expect(read.faults.filter { $0.code == .vendorNumberUnknown }.count == 2)
  }

  // MARK: Mappings and constants

  private func variable(_ row: String) throws -> (variable: VariableDeclaration, said: [String], out: SourceNode?) {
    let read = V.read(V.runbook(#""input_variables": [\#(row)]"#))
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let document = try #require(read.runbooks.first?.document)
    let exported = StoredDocument.node(VendorExport.runbook(document, integrations: []).json)
    // How the variable is taken from the start is said elsewhere.
    let said = read.faults.filter {
      $0.severity == .warning && !$0.message.contains("no value when the run is started")
    }
    .map(\.message)
    return (try #require(document.variables.first), said, exported?["input_variables"]?[0])
  }

  static let mappings: [(String, [[String]], Int)] = [
    (#"[{"input":"","output":"none","sequence":1},{}]"#, [["", "none"]], 0),
    (
      #"[{"input":"b","output":"2","sequence":9},null,{"input":"a","output":"","sequence":"4"}]"#,
      [["a", ""], ["b", "2"]], 0
    ),
    (#"[{"input":"b","output":"2","sequence":1.0},{"sequence":5,"input":null,"output":""}]"#, [["b", "2"]], 0),
    (#"[{"input":1,"output":true}]"#, [["1", "true"]], 0), (#"[{"output":"z"}]"#, [], 1),
    (#"[{"input":"x"},{"input":"y","output":null}]"#, [], 2), (#"[{"input":"x","output":"y"},7]"#, [["x", "y"]], 1),
    (#"[{"input":"x","output":"y","sequence":"first"}]"#, [["x", "y"]], 1),
  ]

  @Test(
    "Value mappings are honoured in their order without a word, but for a row that lacks a text", arguments: mappings)
  func valueMapping(json: String, expected: [[String]], named: Int) throws {
    let (variable, said, out) = try variable(#"{"key": "v", "value": "<<request^x>>", "value_mappings": \#(json)}"#)
    #expect(variable.valueMappings.map { [$0.input, $0.output] } == expected)
    #expect(said.count == named, "\(said)")
    #expect(!said.contains { $0.hasPrefix("`value_mappings`") })
    let original = try #require(StoredDocument.node(Array(json.utf8)))
    #expect(out?["value_mappings"]?.covers(original) == true)
  }

  static let constants: [(String, Int, String, Bool)] = [
    (#""True""#, 5, "true", true), (#""False""#, 5, "false", true), (#""0""#, 5, "0", true),
    ("true", 5, "true", true),
    (#""5.0""#, 3, "5", true), ("5.0", 3, "5", true), (#""1e2""#, 3, #""1e2""#, false),
    (#""007""#, 3, #""007""#, false), (#""1.""#, 4, #""1.""#, false), (#""yes""#, 5, #""yes""#, false),
    (#""[1""#, 1, #""[1""#, false), (#""{}""#, 1, #""{}""#, false), (#""tomorrow""#, 6, #""tomorrow""#, false),
    ("7", 5, #""7""#, false), (#""True""#, 2, #""True""#, true),
  ]

  @Test(
    "A constant is read as its type where it says one, and is else a text without a type that is named",
    arguments: constants)
  func constant(json: String, type: Int, value: String, isTyped: Bool) throws {
    let (variable, said, out) = try variable(#"{"key": "v", "value": \#(json), "data_type": \#(type)}"#)
    #expect(variable.initialValue == .json(value))
    #expect((variable.type != nil) == isTyped)
    #expect(said.count == (isTyped ? 0 : 1), "\(said)")
    #expect(said.allSatisfy { $0.contains("`data_type`") && !$0.contains("007") && !$0.contains("tomorrow") })
    #expect(out?["data_type"]?.integer == Int64(type))
    #expect(String(decoding: out?["value"]?.jsonText ?? [], as: UTF8.self) == json)
  }

  @Test("A secret that is none of its data type is not sealed, and has to be entered")
  func secrets() throws {
    let row = #"{"key": "v", "value": "code-007", "data_type": 3, "encrypted": "true"}"#
    let read = V.read(V.runbook(#""input_variables": [\#(row)]"#))
    #expect(!read.faults.hasErrors && read.sealed.isEmpty)
    let variable = read.runbooks.first?.document.variables.first
    #expect(variable?.type == .integer)
    #expect(variable?.initialValue == .sealed)
    #expect(read.faults.contains { $0.message.contains("it is not sealed") })
    #expect(read.faults.allSatisfy { !$0.rendered.contains("007") })
    let json = String(decoding: read.runbooks.first?.document.canonicalJSON ?? [], as: UTF8.self)
    #expect(!json.contains("007"))
  }

  @Test("Secrets among kept rows are left blank, however their flag is written")
  func keptSecrets() {
    for flag in ["1.0", #""true""#, #""True""#, "2"] {
      let keys = #""novel": [{"key": "k", "value": "clear-text", "encrypted": \#(flag)}]"#
      let json = String(decoding: V.read(V.runbook(keys)).runbooks.first?.document.canonicalJSON ?? [], as: UTF8.self)
      #expect(json.contains("novel") && !json.contains("clear-text"), "\(flag)")
    }
  }

  // MARK: Parts

  /// Errors but for those of the graph: where the edge of a loop is lost, the loop is none any more.
  private static func refusals(_ read: ReadDocuments) -> [DocumentFault] {
    read.faults.filter { $0.severity == .error && $0.code != .unmatchedIteration }
  }

  private static func meaning(_ read: ReadDocuments) -> [String] {
    (read.integrations.map(\.document.canonicalJSON) + read.runbooks.map(\.document.canonicalJSON))
      .map(SourceNode.withoutExtras)
  }

  private func comesBack(
    _ read: ReadDocuments, _ slot: VendorKeyDocuments.Slot, _ key: String, _ json: String
  ) throws {
    let integration = try #require(read.integrations.first?.document)
    let runbook = try #require(read.runbooks.first?.document)
    let texts = (
      VendorExport.runbook(runbook, integrations: [integration]).json, VendorExport.integration(integration).json
    )
    let nodes = (try #require(StoredDocument.node(texts.0)), try #require(StoredDocument.node(texts.1)))
    let object = try #require(VendorKeyDocuments.find(slot, runbook: nodes.0, integration: nodes.1))
    let value = try #require(object[key], "it is not written back")
    #expect(
      value.covers(try #require(StoredDocument.node(Array(json.utf8)))),
      "\(String(decoding: value.jsonText, as: UTF8.self))")
    let again = VendorKeyDocuments.read(
      runbook: String(decoding: texts.0, as: UTF8.self), integration: String(decoding: texts.1, as: UTF8.self))
    #expect(again.runbooks.map(\.document) == read.runbooks.map(\.document))
    #expect(again.integrations.map(\.document) == read.integrations.map(\.document))
  }
}
