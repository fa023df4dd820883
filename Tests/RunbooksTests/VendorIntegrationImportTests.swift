import Testing

@testable import Runbooks

@Suite("Imported integrations and conditions")
struct VendorIntegrationImportTests {
  private typealias V = VendorDocuments

  private func method(_ keys: String) throws -> (Method, [String]) {
    let read = V.read(integration: V.integration(methods: V.method(keys)))
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    return (
      try #require(read.integrations.first?.document.methods.first),
      read.faults.map { "\($0.code.rawValue) \($0.message)" }
    )
  }

  @Test("A method is imported with its rows, body and outputs")
  func whole() throws {
    let (method, faults) = try method(
      #"""
      "method": 4, "resource": "/items/", "path": "<<id>>", "authorizationtype": -1,
      "requesttype": 1, "requestbody": "{\"a\": <<b>>}",
      "encrypt_response_body": true, "remove_charset_header": true,
      "uri_params": [{"key": "q", "value": "<<x>>"}, {"key": "", "value": ""}],
      "headers": [{"key": "X-Key", "value": "", "encrypted": true}],
      "output_variables": [{"key": "A", "value": "response^id!"}, {"key": "B", "value": "<<response^name!>>"}]
      """#)
    #expect(method.id == V.guid)
    #expect(method.name == "call-it")
    #expect(method.title == "Call It")
    #expect(method.httpMethod == .patch)
    #expect(method.resource.source == "/items/<<id>>")
    #expect(method.inheritsAuthorization && method.encryptResponse && !method.sendsCharset)
    #expect(method.query.map(\.key) == ["q"])
    #expect(method.headers.map(\.value) == [.sealed])
    #expect(method.outputs.map(\.value.text) == ["response^id!", "response^name!"])
    #expect(method.inactiveReasons == [])
    #expect(faults == ["D166 the method `call-it` has `resource` and `path`: they are read as one behind the other"])
    #expect(method.vendor["resource"] == "\"/items/\"")
  }

  @Test("The vendor's numbers of HTTP methods and body kinds are read, unknown ones make the method inactive")
  func numbers() throws {
    for (number, httpMethod) in [(0, HTTPMethod.get), (1, .post), (2, .put), (3, .delete), (4, .patch)] {
      #expect(try method(#""method": \#(number), "requesttype": 0"#).0.httpMethod == httpMethod)
    }
    #expect(try method(#""method": 9, "requesttype": 0"#).0.inactiveReasons == ["`method` 9 is not known"])
    #expect(try method(#""method": 1, "requesttype": 7"#).0.inactiveReasons == ["`requesttype` 7 is not known"])
    #expect(try method(#""method": 1, "requestbody": "x""#).0.inactiveReasons == ["`requesttype` is missing"])
    #expect(
      try method(#""method": 1, "requesttype": 2, "requestbody": "<a/>""#).0.body == .xml(Template(literal: "<a/>")))
    #expect(try method(#""method": 1, "requesttype": 4, "requestbody": "t""#).0.body == .text(Template(literal: "t")))
    let form = try method(#""method": 1, "requesttype": 3, "body_mappings": [{"key": "k", "value": "v"}]"#).0
    #expect(form.body == .form([Row(key: "k", value: .template(Template(literal: "v")))]))
  }

  @Test("A body that pasting made is inactive, not guessed")
  func pastedBody() throws {
    let (method, faults) = try method(#""method": 1, "requesttype": 1, "requestbody": "{\"a\": <<x>>px}""#)
    #expect(method.inactiveReasons.count == 1)
    #expect(method.body == MethodBody.none)
    #expect(method.vendor["requestbody"] != nil)
    #expect(faults.first?.hasPrefix("D163 the method `call-it` does not run") == true)
  }

  @Test("A body on GET is kept, not sent, and warned about")
  func bodyOnGet() throws {
    let (method, faults) = try method(#""method": 0, "requesttype": 1, "requestbody": "{}""#)
    #expect(method.body == MethodBody.none)
    #expect(method.vendor["requestbody"] == "\"{}\"")
    #expect(method.vendor["requesttype"] == "1")
    #expect(faults == ["D165 the body of `call-it` is kept and not sent: a GET request has none"])
  }

  @Test("Method authorisation -1 inherits, 0 is none, the integration's own number inherits, others are inactive")
  func methodAuthorization() throws {
    #expect(try method(#""authorizationtype": -1"#).0.inheritsAuthorization)
    #expect(try !method(#""authorizationtype": 0"#).0.inheritsAuthorization)
    #expect(
      try method(#""authorizationtype": 4"#).0.inactiveReasons == [
        "`authorizationtype` 4 of its own arrives with a later release"
      ])
    let same = V.read(
      integration: V.integration(#""authorizationtype": 2"#, methods: V.method(#""authorizationtype": 2"#)))
    #expect(same.integrations.first?.document.methods.first?.inactiveReasons == [])
  }

  @Test(
    "Kinds of authorisation are read, and those that arrive later make their methods inactive",
    arguments: [
      (#""authorizationtype": 0"#, IntegrationAuthorization.none),
      (
        #""authorizationtype": 1, "headername": "X-Key", "headerprefix": "Key""#,
        .apiKeyHeader(name: "X-Key", prefix: "Key ", key: .entered)
      ),
      (#""authorizationtype": 2"#, .bearer(token: .entered)),
      (#""authorizationtype": 3, "username": "u""#, .basic(username: "u", password: .entered)),
      (#""authorizationtype": 4"#, .unsupported("OAuth 2 without `tokenurl` and `client_id`")),
      (#""authorizationtype": 5"#, .clientCertificate(ClientCertificateSettings(word: .certificate))),
      (#""authorizationtype": 8"#, .clientCertificate(ClientCertificateSettings(word: .mtls))),
      (
        #""authorizationtype": 4, "granttype": 9, "tokenurl": "https://t/x", "client_id": "c""#,
        .unsupported("OAuth 2 with `granttype` 9")
      ),
      (#""authorizationtype": 12"#, .unsupported("`authorizationtype` 12, which is not known")),
      (#""authorizationtype": 1"#, .unsupported("an API key without `headername`")),
    ])
  func authorization(keys: String, authorization: IntegrationAuthorization) {
    let read = V.read(integration: V.integration(keys))
    let document = read.integrations.first?.document
    #expect(document?.authorization == authorization)
    #expect(!read.faults.hasErrors)
    if case .unsupported = authorization {
      #expect(document?.methods.first?.inactiveReasons.count == 1)
      #expect(read.faults.contains { $0.code == .unsupportedAuthorization })
    } else {
      #expect(document?.methods.first?.inactiveReasons == [])
    }
    #expect(document.map { IntegrationDocument(canonicalJSON: $0.canonicalJSON) } == document)
  }

  @Test("OAuth 2 is taken over with its grant, names and times")
  func oauth2() throws {
    func settings(_ keys: String) throws -> OAuth2Settings {
      let common = #""authorizationtype": 4, "tokenurl": "https://t.example/x", "client_id": "c", "scope": "a b", "#
      let read = V.read(integration: V.integration(common + keys))
      let document = try #require(read.integrations.first?.document)
      #expect(IntegrationDocument(canonicalJSON: document.canonicalJSON) == document)
      #expect(document.methods.first?.inactiveReasons == [])
      guard case .oauth2(let settings) = document.authorization else { throw V.NotThere() }
      return settings
    }
    let own = try settings(#""granttype": 0, "response_token_name": "tok", "token_expiry_mins": 5"#)
    #expect(own.grant == .clientCredentials)
    #expect(own.clientAuthentication == .body)
    #expect(own.scope == "a b")
    #expect(own.tokenName == "tok")
    #expect(own.expires == .seconds(300))
    let password = try settings(#""granttype": 1, "username": "ann""#)
    #expect(password.grant == .password)
    #expect(password.username == "ann")
    for (number, pkce) in [(2, false), (3, true)] {
      let code = try settings(#""granttype": \#(number), "authorizationurl": "https://t.example/yes""#)
      #expect(code.grant == .authorizationCode)
      #expect(code.usesPKCE == pkce)
      #expect(code.authorizationURL == "https://t.example/yes")
    }
  }

  @Test("A JWT is taken over with its claims, and its key is to be entered")
  func jwt() throws {
    let keys =
      #""authorizationtype": 7, "client_id": "me", "tokenurl": "https://t/x", "#
      + #""jwt_extra_claims": [{"key": "aud", "value": "you"}, {"key": "role", "value": "r"}]"#
    let document = try #require(V.read(integration: V.integration(keys)).integrations.first?.document)
    guard case .jwt(let settings) = document.authorization else { throw V.NotThere() }
    #expect(settings.issuer == "me")
    #expect(settings.audience == "you")
    #expect(settings.allClaims?.source == #"{"iss":"me","aud":"you","role":"r"}"#)
    #expect(settings.exchange?.tokenURL == "https://t/x")
    #expect(RequiredSecrets.of(document) == [.integrationCredential(integration: "their-api", field: "key")])
    #expect(IntegrationDocument(canonicalJSON: document.canonicalJSON) == document)
  }

  @Test("Credentials in an export are sealed under their own names and kept nowhere")
  func credentials() {
    let keys =
      #""authorizationtype": 4, "tokenurl": "https://t/x", "client_id": "public", "new_client_secret": "clear-1", "new_password": "clear-2""#
    let read = V.read(integration: V.integration(keys))
    #expect(
      read.sealed.map(\.slot) == [.integrationCredential(integration: "their-api", field: "client_secret")])
    // The grant has no password: it is taken out all the same, and that is said.
    #expect(read.faults.contains { $0.code == .clearSecret && $0.rendered.contains("`new_password`") })
    let json = String(decoding: read.integrations.first?.document.canonicalJSON ?? [], as: UTF8.self)
    #expect(!json.contains("clear-"))
    #expect(json.contains("public"))
  }

  @Test("An encrypted row in clear is sealed, a masked or blank one is to be entered")
  func rows() {
    for (value, count) in [("clear", 1), ("", 0), ("********", 0), ("••••", 0)] {
      let keys = #""headers": [{"key": "X-Key", "value": "\#(value)", "encrypted": true}]"#
      let read = V.read(integration: V.integration(methods: V.method(keys)))
      #expect(read.sealed.count == count, "\(value)")
      #expect(read.integrations.first?.document.methods.first?.headers.map(\.value) == [.sealed])
    }
  }

  @Test("An output without a known root is an error that names it")
  func outputs() {
    let read = V.read(
      integration: V.integration(methods: V.method(#""output_variables": [{"key": "A", "value": "reponse^id"}]"#)))
    #expect(
      read.faults.filter { $0.severity == .error }.map(\.message) == [
        "the output `A` begins with `reponse`, which is no root of an answer"
      ])
  }

  @Test("A resource that repeats the base URL adds nothing")
  func absoluteResource() throws {
    #expect(try method(#""resource": "https://api.example.com/v1/x""#).0.resource.source == "/v1/x")
  }

  @Test("Names become native names, and two methods of one name are told apart")
  func names() {
    let methods = V.method(#""method": 0"#) + "," + V.method(#""method": 0"#, guid: "other")
    let read = V.read(integration: V.integration(methods: methods))
    #expect(read.integrations.first?.document.methods.map(\.name) == ["call-it", "call-it-2"])
    #expect(VendorName.slug("  Ask OpenAI: a Question!  ") == "ask-openai-a-question")
    #expect(VendorName.slug("日本") == nil)
  }

  @Test("Methods of one name are told apart, also where the name with its number is another method's")
  func crowdedNames() throws {
    let names = ["Ask", "Ask 3", "Ask", "Ask 4"]
    let methods = names.enumerated().map { index, name in
      V.method(#""method": 0"#, guid: "guid-\(index)").replacing("Call It", with: name)
    }
    let read = V.read(integration: V.integration(methods: methods.joined(separator: ",")))
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    let document = try #require(read.integrations.first?.document)
    #expect(document.methods.map(\.name) == ["ask", "ask-3", "ask-4", "ask-4-4"])
    #expect(document.methods.map(\.title) == names)
  }

  @Test(
    "An integration whose name has no letter of ASCII is named by an id of the vendor's, and keeps its name",
    arguments: [
      (#""guid": "5B0F-7a52", "id": 12"#, "integration-5b0f-7a52"), (#""guid": null, "id": 12"#, "integration-12"),
      (#""id": null"#, "integration-618acec74e3849f4"),
    ])
  func foreignNames(keys: String, id: String) throws {
    let text = V.integration(keys + #", "authorizationtype": 0"#).replacing("Their API", with: "Сервис")
    let document = try #require(V.read(integration: text).integrations.first?.document)
    #expect(document.id == id)
    #expect(document.name == "Сервис")
    #expect(VendorExport.integration(document).lost == [])
    let nameless = text.replacing("Сервис", with: "")
    #expect(
      Documents.read([("i.json", nameless)]).faults.map(\.rendered) == [
        "i.json:1:1: error: the integration has no `name`; write one into the file [D103]"
      ])
  }

  @Test(
    "A body that is none says where and why",
    arguments: [
      (#"{\"a\": 1,}"#, 1, "at line 1, column 9: the body is not JSON: this character cannot stand here"),
      (#"{\"a\":\n 1 // one\n}"#, 1, "at line 2, column 4: the body is not JSON: this character cannot stand here"),
      (#"hello"#, 1, "at line 1, column 1: the body is not JSON: this character cannot stand here"),
      (
        #"{\"a\": \"b\n\"}"#, 1,
        "at line 1, column 9: the body is not JSON: a string has a broken escape or a control character"
      ),
      (
        #"{\"a\": <<x>>px}"#, 1, "at line 1, column 12: the body is not JSON: this character cannot stand here"
      ),
      (
        #"{\"a\": 1<<x>>}"#, 1,
        "at line 1, column 8: the placeholder stands for a whole value here, and there is text beside it"
      ),
      (#"<a <<b>>=\"1\"/>"#, 2, "at line 1, column 4: a placeholder may stand in text and in attribute values only"),
      (#"a\n<<b"#, 4, "at line 2, column 1: << has no >>"),
    ])
  func badBodies(body: String, type: Int, said: String) throws {
    let (method, faults) = try method(#""method": 1, "requesttype": \#(type), "requestbody": "\#(body)""#)
    #expect(method.inactiveReasons == ["`requestbody` cannot become a well-formed body, \(said)"])
    #expect(faults.contains { $0.hasSuffix(said) })
  }

  @Test("The header and the prefix of a token are taken over")
  func tokenPlaces() throws {
    func place(_ keys: String) throws -> TokenPlace? {
      let read = V.read(integration: V.integration(keys))
      #expect(!read.faults.contains { $0.code == .vendorKeyKept }, "\(read.faults.map(\.rendered))")
      return read.integrations.first?.document.authorization.tokenPlace
    }
    for type in [
      #""authorizationtype": 4, "tokenurl": "https://t.example/x", "client_id": "c""#,
      #""authorizationtype": 7, "tokenurl": "https://t.example/x", "client_id": "c""#,
    ] {
      #expect(try place(type) == TokenPlace())
      #expect(try place(type + #", "headername": "Authorization", "headerprefix": "Bearer""#) == TokenPlace())
      let zoho = try place(type + #", "headerprefix": "Zoho-oauthtoken""#)
      #expect(zoho?.header == "Authorization")
      #expect(zoho?.prefix == "Zoho-oauthtoken ")
      let own = try place(type + #", "headername": "X-Auth", "headerprefix": "Token ""#)
      #expect(own?.header == "X-Auth")
      #expect(own?.prefix == "Token ")
      #expect(try place(type + #", "headername": "X-Auth""#)?.prefix == "")
    }
  }

  private func condition(_ row: String) -> (StepKind?, ReadDocuments) {
    let keys = #""input_variables": [{"key": "a", "value": "1"}, {"key": "b", "value": "1"}]"#
    let step = V.step(
      1, type: 1, action: 6, isStart: true, keys: #""step_conditions": [\#(row)]"#,
      edges: [V.edge(1, 2, seq: 1), V.edge(1, 3, seq: 2)])
    let read = V.read(V.runbook(keys, steps: [step, V.end(2), V.end(3, action: 1)].joined(separator: ",")))
    return (read.runbooks.first?.document.steps.first?.kind, read)
  }

  @Test("Condition rows keep operator, sides and type")
  func conditions() throws {
    let cases: [(String, String, ConditionOperator, Operand?)] = [
      (
        #"{"tablename": "runbookvariable", "fieldname": "<<a>>", "type": 0, "value_string": "x"}"#, "a", .equals,
        .literal(.text("x"))
      ),
      (
        #"{"tablename": "runbookvariable", "fieldname": "a", "type": 5, "value_type": "int", "value_int": 0}"#, "a",
        .greater, .literal(.number("0"))
      ),
      (
        #"{"tablename": "faults", "fieldname": "status_id", "type": 1, "value_int": 9}"#, "ticket^status_id",
        .notEquals, .literal(.number("9"))
      ),
      (
        #"{"tablename": "runbookvariable", "fieldname": "<<a>>", "type": 23, "value_string": "1, 2 ,x"}"#, "a", .isIn,
        .list([.literal(.text("1")), .literal(.text("2")), .literal(.text("x"))])
      ),
      (#"{"tablename": "runbookvariable", "fieldname": "<<a^b[0]!>>", "type": 29}"#, "a^b[0]!", .hasValue, nil),
      (
        #"{"tablename": "runbookvariable", "fieldname": "<<a>>", "type": 8, "value_type": "float", "#
          + #""value_string": "", "value_float": 1.50}"#,
        "a", .lessOrEqual, .literal(.number("1.50"))
      ),
    ]
    for (row, left, op, right) in cases {
      guard case .condition(let groups)? = condition(row).0, let read = groups.groups.first?.first else {
        Issue.record("\(row)")
        continue
      }
      #expect(read.left == .path(try VariablePath(parsing: left)))
      #expect(read.op == op)
      #expect(read.right == right)
    }
  }

  @Test("A placeholder on the value side is read as a variable, with a note")
  func rightVariable() throws {
    let (kind, read) = condition(
      #"{"tablename": "runbookvariable", "fieldname": "<<a>>", "type": 0, "value_string": "<<b>>"}"#)
    guard case .condition(let groups)? = kind else {
      Issue.record("no condition")
      return
    }
    #expect(groups.groups.first?.first?.right == .path(try VariablePath(parsing: "b")))
    #expect(read.faults.contains { $0.code == .readAs })
  }

  @Test(
    "A condition that is not understood leaves the runbook inactive",
    arguments: [
      #"{"tablename": "runbookvariable", "fieldname": "<<a>>", "type": -11, "value_string": "x"}"#,
      #"{"tablename": "users", "fieldname": "a", "type": 0, "value_string": "x"}"#,
      #"{"tablename": "runbookvariable", "fieldname": "", "type": 0, "value_string": "x"}"#,
      #"{"tablename": "runbookvariable", "fieldname": "<<a>> <<b>>", "type": 0, "value_string": "x"}"#,
      #"{"tablename": "runbookvariable", "fieldname": "<<a>>", "type": 0}"#,
    ])
  func unknownConditions(row: String) {
    let (kind, read) = condition(row)
    guard case .unsupported? = kind else {
      Issue.record("understood")
      return
    }
    #expect(!read.faults.hasErrors)
    #expect(read.runbooks.first?.document.isActive == false)
  }
}
