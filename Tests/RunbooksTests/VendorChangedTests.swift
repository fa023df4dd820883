import MessageSignatures
import SourceText
import Testing

@testable import Runbooks

/// What came from the vendor goes out as it came, and what was changed here goes out as it is now.
@Suite("Imported documents that were changed")
struct VendorChangedTests {
  private typealias V = VendorDocuments

  private static let authentications: [StartAuthentication] = [
    .basic(username: "u", password: .entered), .bearer, .signature(SignatureSettings(method: .scheme("github"))),
    .signature(SignatureSettings(method: .recipe(SignatureRecipeSettings(header: "X-S")))),
    .messageSignature(MessageSignatureSettings(keys: [])), .headerSecret(header: "X-Key", secret: .entered),
    .uriSecret(parameter: "k", secret: .entered), .unset("nothing"),
  ]

  @Test("An open endpoint that was given an authentication never goes out as an open one", arguments: authentications)
  func authentication(authentication: StartAuthentication) throws {
    let keys = #""active": true, "runbook_start_type": 1, "inbound_authentication_type": 0"#
    let steps = V.method(1, isStart: true, edges: [V.edge(1, 2, seq: 1)]) + "," + V.end(2)
    var document = try #require(V.read(V.runbook(keys, steps: steps)).runbooks.first?.document)
    #expect(document.start.publicStart?.authentication == StartAuthentication.none)
    var start = try #require(document.start.publicStart)
    start.authentication = authentication
    document.start = .public(start)
    // The number that an import of an older release kept.
    for kept in [[], [VendorExtras.Entry(key: "inbound_authentication_type", json: "0")]] {
      document.vendor.entries.removeAll { $0.key == "inbound_authentication_type" }
      document.vendor.entries += kept
      let exported = VendorExport.runbook(document, integrations: [])
      #expect(StoredDocument.node(exported.json)?["inbound_authentication_type"] == nil)
      var context = ReadingContext(file: "exported")
      let again = try #require(
        StoredDocument.node(exported.json).flatMap { VendorRunbookImport.read($0, freshID: { "x" }, &context) })
      guard case .unset? = again.start.publicStart?.authentication else {
        Issue.record("the endpoint is open: \(again.start)")
        continue
      }
    }
  }

  private func runbook(_ keys: String, _ change: (inout RunbookDocument) -> Void) throws -> (SourceNode, [String]) {
    var document = try #require(V.read(V.runbook(keys)).runbooks.first?.document)
    change(&document)
    let exported = VendorExport.runbook(document, integrations: [])
    return (try #require(StoredDocument.node(exported.json)), exported.lost)
  }

  @Test("Settings of a runbook go out over what was kept, and what was kept stays where it says the same")
  func settings() throws {
    let keys = #"""
      "runbook_start_type": 1, "inbound_authentication_type": 0, "timestamp_verification_header": null,
      "auto_disable_attempts": 0, "log_ticket_attempts": 0, "failure_tickettype_id": 21, "infinite_loop_threshold": 0,
      "notify_on_failure": 0, "notify_on_failure_tech": 12, "notify_on_failure_template": 5,
      "log_retention_policy_days": 0, "multiple_execution_mode": 2
      """#
    let (same, _) = try runbook(keys) { _ in }
    #expect(same.covers(try #require(StoredDocument.node(Array("{\(keys)}".utf8)))))
    let (changed, lost) = try runbook(keys) { document in
      document.limits.maximumVisits = 7
      document.retentionDays = 8
      document.inactiveReasons = []
      document.onFailure = FailureSettings(
        disableAfter: 5, ticketAfter: 6, notify: .everybody,
        mail: FailureSettings.MailSettings(to: "ann", template: "failed"))
    }
    #expect(lost == ["on_failure.email"])
    let expected = [
      "infinite_loop_threshold": "7", "log_retention_policy_days": "8", "auto_disable_attempts": "5",
      "log_ticket_attempts": "6", "notify_on_failure": "true", "multiple_execution_mode": "0",
    ]
    for (key, value) in expected { #expect(changed[key]?.text == value, "\(key)") }
    // A template of the vendor's beside another address would be another mail, and its ticket type another ticket.
    #expect(changed["notify_on_failure_template"]?.isNull == true)
    #expect(changed["failure_tickettype_id"]?.isNull == true)
  }

  private func integration(
    _ keys: String, method: String, _ change: (inout IntegrationDocument) -> Void
  ) throws -> (node: SourceNode, lost: [String], again: IntegrationDocument) {
    var document = try #require(
      V.read(integration: V.integration(keys, methods: V.method(method))).integrations.first?.document)
    change(&document)
    let exported = VendorExport.integration(document)
    let node = try #require(StoredDocument.node(exported.json))
    var context = ReadingContext(file: "exported")
    return (node, exported.lost, try #require(VendorIntegrationImport.read(node, &context)))
  }

  @Test("A method that was set to send no credentials goes out as one, whatever number it came with")
  func methodAuthorization() throws {
    let basic = #""authorizationtype": 3, "username": "u""#
    for number in ["3", "-1", "null", "7"] {
      let method = #""method": 1, "requesttype": 0, "resource": "/x", "authorizationtype": \#(number)"#
      let same = try integration(basic, method: method) { _ in }
      #expect(same.node["methods"]?[0]?["authorizationtype"]?.text == number)
      let none = try integration(basic, method: method) {
        $0.methods[0].inheritsAuthorization = false
        $0.methods[0].inactiveReasons = []
      }
      #expect(none.node["methods"]?[0]?["authorizationtype"]?.integer == 0)
      #expect(none.lost == [])
    }
    // A number of the integration's old kind would be one of the method's own now.
    let method = #""method": 1, "requesttype": 0, "resource": "/x", "authorizationtype": 3"#
    let bearer = try integration(basic, method: method) { $0.authorization = .bearer(token: .entered) }
    #expect(bearer.node["methods"]?[0]?["authorizationtype"]?.integer == -1)
    #expect(bearer.lost == [])
  }

  @Test("A body that was mended goes out with its kind; one that waits goes out as it came")
  func bodies() throws {
    for body in [#""requesttype": 8"#, #""requesttype": 1, "requestbody": "{,}""#, #""requestbody": "{}""#] {
      let method = #""method": 1, "resource": "/x", "# + body
      let same = try integration(#""authorizationtype": 0"#, method: method) { _ in }
      let original = try #require(StoredDocument.node(Array("{\(body)}".utf8)))
      #expect(same.node["methods"]?[0]?.covers(original) == true)
      #expect(same.lost == [])
      for value in [MethodBody.json(try JSONTemplate(parsing: "{}")), .none, .form([])] {
        let mended = try integration(#""authorizationtype": 0"#, method: method) {
          $0.methods[0].body = value
          $0.methods[0].inactiveReasons = []
        }
        #expect(mended.lost == [], "\(body) \(value)")
        #expect(mended.again.methods.first?.body == value, "\(body)")
      }
    }
    // What an older release said of a body counts as the same.
    let old = try integration(
      #""authorizationtype": 0"#, method: #""method": 1, "requesttype": 1, "requestbody": "{,}""#
    ) { $0.methods[0].inactiveReasons = ["\(VendorMethodImport.badBody): its placeholders stand where no value can"] }
    #expect(old.node["methods"]?[0]?["requesttype"]?.integer == 1)
    // On another method the kept body would be sent.
    let get = #""method": 0, "requesttype": 1, "requestbody": "{}", "resource": "/x""#
    let post = try integration(#""authorizationtype": 0"#, method: get) { $0.methods[0].httpMethod = .post }
    #expect(post.again.methods.first?.body == MethodBody.none)
    #expect(post.lost == [])
  }

  @Test("Settings of an authorisation that was changed say nothing of the one before")
  func authorizations() throws {
    let method = #""method": 1, "requesttype": 0, "resource": "/x""#
    let all = #"""
      "authorizationtype": 3, "username": "u", "headername": "X-Old", "headerprefix": "Old", "bearername": "b",
      "bearerlocation": 1, "scope": "old", "tokenurl": "https://old.example/t", "client_id": "old",
      "token_expiry_mins": 9, "response_token_name": "old", "jwt_extra_claims": [{"key": "sub", "value": "old"}]
      """#
    var assertion = AssertionSettings(key: .entered, encoding: .pem, algorithm: .rsaPKCS1SHA256)
    assertion.issuer = "new"
    var place = OAuth2Settings(grant: .clientCredentials, tokenURL: "https://new.example/t", clientID: "new")
    place.clientAuthentication = .body
    var custom = place
    custom.place.header = "X-New"
    custom.place.prefix = "New "
    for authorization: IntegrationAuthorization in [
      .none, .bearer(token: .entered), .apiKeyHeader(name: "X-New", prefix: "", key: .entered), .oauth2(place),
      .oauth2(custom), .jwt(assertion), .basic(username: "new", password: .entered),
      .clientCertificate(ClientCertificateSettings(word: .mtls)),
    ] {
      let changed = try integration(all, method: method) { $0.authorization = authorization }
      #expect(changed.again.authorization == authorization)
      #expect(changed.lost == [])
    }
  }

  @Test("Nothing of an unchanged document is lost on the way: neither empty tables nor the way a value is written")
  func unchanged() throws {
    let method = #"""
      {"guid": "g", "name": "Call It", "method": 1, "requesttype": 0, "resource": "/x", "path": null, "headers": [],
      "uri_params": null, "body_mappings": [], "remove_charset_header": 0, "response_is_file": 1, "authorizationtype": null,
      "output_variables": []},
      {"guid": "h", "name": "Other", "method": null, "requesttype": 0, "resource": null, "path": "",
      "uri_params": [{"key": "a", "value": 5, "encrypted": 0}, {"key": "b", "value": true}, {"key": "c", "value": null},
      {"key": "d", "value": ""}, {"key": "e", "value": 1.50, "encrypted": null}], "headers": null,
      "output_variables": [{"key": "o", "value": "response^a", "addtoarray": 1}]}
      """#
    for keys in [
      #""authorizationtype": 1, "headername": "X-Key", "headerprefix": "Token""#,
      #""authorizationtype": 1, "headername": "X-Key", "headerprefix": null"#,
      #""authorizationtype": 4, "granttype": null, "tokenurl": "https://a.example/t", "client_id": "c", "scope": null,"#
        + #""response_token_name": "access_token", "headername": "authorization", "headerprefix": "Zoho-oauthtoken""#,
      #""authorizationtype": 7, "client_id": "i", "jwt_extra_claims": [{"key": "x", "value": "y"}, {"key": "iss","#
        + #""value": "j"}, {"key": "iat", "value": "1"}, {"key": "sub", "value": 5}], "headername": """#,
      #""authorizationtype": null"#,
    ] {
      let text = V.integration(keys, methods: method)
      let document = try #require(V.read(integration: text).integrations.first?.document)
      let exported = try #require(StoredDocument.node(VendorExport.integration(document).json))
      #expect(exported.covers(try #require(StoredDocument.node(Array(text.utf8)))), "\(keys)")
    }
    let keys = #"""
      "active": true, "disabled": true, "note": null, "group_name": "", "runbook_start_type": 1,
      "inbound_authentication_type": 0, "encrypt_request": 0, "timestamp_verification_header": null,
      "notify_on_failure": 1, "notify_on_failure_tech": 12, "input_variables": []
      """#
    for keys in [
      keys,
      #""active": 1, "runbook_start_type": null, "input_variables": [{"key": "n", "value": 5, "data_type": 3},"#
        + #"{"key": "t", "value": "", "data_type": 2}, {"key": "u", "value": ""}, {"key": "w", "value": null,"#
        + #""data_type": 2, "persist": 1, "encrypted": null}, {"key": "x", "value": "", "encrypted": true}]"#,
      #""input_variables": null"#,
    ] {
      let steps = V.method(
        1, isStart: true, keys: #""output_variables": [], "runbook_variable_mappings": null"#,
        edges: [V.edge(1, 2, seq: 1)])
      let text = V.runbook(keys, steps: steps + "," + V.end(2)).replacing(#""id": null, "#, with: "")
      let read = V.read(text)
      let document = try #require(read.runbooks.first?.document)
      let exported = VendorExport.runbook(document, integrations: read.integrations.map(\.document))
      let node = try #require(StoredDocument.node(exported.json))
      #expect(node.covers(try #require(StoredDocument.node(Array(text.utf8)))), "\(keys)")
    }
  }

  @Test("How a value was written is kept, and never the value itself: it may be made a secret")
  func spelling() throws {
    let method = #""method": 1, "requesttype": 0, "headers": [{"key": "X-A", "value": 271828}]"#
    let changed = try integration(#""authorizationtype": 0"#, method: method) { document in
      document.methods[0].headers[0].value = .sealed
      #expect(!String(decoding: document.canonicalJSON, as: UTF8.self).contains("271828"))
    }
    #expect(changed.node["methods"]?[0]?["headers"]?[0]?["value"]?.string == "")
    let text = try integration(#""authorizationtype": 0"#, method: method) { document in
      document.methods[0].headers[0].value = .template(Template(literal: "five"))
    }
    #expect(text.node["methods"]?[0]?["headers"]?[0]?["value"]?.string == "five")
  }
}
