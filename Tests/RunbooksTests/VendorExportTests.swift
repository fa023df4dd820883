import TestSupport
import Testing

@testable import Runbooks

@Suite("Documents in the vendor's form")
struct VendorExportTests {
  /// Exports what was read and reads it again.
  static func again(_ read: ReadDocuments) -> ReadDocuments {
    let integrations = read.integrations.map(\.document)
    let texts =
      read.runbooks.map { VendorExport.runbook($0.document, integrations: integrations).json }
      + integrations.map { VendorExport.integration($0).json }
    return Documents.read(
      texts.enumerated().map { (name: "\($0.offset).json", text: String(decoding: $0.element, as: UTF8.self)) })
  }

  static let steps = [
    VendorDocuments.step(
      1, type: 2, action: 12, isStart: true,
      keys:
        #""message": "<<list>>", "iteration_type": 0, "use_batch_response": 1, "iteration_batch_size": 5, "x": [1.50]"#,
      edges: [VendorDocuments.edge(1, 2, seq: 1), VendorDocuments.edge(1, 9, seq: 2, approval: 0)]),
    VendorDocuments.method(
      2,
      keys: #"""
        "output_variables": [{}, {"key": "a", "value": "response^id!", "value_mappings": [
          {"sequence": 2, "input": "x", "output": "y"}, {"sequence": 1, "input": "z", "output": ""}]}, {"key": "", "id": 7}],
        "runbook_variable_mappings": [{"key": null}, {"key": "b", "value": "<<response^name>>", "unknown": {"a": null}},
        {"key": "all", "value": "response^name", "addtoarray": true, "positiontoadd": 0},
        {"key": "never", "value": "response^name", "addtoarray": false, "object_mapping": ""},
        {"key": "odd", "value": "response^name", "object_mapping": "id=3", "mapping_type": 1},
        {"key": "card", "value": "", "mapping_type": 1, "object_mapping": [
          {"key": "id", "value": "response^id", "data_type": 3, "n": 5},
          {"key": "who", "object_mapping": [{"key": "name", "value": "<<response^name!>> x",
            "value_mappings": [{"sequence": 0, "input": "a", "output": "b"}]}]}]}]
        """#,
      edges: [VendorDocuments.edge(2, 3, seq: 1), VendorDocuments.edge(2, 3, seq: 2)]),
    VendorDocuments.step(
      3, type: 1, action: 0,
      keys: #"""
        "step_conditions": [{"id": 4, "fieldname": "<<a>>", "tablename": "runbookvariable", "type": 23,
        "value_type": "string", "value_string": "x, y", "value_int": null},
        {"fieldname": "summary", "tablename": "faults", "type": 6, "value_type": "int", "value_int": 3}]
        """#,
      edges: [VendorDocuments.edge(3, 4, seq: 1), VendorDocuments.edge(3, 5, seq: 2)]),
    VendorDocuments.step(
      4, type: 2, action: 21, keys: #""duration": 60"#,
      edges: [VendorDocuments.edge(4, 5, seq: 1)]),
    VendorDocuments.step(
      5, type: 2, action: 13, edges: [VendorDocuments.edge(5, 6, seq: 1), VendorDocuments.edge(5, -98, seq: 2)]),
    VendorDocuments.step(
      6, type: 2, action: 24,
      keys: #""start_new_runbook_id": "other", "runbook_variable_mappings": [{}, {"key": "c", "value": "<<a>>"}]"#,
      edges: [VendorDocuments.edge(6, 9, seq: 2)]),
    VendorDocuments.end(9, action: 2),
  ]

  static let runbookKeys = #"""
    "active": true, "note": "two\nlines", "group_name": "Night", "runbook_start_type": 1, "inbound_authentication_type": 0,
    "encrypt_request": true, "timestamp_verification_header": "X-Time", "infinite_loop_threshold": 7,
    "log_retention_policy_days": 90, "auto_disable_attempts": 4, "log_ticket_attempts": 2, "failure_tickettype_id": 21,
    "notify_on_failure": true, "flow_chart_json": "{\"a\": [1]}", "___loaded_at": 5, "own": {"k": [null, 1e3, "\u00e9"]},
    "events": [{"eventno": 3}],
    "input_variables": [{"key": "list", "value": "request^list", "data_type": 1}, {"id": 3},
    {"key": "d", "value": "text", "persist": true, "last_value": "old", "data_type": 99},
    {"key": "n", "value": "12", "data_type": 3}, {"key": "e", "value": "", "encrypted": true}, {"key": "f", "value": "<<d>>!"}]
    """#

  static let integrationKeys = [
    #""authorizationtype": 0"#, #""authorizationtype": 1, "headername": "X-Key", "headerprefix": "Token""#,
    #""authorizationtype": 2, "state": 4"#, #""authorizationtype": 3, "username": "ann""#,
    #""authorizationtype": 4, "granttype": 0, "tokenurl": "https://a.example/t", "client_id": "c", "scope": "all""#,
    #""authorizationtype": 4, "granttype": 3, "tokenurl": "https://a.example/t", "client_id": "c","#
      + #""authorizationurl": "https://a.example/a", "token_expiry_mins": 9, "response_token_name": "id_token""#,
    #""authorizationtype": 4, "granttype": 1, "tokenurl": "https://a.example/t", "client_id": "c", "username": "u""#,
    #""authorizationtype": 5, "certificate_id": 3"#, #""authorizationtype": 6, "headers_to_sign": [{"a": 1}]"#,
    #""authorizationtype": 7, "client_id": "i", "tokenurl": "https://a.example/t", "jwt_extra_claims": [{},"#
      + #"{"key": "sub", "value": "s"}, {"key": "x", "value": "y"}, {"key": "aud", "value": "z"}]"#,
    #""authorizationtype": 8"#, #""authorizationtype": 77"#,
  ]

  static let methodKeys = [
    #""method": 1, "requesttype": 1, "resource": "/x", "requestbody": "{\"a\": <<a>>}""#,
    #""method": 0, "requesttype": 1, "path": "/x?y=1", "requestbody": "{}", "authorizationtype": -1"#,
    #""method": 2, "requesttype": 3, "resource": "https://api.example.com/x", "path": "y", "authorizationtype": 0,"#
      + #""body_mappings": [{}, {"key": "a", "value": "<<b>>", "type": 2}, {"key": "c", "encrypted": true}]"#,
    #""method": 3, "requesttype": 4, "path": "/x", "requestbody": "text <<a>>", "remove_charset_header": true"#,
    #""method": 4, "requesttype": 1, "resource": "/x", "requestbody": "{}", "body_mappings": [{"key": "k", "value": "v"}],"#
      + #""headers": [{"id": 1}, {"key": "X-A", "value": "b", "n": 1}, {}], "uri_params": [{"key": "q", "value": "<<a!>>"}]"#,
    #""method": 9, "requesttype": 8, "resource": "/x", "response_is_file": true, "encrypt_response_body": true"#,
    #""method": 1, "requesttype": 2, "resource": "/x", "requestbody": "<a><<b>></a>", "#
      + #""output_variables": [{"key": "o", "value": "response^a!"}, {}]"#,
  ]

  @Test("A runbook that came from the vendor goes out and comes in as the same", arguments: steps.indices)
  func runbook(rotation: Int) {
    let steps = Array(Self.steps[rotation...] + Self.steps[..<rotation])
    let read = VendorDocuments.read(
      VendorDocuments.runbook(Self.runbookKeys, steps: steps.joined(separator: ",")))
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let again = Self.again(read)
    #expect(again.runbooks.first?.document == read.runbooks.first?.document)
    #expect(again.integrations.first?.document == read.integrations.first?.document)
    for runbook in read.runbooks {
      #expect(
        VendorExport.runbook(runbook.document, integrations: read.integrations.map(\.document)).lost == [])
    }
  }

  @Test("An integration does, however it is authorised and whatever its methods send", arguments: integrationKeys)
  func integration(keys: String) {
    let methods = Self.methodKeys.enumerated().map { index, method in
      VendorDocuments.method(method, guid: "guid-\(index)")
    }
    let read = VendorDocuments.read(
      integration: VendorDocuments.integration(keys, methods: methods.joined(separator: ",")))
    let again = Self.again(read)
    #expect(read.integrations.count == 1)
    #expect(again.integrations.first?.document == read.integrations.first?.document)
    for integration in read.integrations { #expect(VendorExport.integration(integration.document).lost == []) }
  }

  @Test("What is exported of any integration comes back the same from then on")
  func randomIntegrations() throws {
    var count = 0
    for seed in 0..<300 as Range<UInt64> {
      var documents = RandomDocuments(seed: seed)
      let exported = VendorExport.integration(documents.integration()).json
      var context = ReadingContext(file: "exported")
      let node = try #require(StoredDocument.node(exported), "seed \(seed)")
      guard let document = VendorIntegrationImport.read(node, &context), !context.faults.hasErrors else { continue }
      count += 1
      var other = ReadingContext(file: "again")
      let again = StoredDocument.node(VendorExport.integration(document).json).flatMap {
        VendorIntegrationImport.read($0, &other)
      }
      #expect(again == document, "seed \(seed)")
    }
    #expect(count > 30)
  }

  @Test("What is exported of any runbook comes back the same from then on")
  func randomRunbooks() throws {
    var count = 0
    for seed in 0..<300 as Range<UInt64> {
      var documents = RandomDocuments(seed: seed)
      let exported = VendorExport.runbook(documents.runbook(), integrations: []).json
      var context = ReadingContext(file: "exported")
      let node = try #require(StoredDocument.node(exported), "seed \(seed)")
      guard let document = VendorRunbookImport.read(node, freshID: { "fresh" }, &context), !context.faults.hasErrors
      else { continue }
      count += 1
      var other = ReadingContext(file: "again")
      let again = StoredDocument.node(VendorExport.runbook(document, integrations: []).json).flatMap {
        VendorRunbookImport.read($0, freshID: { "fresh" }, &other)
      }
      #expect(again == document, "seed \(seed)")
    }
    #expect(count > 30)
  }

  @Test("A step that was changed goes out as it is now, and the others as they came")
  func changed() throws {
    let read = VendorDocuments.read(
      VendorDocuments.runbook(Self.runbookKeys, steps: Self.steps.joined(separator: ",")))
    var document = try #require(read.runbooks.first?.document)
    let sleep = try #require(document.steps.firstIndex { $0.kind == .sleep(.seconds(60)) })
    document.steps[sleep].kind = .sleep(.seconds(61))
    document.steps[sleep].onSuccess = document.steps.last?.name
    document.name = "Another"
    let text = VendorExport.runbook(document, integrations: read.integrations.map(\.document))
    #expect(text.lost == [])
    let string = String(decoding: text.json, as: UTF8.self)
    #expect(string.contains(#""duration":61"#))
    #expect(string.contains("1.50"))
  }

  @Test("A native document says what the vendor's form can say, and names what it cannot")
  func native() throws {
    let read = Documents.read(
      """
      integration: desk
      base_url: https://api.example.com
      methods: { open: { request: POST /x, body: { json: '{"a": <<title>>}' }, timeout: 10s } }
      ---
      runbook: report
      start: { public: { auth: none }, inputs: { title: request^title } }
      mode: series
      steps:
        open: { method: desk/open, then: done, else: failed }
        done: { end: success }
        failed: { end: failure }
      """)
    let integration = try #require(read.integrations.first?.document)
    let runbook = try #require(read.runbooks.first?.document)
    #expect(VendorExport.integration(integration).lost == ["methods.open.timeout"])
    let exported = VendorExport.runbook(runbook, integrations: [integration])
    #expect(exported.lost.contains("mode"))
    #expect(!exported.lost.contains { $0.hasPrefix("steps") }, "\(exported.lost)")
  }

  @Test("The operator \"to any value\" asks whether there is a value, says so, and is written back as it came")
  func toAnyValue() throws {
    let condition = VendorDocuments.step(
      1, type: 1, action: 6, isStart: true,
      keys: #""step_conditions": [{"tablename": "runbookvariable", "fieldname": "<<items>>", "type": -10}]"#,
      edges: [VendorDocuments.edge(1, 2, seq: 1), VendorDocuments.edge(1, 3, seq: 2)])
    let steps = [condition, VendorDocuments.end(2), VendorDocuments.end(3, action: 1)].joined(separator: ", ")
    let variables = #""input_variables": [{"key": "items", "value": "[1]", "data_type": 1}]"#
    let read = Documents.read([("a.json", VendorDocuments.runbook(variables, steps: steps))])
    #expect(!read.faults.hasErrors)
    #expect(read.faults.contains { $0.rendered.contains("\"to any value\"") && $0.rendered.contains("has_value") })
    let document = try #require(read.runbooks.first?.document)
    guard case .condition(let groups)? = document.steps.first?.kind else {
      Issue.record("it is no condition")
      return
    }
    #expect(groups.groups.first?.first?.op == .hasValue)
    let again = try #require(RunbookDocument(canonicalJSON: document.canonicalJSON))
    let exported = VendorExport.runbook(again, integrations: [])
    #expect(String(decoding: exported.json, as: UTF8.self).contains("-10"))
  }
}
