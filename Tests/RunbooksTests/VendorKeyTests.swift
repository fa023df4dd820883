import SourceText
import Testing

@testable import Runbooks

/// The key tables of the vendor's documents, one row for each key: what becomes of it. Whatever becomes of it, it comes
/// back as it came in.
@Suite("Every key of the vendor's documents")
struct VendorKeyTests {
  typealias Slot = VendorKeyDocuments.Slot

  /// What becomes of a key.
  enum Fate: String {
    /// It changes what the native document says.
    case honoured
    /// It changes nothing, and means nothing to a run.
    case kept
    /// It is kept, changes nothing, and is named.
    case warned
    /// It changes what the native document says, and is named, since it is not all that the vendor meant by it.
    case honouredAndNamed
    /// Its value goes into the sealed values, and is named.
    case sealed
    /// It can hold secrets: it is named, and not kept.
    case dropped
  }

  struct Row: CustomTestStringConvertible {
    let slot: Slot
    let key: String
    let json: String
    let fate: Fate
    /// Keys of the same object without which it means nothing.
    let beside: [String: String]

    var testDescription: String { "\(slot) \(key) \(json): \(fate.rawValue)" }
  }

  private static func rows(
    _ slot: Slot, _ fate: Fate, beside: [String: String] = [:], _ keys: KeyValuePairs<String, String>
  ) -> [Row] {
    keys.map { Row(slot: slot, key: $0.key, json: $0.value, fate: fate, beside: beside) }
  }

  private static let open = ["runbook_start_type": "1", "inbound_authentication_type": "0"]

  // MARK: Runbook (runbook-documents §2.1)

  static let runbook =
    rows(
      .runbook, .honoured,
      [
        "id": #""other-id""#, "name": #""Another""#, "note": #""n""#, "active": "false", "disabled": "true",
        "infinite_loop_threshold": "5", "log_retention_policy_days": "90", "auto_disable_attempts": "3",
        "log_ticket_attempts": "2", "notify_on_failure": "true", "group_name": #""Night""#,
      ])
    + rows(
      .runbook, .honoured, beside: open, ["encrypt_request": "true", "timestamp_verification_header": #""X-Time""#])
    + rows(
      .runbook, .honoured, beside: ["log_ticket_attempts": "2"],
      ["failure_tickettype_id": "21", "failure_ticket_user_id": "7"])
    + rows(.runbook, .honoured, beside: ["inbound_authentication_type": "0"], ["runbook_start_type": "1"])
    + rows(
      .runbook, .honouredAndNamed, beside: ["runbook_start_type": "1"], ["inbound_authentication_type": "3"])
    + rows(
      .runbook, .honouredAndNamed,
      [
        "multiple_execution_mode": "1", "access_control": #"[{"id":1}]"#, "access_control_level": "2",
        "certificate_id": "4",
      ])
    + rows(
      .runbook, .honouredAndNamed, beside: ["notify_on_failure": "true", "notify_on_failure_template": "5"],
      ["notify_on_failure_tech": "12"])
    + rows(
      .runbook, .honoured, beside: ["notify_on_failure": "true", "notify_on_failure_tech": "12"],
      ["notify_on_failure_template": "5"])
    + rows(
      .runbook, .kept,
      [
        "icon": #""i""#, "install_popup": #""p""#, "version_number": #""1.2.3""#, "version_major": "1",
        "version_minor": "2", "version_patch": "3", "library_licence_name": #""l""#, "intent": #""x""#,
        "_is_new": "true", "last_status": "2", "lastcreated": #""2025-01-01""#, "nextcreationdate": #""2025-01-02""#,
        "last_auto_disable_date": #""2025-01-01""#, "last_ticket_creation_date": #""2025-01-01""#,
        "flow_chart_json": #""{\"a\":[1]}""#, "average_steps_executed": "1.50", "max_steps_executed": "3",
        "average_execution_time": "10", "max_execution_time": "1198", "run_count_hour": "1", "run_count_day": "2",
        "run_count_week": "3", "batch_delay_seconds": "30", "batch_limit": "5", "url": #""https://a.example""#,
        "method": "1", "content_type": #""t""#, "authentication_type": "3", "custom_payload": #""c""#,
        "payload_type": "2", "mappings": #"[{"a":1}]"#, "___loaded_at": "5", "multiple_execution_mode": "0",
      ])
    + rows(
      .runbook, .warned,
      [
        "group_id": "4", "systemuse": "1", "schedule_id": "9", "events": #"[{"eventno":3,"type":-2}]"#,
        "authentication_header": #""X-Sig""#, "basic_username": #""u""#, "algorithm": "1", "digest": "1",
        "signature_prefix": #""sha256=""#, "headers_to_sign": #"[{"key":"X-A"}]"#, "use_lightweight_logs": "true",
        "mapping_profiles": #"[{"id":1}]"#, "standalone_methods": #"[{"id":1}]"#, "safe_instances": #""a""#,
        "batch_method": "1", "novel_key": #"{"k":[null,1.50,"é"]}"#,
      ])
    + rows(.runbook, .warned, beside: open, ["initial_verification_type": "1"])
    + rows(.runbook, .sealed, ["basic_password": #""clear""#])
    + rows(
      .runbook, .dropped,
      [
        "_test": "true", "_test_variables": #"[{"value":"v"}]"#, "_test_runbook_variables": #"[{"value":"v"}]"#,
        "_test_output_variables": #"[{"value":"v"}]"#, "_test_step": "1", "_test_result": #""r""#,
      ])

  // MARK: Step and edge (§2.2, §2.3)

  static let steps =
    rows(
      .methodStep, .honoured,
      ["name": #""Ask""#, "encrypt_response_body": "true"])
    + rows(
      .methodStep, .kept,
      [
        "step_id": "1", "fdid": "77", "isstart": "true", "isend": "false", "islaststep": "false", "content": #""c""#,
        "note": #""n""#, "message2": #""m""#, "message3": #""m""#, "duration": "5", "iteration_type": "1",
        "iteration_batch_size": "5", "use_batch_response": "true", "allow_all_statuses": "true",
        "auto_action_type": "40",
      ])
    + rows(
      .methodStep, .warned,
      [
        "message": #""{}""#, "input_values": #"[{"key":"k","value":"v"}]"#, "uri_params": #"[{"key":"k","value":"v"}]"#,
        "step_conditions": #"[{"type":0}]"#, "start_new_runbook_id": #""x""#, "ai_ability_id": "3",
        "use_criteria_groups": "true", "criteria_groups": "[[1]]", "novel_key": "1", "isend": "true",
      ])
    + rows(.conditionStep, .warned, ["encrypt_response_body": "true", "message": #""m""#])
    + rows(.conditionStep, .warned, ["output_variables": #"[{"key":"k","value":"response^a"}]"#])
    + rows(.conditionStep, .kept, ["output_variables": #"[{"id":1},{"key":"","value":null}]"#])
    + rows(.sqlStep, .honouredAndNamed, ["message": #""SELECT b FROM t WHERE c = '<<v!>>'""#])
    + rows(.sqlStep, .honoured, ["encrypt_response_body": "true", "data_source": #""crm""#])
    + rows(
      .sqlStep, .honoured,
      [
        "output_variables": #"[{},{"key":"q","value":"response[0]^a","type":3}]"#,
        "runbook_variable_mappings": #"[{"key":"q","value":"<<response[0]^a>>","type":4},{}]"#,
      ])
    + rows(.sleepStep, .honouredAndNamed, ["duration": "61"])
    + rows(.beginStep, .honoured, ["message": #""<<v>>""#])
    + rows(.beginStep, .honoured, beside: ["use_batch_response": "true"], ["iteration_batch_size": "5"])
    + rows(.beginStep, .warned, ["iteration_batch_size": "5"])
    + rows(
      .beginStep, .honouredAndNamed, beside: ["use_batch_response": "true"], ["iteration_batch_size": "100001"])
    + rows(.beginStep, .honoured, beside: ["iteration_batch_size": "5"], ["use_batch_response": "true"])
    + rows(.nextStep, .warned, ["runbook_variable_mappings": #"[{"key":"k","value":"v"}]"#])
    + rows(
      .startStep, .honoured, ["runbook_variable_mappings": #"[{"key":"k","value":"<<v>>"}]"#])
    + rows(.startStep, .warned, ["encrypt_response_body": "true"])
    + rows(.endStep, .honoured, ["auto_action": "2"])
    + rows(.endStep, .kept, ["isend": "true"])
    + rows(.endStep, .warned, ["isend": "false"])
    + rows(.edge, .honoured, ["end_step": "3", "action_name": #""Otherwise""#])
    + rows(
      .edge, .kept,
      [
        "start_step": "1", "seq": "1", "approval_result": "1", "action_type": "17", "action_id": "-17",
        "chat_selection_order": "3", "id": "5",
      ])
    + rows(.edge, .warned, ["use_work_hours": "true", "action_type": "12", "novel_key": "1"])

  // MARK: Condition row (§2.4)

  static let conditions =
    rows(
      .condition, .honoured,
      ["fieldname": #""<<list>>""#, "type": "1", "value_string": #""y""#])
    + rows(.condition, .honoured, beside: ["fieldname": #""summary""#], ["tablename": #""faults""#])
    + rows(.condition, .honoured, beside: ["value_int": "3"], ["value_type": #""int""#])
    + rows(.condition, .honoured, beside: ["value_type": #""int""#, "value_string": "null"], ["value_int": "4"])
    + rows(.condition, .honoured, beside: ["value_type": #""float""#, "value_string": "null"], ["value_float": "1.50"])
    + rows(
      .condition, .honoured, beside: ["value_type": #""datetime""#, "value_string": "null"],
      ["value_datetime": #""2025-01-01T00:00:00""#])
    + rows(.condition, .kept, ["value_display": #""X""#, "id": "4"])
    + rows(.condition, .warned, ["use": "2", "novel_key": "1"])

  // MARK: Value rows (§2.6)

  static let values =
    rows(
      .input, .honoured,
      [
        "value": #""<<request^w>>""#, "data_type": "2", "persist": "true",
        "value_mappings": #"[{"sequence":2,"input":"a","output":"b"},{"sequence":1,"input":"c","output":"d"}]"#,
      ])
    + rows(.input, .honoured, beside: ["value": #""""#], ["encrypted": "true"])
    + rows(
      .input, .kept,
      ["description": #""d""#, "type": "0", "runbook_id": #""r""#, "id": "4", "_clear_last_value": "true"])
    + rows(
      .input, .warned,
      [
        "last_value": #""old""#, "extra_process": "1", "mapping_type": "1", "data_type": "99", "addtoarray": "true",
        "object_mapping": #""a=b""#, "novel_key": "1",
      ])
    + rows(
      .stepOutput, .honoured,
      [
        "key": #""z""#, "value": #""response^name!""#, "addtoarray": "true",
        "value_mappings": #"[{"sequence":0,"input":"a","output":"b"}]"#,
      ])
    + rows(
      .stepOutput, .honoured, beside: ["value": #""""#],
      ["object_mapping": #"[{"key":"id","value":"response^id","data_type":3}]"#])
    + rows(.stepOutput, .honouredAndNamed, ["encrypted": "true"])
    + rows(
      .stepOutput, .kept,
      ["description": #""d""#, "type": "3", "step_id": "1", "step_seq": "2", "step_name": #""s""#, "id": "0"])
    + rows(
      .stepOutput, .warned,
      [
        "data_type": "3", "persist": "true", "last_value": #""old""#, "extra_process": "1", "mapping_type": "1",
        "object_mapping": #""a=b""#, "novel_key": "1",
      ])
    + rows(.stepOutput, .warned, beside: ["addtoarray": "true"], ["positiontoadd": "2"])
    + rows(.mapping, .honoured, ["key": #""z""#, "value": #""<<response^name!>> x""#])
    + rows(.mapping, .honouredAndNamed, ["encrypted": "true"])
    + rows(.header, .honoured, ["key": #""X-Other""#, "value": #""<<v>>""#])
    + rows(.header, .honoured, beside: ["value": #""""#], ["encrypted": "true"])
    + rows(.header, .kept, ["method_id": "3", "description": #""d""#, "data_type": "2", "type": "1"])
    + rows(
      .header, .warned,
      ["value_mappings": #"[{"input":"a","output":"b"}]"#, "extra_process": "1", "persist": "true", "novel_key": "1"])
    + rows(.output, .honoured, ["key": #""z""#, "value": #""<<response^name>>""#, "addtoarray": "true"])
    + rows(.output, .honouredAndNamed, ["encrypted": "true"])
    + rows(.output, .warned, ["data_type": "3", "persist": "true"])

  // MARK: Integration and method (§2.7)

  static let integrations =
    rows(
      .integration, .honoured,
      ["name": #""Another""#, "resourcebaseurl": #""https://b.example.com""#])
    + rows(.integration, .honoured, ["authorizationtype": "2"])
    + rows(.integration, .honoured, beside: ["authorizationtype": "1"], ["headername": #""X-Key""#])
    + rows(
      .integration, .honoured, beside: ["authorizationtype": "1", "headername": #""X-Key""#],
      ["headerprefix": #""Token ""#])
    + rows(.integration, .honoured, beside: ["authorizationtype": "3"], ["username": #""u""#])
    + rows(
      .integration, .honoured,
      beside: [
        "authorizationtype": "4", "tokenurl": #""https://a.example/t""#, "client_id": #""c""#, "granttype": "0",
      ],
      [
        "tokenurl": #""https://b.example/t""#, "client_id": #""d""#, "scope": #""all""#,
        "response_token_name": #""id_token""#, "token_expiry_mins": "9",
      ])
    + rows(
      .integration, .honoured,
      beside: [
        "authorizationtype": "4", "tokenurl": #""https://a.example/t""#, "client_id": #""c""#, "username": #""u""#,
        "authorizationurl": #""https://a.example/a""#,
      ], ["granttype": "1"])
    + rows(
      .integration, .honoured,
      beside: [
        "authorizationtype": "4", "tokenurl": #""https://a.example/t""#, "client_id": #""c""#,
        "authorizationurl": #""https://a.example/a""#,
      ], ["granttype": "3"])
    + rows(
      .integration, .warned,
      beside: ["authorizationtype": "4", "tokenurl": #""https://a.example/t""#, "client_id": #""c""#],
      ["token_expiry_mins": "50000", "bearername": #""b""#, "bearerlocation": "1"])
    + rows(
      .integration, .honoured,
      beside: ["authorizationtype": "4", "tokenurl": #""https://a.example/t""#, "client_id": #""c""#],
      ["headerprefix": #""Token""#])
    + rows(
      .integration, .honouredAndNamed,
      beside: ["authorizationtype": "4", "tokenurl": #""https://a.example/t""#, "client_id": #""c""#],
      ["headername": #""X-Auth""#])
    + rows(
      .integration, .warned, beside: ["authorizationtype": "1", "headername": #""X-Key""#],
      ["bearername": #""b""#, "bearerlocation": "1"])
    + rows(.integration, .warned, beside: ["authorizationtype": "2"], ["headerprefix": #""Token""#])
    + rows(.integration, .kept, beside: ["authorizationtype": "2"], ["headerprefix": #""Bearer""#])
    + rows(
      .integration, .warned, beside: ["authorizationtype": "3", "username": #""u""#],
      ["headername": #""X-Auth""#, "headerprefix": #""Token""#, "bearername": #""b""#, "bearerlocation": "1"])
    + rows(
      .integration, .kept, beside: ["authorizationtype": "3", "username": #""u""#],
      [
        "headername": #""Authorization""#, "headerprefix": #""Basic ""#, "scope": #""all""#,
        "tokenurl": #""https://t""#,
      ])
    + rows(
      .integration, .warned, beside: ["authorizationtype": "8"], ["headername": #""X-Auth""#, "bearerlocation": "1"])
    + rows(
      .integration, .kept, beside: ["authorizationtype": "0"],
      ["headername": #""X-Auth""#, "headerprefix": #""Token""#, "bearername": #""b""#, "bearerlocation": "1"])
    + rows(
      .integration, .honoured, beside: ["authorizationtype": "6", "headername": #""X-S""#],
      ["algorithm": #""sha512""#])
    + rows(
      .integration, .honoured, beside: ["authorizationtype": "6", "headername": #""X-S""#, "algorithm": #""sha256""#],
      [
        "headername": #""X-T""#, "headerprefix": #""sha256=""#, "signature_prefix": #""sha256=""#,
        "digest": #""base64""#, "headers_to_sign": #"[{"key":"X-A","value":""},{}]"#,
        "timestamp_verification_header": #""X-Time""#,
      ])
    + rows(
      .integration, .honouredAndNamed,
      beside: ["authorizationtype": "6", "headername": #""X-S""#, "algorithm": #""sha256""#],
      ["algorithm": "2", "digest": "1", "headers_to_sign": #""X-A""#])
    + rows(
      .integration, .warned,
      beside: [
        "authorizationtype": "6", "headername": #""X-S""#, "algorithm": #""sha256""#, "signature_prefix": #""v1=""#,
      ],
      ["headerprefix": #""v2=""#, "bearername": #""b""#, "bearerlocation": "1"])
    + rows(
      .integration, .honoured, beside: ["authorizationtype": "7"],
      ["client_id": #""i""#, "jwt_extra_claims": #"[{"key":"x","value":"y"}]"#, "tokenurl": #""https://a.example/t""#])
    + rows(
      .integration, .warned, beside: ["authorizationtype": "7"],
      [
        "jwt_token_method": "1", "jwt_certificate_id": "3", "bearername": #""b""#, "bearerlocation": "1",
        "algorithm": "2", "scope": #""all""#, "token_expiry_mins": "5",
      ])
    + rows(.integration, .honoured, beside: ["authorizationtype": "7"], ["headerprefix": #""Token""#])
    + rows(.integration, .honouredAndNamed, beside: ["authorizationtype": "7"], ["headername": #""X-Auth""#])
    + rows(.integration, .warned, beside: ["authorizationtype": "8"], ["certificate_id": "3"])
    + rows(
      .integration, .honouredAndNamed, beside: ["authorizationtype": "2"],
      ["bearername": #""b""#, "bearerlocation": "1"])
    + rows(
      .integration, .kept,
      [
        "id": "3", "guid": #""g""#, "icon": #""i""#, "state": "4", "intent": #""x""#, "note": #""n""#,
        "_is_new": "true",
      ])
    + rows(.integration, .warned, ["safe_instances": #""a""#, "novel_key": "1"])
    + rows(.integration, .dropped, ["new_client_secret": #""clear""#, "new_password": #""clear""#])
    + rows(.integration, .dropped, ["client_credentials": #"[{"a":1}]"#])
    + rows(.integration, .sealed, beside: ["authorizationtype": "3"], ["new_password": #""clear""#])
    + rows(
      .integration, .sealed,
      beside: ["authorizationtype": "6", "headername": #""X-S""#, "algorithm": #""sha256""#],
      ["new_client_secret": #""clear""#])

  static let methods =
    rows(
      .method, .honoured,
      [
        "name": #""Ask""#, "method": "2", "resource": #""/y""#, "authorizationtype": "0",
        "encrypt_response_body": "true", "response_is_file": "true", "remove_charset_header": "true",
        "uri_params": #"[{},{"key":"q","value":"1","type":0}]"#, "log_retention_policy_days": "7",
      ])
    + rows(.method, .honoured, beside: ["resource": #""""#], ["path": #""/z""#])
    + rows(
      .method, .honoured, beside: ["requesttype": "1", "requestbody": "null"], ["requestbody": #""{\"a\":<<v>>}""#])
    + rows(.method, .honoured, beside: ["requestbody": #""<a><<v>></a>""#], ["requesttype": "2"])
    + rows(
      .method, .honoured, beside: ["requesttype": "3"], ["body_mappings": #"[{"key":"f","value":"1","type":2},{}]"#])
    + rows(.method, .honouredAndNamed, ["authorizationtype": "5", "method": "9", "requesttype": "8"])
    + rows(
      .method, .kept,
      [
        "authorizationtype": "-1", "responsetype": "1", "id": "4", "integration_id": "3", "sequence": "1",
        "note": #""n""#,
      ])
    + rows(.method, .warned, ["responsetype": "2", "novel_key": "1", "log_retention_policy_days": "-3"])
    + rows(.method, .dropped, ["_test": "true", "_test_result": #""r""#])

  // MARK: What is checked

  static let rows = runbook + steps + conditions + values + integrations + methods

  @Test("does what its table says, and goes out as it came in", arguments: rows)
  func row(row: Row) throws {
    var before = VendorKeyDocuments()
    for (key, json) in row.beside where key != row.key { before.set(key, json, in: row.slot) }
    var with = before
    with.set(row.key, row.json, in: row.slot)
    let read = with.read()
    try #require(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let exported = try export(read)

    let native = meaning(read)
    let without = before.read()
    let changes = native != meaning(without)
    func names(_ read: ReadDocuments) -> Int { read.faults.filter { $0.message.contains("`\(row.key)`") }.count }
    let isNamed = names(read) > names(without)
    switch row.fate {
    case .honoured: #expect(changes)
    case .kept: #expect(!changes && !isNamed, "\(read.faults.map(\.rendered))")
    case .warned: #expect(!changes && isNamed, "\(read.faults.map(\.rendered))")
    case .honouredAndNamed: #expect(changes && names(read) > 0, "\(read.faults.map(\.rendered))")
    case .sealed: #expect(isNamed && read.sealed.count == 1)
    case .dropped: #expect(!changes && isNamed && read.sealed.isEmpty)
    }

    let object = try #require(
      VendorKeyDocuments.find(row.slot, runbook: exported.runbook, integration: exported.integration))
    switch row.fate {
    case .honoured, .kept, .warned, .honouredAndNamed:
      let value = try #require(object[row.key], "it is not written back")
      let original = try #require(StoredDocument.node(Array(row.json.utf8)))
      #expect(value.covers(original), "\(String(decoding: value.jsonText, as: UTF8.self))")
    case .sealed, .dropped: #expect(object[row.key] == nil)
    }

    let again = VendorKeyDocuments.read(runbook: exported.texts.runbook, integration: exported.texts.integration)
    #expect(again.runbooks.map(\.document) == read.runbooks.map(\.document))
    #expect(again.integrations.map(\.document) == read.integrations.map(\.document))
    let second = try export(again)
    #expect(second.texts.runbook == exported.texts.runbook)
    #expect(second.texts.integration == exported.texts.integration)
  }

  @Test("is in the table: those of the reference, each at least once")
  func complete() {
    for (slots, keys) in Self.reference {
      let known = Set(Self.rows.filter { slots.contains($0.slot) }.flatMap { [$0.key] + $0.beside.keys })
      #expect(Set(keys.split(separator: " ").map(String.init)).subtracting(known) == [])
    }
  }

  // MARK: Parts

  private func meaning(_ read: ReadDocuments) -> [String] {
    (read.integrations.map(\.document.canonicalJSON) + read.runbooks.map(\.document.canonicalJSON))
      .map(SourceNode.withoutExtras)
  }

  private struct Exported {
    let texts: (runbook: String, integration: String)
    let runbook: SourceNode
    let integration: SourceNode
  }

  private func export(_ read: ReadDocuments) throws -> Exported {
    let integration = try #require(read.integrations.first?.document)
    let runbook = try #require(read.runbooks.first?.document)
    let texts = (
      VendorExport.runbook(runbook, integrations: [integration]).json, VendorExport.integration(integration).json
    )
    return Exported(
      texts: (String(decoding: texts.0, as: UTF8.self), String(decoding: texts.1, as: UTF8.self)),
      runbook: try #require(StoredDocument.node(texts.0)), integration: try #require(StoredDocument.node(texts.1)))
  }

  /// The keys of runbook-documents.md §2. `type` and the lists that hold other objects are in every document here.
  private static let reference: [([Slot], String)] = [
    (
      [.runbook],
      """
      id name group_id note install_popup icon version_number library_licence_name intent _is_new active disabled \
      last_status systemuse access_control access_control_level runbook_start_type schedule_id lastcreated \
      nextcreationdate events inbound_authentication_type authentication_header basic_username basic_password algorithm \
      digest signature_prefix headers_to_sign timestamp_verification_header initial_verification_type certificate_id \
      encrypt_request use_lightweight_logs log_retention_policy_days flow_chart_json mapping_profiles \
      standalone_methods multiple_execution_mode infinite_loop_threshold safe_instances batch_method \
      batch_delay_seconds batch_limit auto_disable_attempts last_auto_disable_date notify_on_failure \
      notify_on_failure_tech notify_on_failure_template log_ticket_attempts failure_tickettype_id \
      failure_ticket_user_id last_ticket_creation_date average_steps_executed max_steps_executed \
      average_execution_time max_execution_time run_count_hour run_count_day run_count_week _test _test_variables \
      _test_runbook_variables _test_output_variables _test_step _test_result url method content_type \
      authentication_type custom_payload payload_type mappings
      """
    ),
    (
      [.methodStep, .conditionStep, .sqlStep, .sleepStep, .beginStep, .nextStep, .startStep, .endStep],
      """
      step_id fdid name isstart isend islaststep auto_action auto_action_type message message2 message3 content note \
      duration iteration_type iteration_batch_size use_batch_response start_new_runbook_id encrypt_response_body \
      output_variables runbook_variable_mappings input_values uri_params step_conditions use_criteria_groups \
      criteria_groups ai_ability_id allow_all_statuses
      """
    ),
    (
      [.edge],
      "start_step end_step action_type action_id action_name seq approval_result use_work_hours chat_selection_order"
    ),
    (
      [.condition],
      "tablename fieldname type value_type value_int value_float value_string value_datetime value_display use"
    ),
    (
      [.input, .stepOutput, .mapping, .header, .output],
      """
      key value type data_type encrypted description value_mappings extra_process persist last_value \
      _clear_last_value mapping_type object_mapping addtoarray positiontoadd method_id runbook_id step_id step_seq \
      step_name
      """
    ),
    (
      [.integration],
      """
      name resourcebaseurl authorizationtype granttype authorizationurl tokenurl client_id new_client_secret username \
      new_password scope state headername headerprefix bearername bearerlocation algorithm headers_to_sign \
      certificate_id response_token_name token_expiry_mins jwt_token_method jwt_certificate_id jwt_extra_claims \
      client_credentials safe_instances
      """
    ),
    (
      [.method],
      """
      name resource path method authorizationtype requesttype responsetype requestbody encrypt_response_body \
      response_is_file remove_charset_header log_retention_policy_days uri_params body_mappings _test
      """
    ),
  ]
}
