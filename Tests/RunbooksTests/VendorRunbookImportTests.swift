import Testing

@testable import Runbooks

@Suite("Imported runbooks")
struct VendorRunbookImportTests {
  private typealias V = VendorDocuments

  private func messages(_ read: ReadDocuments, _ severity: DocumentFault.Severity = .error) -> [String] {
    read.faults.filter { $0.severity == severity }.map { "\($0.code.rawValue) \($0.message)" }
  }

  @Test("A runbook with method, condition and end steps is imported, ready to run")
  func whole() throws {
    let rows =
      #""step_conditions": [{"tablename": "runbookvariable", "fieldname": "<<Found>>", "type": 0, "#
      + #""value_string": "x"}]"#
    let keys = #""output_variables": [{"key": "Found", "value": "response^id!", "type": 3}, {"key": "", "value": ""}]"#
    let read = V.read(
      V.runbook(
        steps: [
          V.method(
            1, isStart: true, keys: keys,
            edges: [V.edge(1, 2, seq: 1, approval: 1), V.edge(1, 4, seq: 2, approval: 0)]),
          V.step(2, type: 1, action: 6, keys: rows, edges: [V.edge(2, 3, seq: 1), V.edge(2, 4, seq: 2)]), V.end(3),
          V.end(4, action: 2),
        ].joined(separator: ", ")))
    #expect(read.faults.map(\.rendered) == [])
    let document = try #require(read.runbooks.first?.document)
    #expect(document.id == "fresh-1")
    #expect(document.name == "Imported")
    #expect(document.isActive && document.activationObstacles.isEmpty)
    #expect(document.startStep == "step-1")
    #expect(document.steps.map(\.name) == ["step-1", "step-2", "end-3", "end-4"])
    #expect(document.steps.map(\.onSuccess) == ["step-2", "end-3", nil, nil])
    #expect(document.steps.map(\.onFailure) == ["end-4", "end-4", nil, nil])
    #expect(document.steps[0].successEdgeName == "E1")
    #expect(document.steps[3].kind == .end(.failureRetryFromStart))
    guard case .method(let call) = document.steps[0].kind else {
      Issue.record("no method")
      return
    }
    #expect(call.method == .named(integration: "their-api", method: "call-it"))
    #expect(call.outputs.map(\.name) == ["Found"])
    #expect(RunbookDocument(canonicalJSON: document.canonicalJSON) == document)
  }

  @Test("The examples of Examples/vendor import together, in any order")
  func examples() throws {
    let files = try ["vendor/runbook-page-on-major-ticket.json", "vendor/integration-paging-service.json"]
      .map(Documents.example)
    for order in [files, files.reversed()] {
      let read = Documents.read(order)
      #expect(!read.faults.hasErrors)
      #expect(read.runbooks.first?.document.steps.count == 4)
      #expect(read.integrations.first?.document.methods.first?.headers.map(\.value) == [.sealed])
      #expect(read.runbooks.first?.document.vendor["flow_chart_json"] != nil)
      #expect(read.integrations.first?.document.methods.first?.vendor["headers[9]"] != nil)
    }
  }

  @Test("The id of the document is taken over, a null one is replaced by a fresh one")
  func ids() {
    let id = "0f3c1a9e-1111-4222-8333-444455556666"
    let text = V.runbook(steps: "").replacing(#""id": null"#, with: #""id": "\#(id)""#)
    #expect(V.read(text).runbooks.first?.document.id == id)
    #expect(V.read(V.runbook()).runbooks.first?.document.id == "fresh-1")
  }

  @Test("A vendor draft without steps imports inactive")
  func draft() {
    let read = V.read(V.runbook(#""active": true"#))
    #expect(!read.faults.hasErrors)
    #expect(read.runbooks.first?.document.isActive == false)
  }

  @Test("An outgoing webhook is refused by name")
  func outgoing() {
    #expect(messages(V.read(V.runbook(type: "0"))) == ["D164 this is an outgoing webhook (`type` 0), not a runbook"])
    #expect(messages(V.read(V.runbook(type: "7"))) == ["D164 `type` 7 is no runbook"])
  }

  @Test("A method that is known only by a guid that is not here is reported, not guessed")
  func unknownGuid() {
    let read = V.read(
      V.runbook(steps: V.method(1, isStart: true, guid: "dead-beef", edges: [V.edge(1, 2, seq: 1)]) + "," + V.end(2)))
    #expect(
      messages(read) == ["D140 step `step-1` calls the method with guid `dead-beef`, which is not here"])
  }

  @Test("A guid is found in the store as well, and by the tenant's number")
  func stored() {
    let stored = IntegrationDocument(
      id: "s", baseURL: "https://h",
      methods: [
        Method(
          id: "DEAD-BEEF", name: "m", httpMethod: .get, resource: Template(literal: "/"),
          vendor: VendorExtras([VendorExtras.Entry(key: "id", json: "41")]))
      ])
    let byGuid = V.method(1, isStart: true, guid: "dead-beef", edges: [V.edge(1, 3, seq: 1)])
    let byNumber = V.step(2, type: 2, action: 6, keys: #""auto_action_type": 41"#, edges: [V.edge(2, 3, seq: 1)])
    let read = Documents.read(
      [("r.json", V.runbook(steps: [byGuid, byNumber, V.end(3)].joined(separator: ",")))], known: [stored])
    #expect(!read.faults.hasErrors)
    let methods = read.runbooks.first?.document.steps.prefix(2).map { step -> String in
      if case .method(let call) = step.kind { call.method.text } else { "" }
    }
    #expect(methods == ["s/m", "s/m"])
  }

  @Test("A broken graph is an error that names the edge")
  func graphs() {
    let end = V.end(9)
    func errors(_ steps: String...) -> [String] { messages(V.read(V.runbook(steps: steps.joined(separator: ",")))) }
    #expect(errors(V.method(1, edges: []), end) == ["D131 no step has `isstart`"])
    #expect(
      errors(V.method(1, isStart: true, edges: []), V.method(2, isStart: true, edges: []), end) == [
        "D132 both `step-1` and `step-2` have `isstart`"
      ])
    #expect(
      errors(V.method(1, isStart: true, edges: [V.edge(1, 7, seq: 2)]), end) == [
        "D130 the failure edge of step `step-1` leads to step 7, which is not there"
      ])
    #expect(
      errors(V.method(1, isStart: true, edges: [V.edge(1, -98, seq: 1)]), end) == [
        "D130 the success edge of step `step-1` leads to step -98, which is not there"
      ])
    #expect(
      errors(V.method(1, isStart: true, edges: [V.edge(2, 9, seq: 1)]), end) == [
        "D135 edge 1 of step `step-1` says that it begins at step 2, not 1"
      ])
    #expect(
      errors(V.method(1, isStart: true, edges: [V.edge(1, 9, seq: 1, approval: 0)]), end) == [
        "D135 edge 1 of step `step-1` is the success edge by `seq` and the failure edge by `approval_result`"
      ])
    #expect(
      errors(
        V.method(1, isStart: true, edges: [V.edge(1, 9, seq: 1, approval: 1), V.edge(1, 1, seq: 1, approval: 1)]), end)
        == [
          "D134 step `step-1` has 2 success edges, to `end-9` and `step-1`"
        ])
    #expect(
      errors(V.method(1, isStart: true, edges: [V.edge(1, 9, seq: 3)]), end) == [
        "D135 edge 1 of step `step-1` has neither a usable `seq` nor `approval_result`"
      ])
    #expect(
      errors(V.method(1, isStart: true, edges: []), V.method(1, edges: []), end) == [
        "D106 two steps have the `step_id` 1"
      ])
    #expect(
      errors(V.step(1, type: 2, action: 12, isStart: true, edges: [V.edge(1, 9, seq: 1)]), end) == [
        "D138 1 steps begin an iteration and 0 steps take its next element: they must match"
      ])
  }

  @Test("Steps that this release cannot run are kept, and the runbook is inactive and names them")
  func unsupportedSteps() {
    for (action, what) in [
      (8, "an API action"), (25, "an AI ability"), (99, "`auto_action` 99"),
    ] {
      let read = V.read(
        V.runbook(
          #""active": true"#,
          steps: V.step(
            1, type: 2, action: action, isStart: true, keys: #""message": "keep me""#, edges: [V.edge(1, 2, seq: 1)])
            + "," + V.end(2)))
      #expect(!read.faults.hasErrors)
      let document = read.runbooks.first?.document
      #expect(document?.isActive == false)
      #expect(document?.activationObstacles.first?.contains(what) == true)
      #expect(document?.steps.first?.vendor["message"] == "\"keep me\"")
      #expect(document.map { RunbookDocument(canonicalJSON: $0.canonicalJSON) } == document)
    }
  }

  @Test("A matched iteration with its loop back imports as one, each next element with the iteration it belongs to")
  func iteration() {
    let steps = [
      V.step(
        1, type: 2, action: 12, isStart: true, keys: #""message": "<<request^items>>""#,
        edges: [V.edge(1, 2, seq: 1), V.edge(1, 3, seq: 2)]),
      V.step(2, type: 2, action: 13, edges: [V.edge(2, 3, seq: 1), V.edge(2, -98, seq: 2)]), V.end(3),
    ]
    let read = V.read(V.runbook(steps: steps.joined(separator: ",")))
    #expect(!read.faults.hasErrors)
    let imported = read.runbooks.first?.document.steps ?? []
    let items = try? VariablePath(parsing: "request^items")
    #expect(imported.first?.kind == items.map { .iterate(IterationStep(items: $0)) })
    #expect(imported.dropFirst().first?.kind == .next(of: imported.first?.name ?? ""))
    #expect(imported.dropFirst().first?.onSuccess == imported.last?.name)
    #expect(imported.dropFirst().first?.vendor["actions"]?.contains("-98") == true)
  }

  @Test("An inner iteration is matched before the outer one")
  func nestedIterations() {
    let array = #""message": "<<request^items>>""#
    let steps = [
      V.step(
        1, type: 2, action: 12, isStart: true, keys: array, edges: [V.edge(1, 2, seq: 1), V.edge(1, 9, seq: 2)]),
      V.step(2, type: 2, action: 12, keys: array, edges: [V.edge(2, 3, seq: 1), V.edge(2, 4, seq: 2)]),
      V.step(3, type: 2, action: 13, edges: [V.edge(3, 4, seq: 1), V.edge(3, -98, seq: 2)]),
      V.step(4, type: 2, action: 13, edges: [V.edge(4, 9, seq: 1), V.edge(4, -98, seq: 2)]), V.end(9),
    ]
    let read = V.read(V.runbook(steps: steps.joined(separator: ",")))
    let imported = read.runbooks.first?.document.steps ?? []
    #expect(imported.count == 5)
    #expect(imported.count > 3 && imported[2].kind == .next(of: imported[1].name))
    #expect(imported.count > 3 && imported[3].kind == .next(of: imported[0].name))
  }

  @Test("Nothing that is unknown or missing ever opens an endpoint")
  func authentication() {
    for keys in [
      #""inbound_authentication_type": 3"#, #""inbound_authentication_type": null"#, #""basic_username": "u""#,
    ] {
      let read = V.read(
        V.runbook(
          #""runbook_start_type": 1, "active": true, \#(keys)"#,
          steps: V.method(1, isStart: true, edges: [V.edge(1, 2, seq: 1)]) + "," + V.end(2)))
      let document = read.runbooks.first?.document
      guard case .unset? = document?.start.publicStart?.authentication else {
        Issue.record("\(keys)")
        continue
      }
      #expect(document?.isActive == false)
      #expect(read.faults.contains { $0.code == .widensAccess })
      #expect(document.map { RunbookDocument(canonicalJSON: $0.canonicalJSON) } == document)
    }
    let none = V.read(V.runbook(#""runbook_start_type": 1, "inbound_authentication_type": 0"#))
    #expect(none.runbooks.first?.document.start.publicStart?.authentication == StartAuthentication.none)
    #expect(none.runbooks.first?.document.start.publicStart?.answer == .ok)
    #expect(V.read(V.runbook(#""runbook_start_type": 2"#)).runbooks.first?.document.start == .internalOnly)
  }

  @Test("What limits access and cannot be honoured imports inactive")
  func access() {
    for keys in [#""access_control": [{"id": 1}]"#, #""certificate_id": 4"#, #""access_control_level": 2"#] {
      let read = V.read(
        V.runbook(
          #""active": true, \#(keys)"#,
          steps: V.method(1, isStart: true, edges: [V.edge(1, 2, seq: 1)]) + "," + V.end(2)))
      #expect(read.runbooks.first?.document.isActive == false, "\(keys)")
      #expect(read.runbooks.first?.document.inactiveReasons.count == 1)
      #expect(read.faults.contains { $0.code == .widensAccess && $0.severity == .warning })
    }
    let blank = V.read(V.runbook(#""access_control": [], "certificate_id": 0, "access_control_level": null"#))
    #expect(blank.runbooks.first?.document.inactiveReasons == [])
  }

  @Test("Settings of execution and failure are taken over; unknown modes import inactive")
  func execution() {
    let keys = #"""
      "multiple_execution_mode": 0, "infinite_loop_threshold": 5, "log_retention_policy_days": 7,
      "auto_disable_attempts": 4, "log_ticket_attempts": 3, "failure_tickettype_id": 7, "failure_ticket_user_id": 8,
      "notify_on_failure": true, "notify_on_failure_tech": 12, "notify_on_failure_template": 5, "note": "n", "group_name": "g"
      """#
    let document = V.read(V.runbook(keys)).runbooks.first?.document
    #expect(document?.limits.maximumVisits == 5)
    #expect(document?.retentionDays == 7)
    #expect(
      document?.onFailure
        == FailureSettings(
          disableAfter: 4, ticketAfter: 3, ticketType: "7", ticketUser: "8", notify: .everybody,
          mail: FailureSettings.MailSettings(to: "12", template: "5")))
    #expect(document?.notes == "n")
    #expect(document?.group == "g")
    let mode = V.read(V.runbook(#""multiple_execution_mode": 1"#)).runbooks.first?.document
    #expect(mode?.mode == .parallel)
    #expect(mode?.inactiveReasons == ["`multiple_execution_mode` 1 is not known"])
    #expect(V.read(V.runbook(#""log_retention_policy_days": 0"#)).runbooks.first?.document.retentionDays == 30)
  }

  @Test("A key that is not honoured and says something is named in a warning; a blank or presentational one is not")
  func keptKeys() {
    let read = V.read(
      V.runbook(#""use_lightweight_logs": true, "batch_method": 0, "flow_chart_json": "{}", "novel": [1.50]"#))
    #expect(
      messages(read, .warning).sorted() == [
        "D160 `novel` of the runbook is kept and not honoured",
        "D160 `use_lightweight_logs` of the runbook is kept and not honoured",
      ])
    let vendor = read.runbooks.first?.document.vendor
    #expect(vendor?["novel"] == "[1.50]")
    #expect(vendor?["batch_method"] == "0")
  }

  @Test("Secrets among kept keys are left blank, whatever holds them, and test data is not kept")
  func keptSecrets() {
    let keys = #"""
      "basic_password": "clear-1",
      "mapping_profiles": [{"rows": [{"key": "k", "value": "clear-2", "encrypted": true}]}],
      "novel": {"client_secret": "clear-3", "other": "open"}, "_test_variables": [{"value": "clear-4"}],
      "input_variables": [{"key": "v", "value": "clear-5", "encrypted": true, "last_value": "clear-6"}]
      """#
    let read = V.read(V.runbook(keys))
    #expect(Set(read.sealed.map { String(decoding: $0.value, as: UTF8.self) }) == ["clear-1", "clear-5"])
    let json = String(decoding: read.runbooks.first?.document.canonicalJSON ?? [], as: UTF8.self)
    #expect(!json.contains("clear-"))
    #expect(json.contains("open"))
    #expect(read.faults.filter { $0.code == .clearSecret }.count == 4)
  }

  @Test("Input variables become inputs, variables taken from elsewhere, or constants with their type")
  func variables() throws {
    let keys = #"""
      "runbook_start_type": 1, "inbound_authentication_type": 0, "encrypt_request": true, "input_variables": [
        {"key": "a", "value": "request^x!", "data_type": 2}, {"key": "b", "value": "<<ticket^id>>"},
        {"key": "c", "value": "5", "data_type": 3}, {"key": "d", "value": "[1, 2]", "data_type": 1},
        {"key": "e", "value": "plain"},
        {"key": "f", "value": "", "encrypted": true}, {"key": "g", "value": "****", "encrypted": true},
        {"key": "", "value": ""},
        {"key": "h", "value": "x", "value_mappings": [{"input": "2", "output": "two", "sequence": 2},
          {"input": "1", "output": "one", "sequence": 1}]}]
      """#
    let read = V.read(V.runbook(keys))
    #expect(!read.faults.hasErrors)
    let document = try #require(read.runbooks.first?.document)
    #expect(document.start.publicStart?.encryptRequest == true)
    #expect(document.start.publicStart?.inputs.map(\.value.text) == ["request^x!"])
    #expect(document.variable(named: "a")?.type == .string)
    #expect(document.variable(named: "b")?.from?.text == "ticket^id")
    #expect(document.variable(named: "c")?.initialValue == .json("5"))
    #expect(document.variable(named: "d")?.initialValue == .json("[1,2]"))
    #expect(document.variable(named: "e")?.initialValue == .json("\"plain\""))
    #expect(document.variable(named: "f")?.initialValue == .sealed)
    #expect(document.variable(named: "g")?.initialValue == .sealed)
    #expect(document.variable(named: "h")?.valueMappings.map(\.output) == ["one", "two"])
    #expect(read.sealed.isEmpty)
    #expect(document.vendor["input_variables[7]"] != nil)
    #expect(RunbookDocument(canonicalJSON: document.canonicalJSON) == document)
  }

  @Test("A bare word is a constant, whatever it is the name of; an empty text is one where the variable is a text")
  func constants() throws {
    for word in [
      "ticket", "client", "action", "user", "site", "status", "response", "request", "failure", "halo_url", "request!",
    ] {
      let keys = #""input_variables": [{"key": "a", "value": "\#(word)"}]"#
      let read = V.read(V.runbook(keys))
      #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
      let variable = try #require(read.runbooks.first?.document.variable(named: "a"))
      #expect(variable.initialValue == .json("\"\(word)\""))
      #expect(variable.from == nil)
      #expect(
        messages(read, .warning)
          == (word == "request" ? ["D166 the value of `a` is read as the text `request`"] : []))
      let text = word == "request!" ? "request" : word
      #expect(
        V.read(V.runbook(keys.replacing(word, with: "<<\(text)^x>>"))).runbooks.first?.document.variable(named: "a")?
          .initialValue == InitialValue.none)
    }
    for (value, isPath) in [("ticket^id", true), ("request[0]", true), ("<<ticket>>", true), ("tickets^id", false)] {
      let read = V.read(V.runbook(#""input_variables": [{"key": "a", "value": "\#(value)"}]"#))
      #expect((read.runbooks.first?.document.variable(named: "a")?.from != nil) == isPath, "\(value)")
    }
    let empty =
      #""input_variables": [{"key": "s", "value": "", "data_type": 2}, {"key": "n", "value": "", "data_type": 3},"#
      + #"{"key": "u", "value": ""}, {"key": "v", "value": null, "data_type": 2}]"#
    let document = V.read(V.runbook(empty)).runbooks.first?.document
    #expect(document?.variables.map(\.initialValue) == [.json("\"\""), .none, .none, .none])
    #expect(document?.variables.map(\.isInput) == [true, false, false, false])
  }

  @Test("Steps of one name are told apart, also where the name with its number is another step's")
  func names() throws {
    func end(_ id: Int, _ name: String) -> String {
      V.end(id).replacing("\"End \(id)\"", with: "\"\(name)\"")
    }
    let steps = [end(1, "End"), end(2, "End 3"), end(3, "End"), end(4, "End 4"), end(5, "Конец")]
    let read = V.read(
      V.runbook(steps: ([V.method(9, isStart: true, edges: [V.edge(9, 1, seq: 1)])] + steps).joined(separator: ",")))
    #expect(!read.faults.contains { $0.code == .duplicateName }, "\(read.faults.map(\.rendered))")
    #expect(
      read.runbooks.first?.document.steps.map(\.name) == ["step-9", "end", "end-3", "end-4", "end-4-4", "step-5"])
  }

  @Test("Embedded integrations resolve guids before anything else")
  func embedded() {
    let text = V.runbook(
      #""integrations": [\#(V.integration())]"#,
      steps: V.method(1, isStart: true, edges: [V.edge(1, 2, seq: 1)]) + "," + V.end(2))
    let read = Documents.read([("r.json", text)])
    #expect(!read.faults.hasErrors)
    #expect(read.integrations.map(\.document.id) == ["their-api"])
    #expect(read.runbooks.first?.document.vendor["integrations"] == nil)
  }

  @Test("Texts of another type are refused with their place; numbers, flags and lists are named, kept and not honoured")
  func types() {
    #expect(
      V.read(V.runbook(#""note": [1]"#)).faults.map(\.rendered).first
        == "r.json:1:53: error: `note` of the runbook must be text, not a list [D104]")
    #expect(
      messages(V.read(V.runbook(#""active": "yes""#)), .warning) == [
        "D104 `active` of the runbook is neither true nor false: it is kept and read as false"
      ])
    #expect(
      messages(V.read(V.runbook(#""infinite_loop_threshold": 1.5"#)), .warning) == [
        "D104 `infinite_loop_threshold` of the runbook is no whole number: it is kept and not honoured"
      ])
    #expect(
      messages(V.read(V.runbook(#""input_variables": {"a": 1}"#)), .warning) == [
        "D104 `input_variables` of the runbook is no list: it is kept and not honoured"
      ])
    #expect(
      messages(V.read(V.runbook(steps: "7")), .warning) == [
        "D163 step 1 of the vendor's document has no usable `step_id`: it is kept, and the runbook is imported inactive"
      ])
  }
}
