import Encodings

/// Writes an integration in the vendor's form (`OutboundIntegration`).
enum VendorIntegrationExport {
  static func json(_ document: IntegrationDocument) -> VendorJSON {
    var json = VendorJSON(document.vendor)
    json.set("name", VendorName.slug(document.name) == document.id ? document.name : document.id)
    json.set("resourcebaseurl", document.baseURL)
    authorization(document.authorization, to: &json)
    if case .signature(let signing) = document.authorization {
      let inheriting = document.methods.filter(\.inheritsAuthorization)
      VendorSigning.write(
        signing,
        isHeldUp: { obstacle in
          inheriting.isEmpty || inheriting.contains { $0.inactiveReasons.contains(obstacle.reason) }
        }, to: &json)
    }
    var taken: Set<String> = []
    let methods = document.methods.enumerated().map { index, method in
      defer { taken.insert(method.name) }
      return self.method(method, number: index + 1, base: document.baseURL, taken: taken)
    }
    json.set("methods", json: "[" + methods.map(\.text).joined(separator: ",") + "]")
    return json
  }

  private static func authorization(_ authorization: IntegrationAuthorization, to json: inout VendorJSON) {
    func type(_ number: Int64) { json.keep("authorizationtype", number) }
    switch authorization {
    case .none: type(0)
    case .apiKeyHeader(let name, let prefix, _):
      type(1)
      json.set("headername", name)
      if !prefix.isEmpty { json.set("headerprefix", prefix) }
    case .bearer: type(2)
    case .basic(let username, _):
      type(3)
      json.set("username", username)
    case .oauth2(let settings):
      type(4)
      let grant: Int64 =
        switch settings.grant {
        case .clientCredentials: 0
        case .password: 1
        case .authorizationCode: settings.usesPKCE ? 3 : 2
        }
      json.set("granttype", grant)
      json.set("tokenurl", settings.tokenURL)
      json.set("client_id", settings.clientID)
      json.set("scope", settings.scope)
      json.set("username", settings.username)
      json.set("authorizationurl", settings.authorizationURL)
      token(settings.tokenName, settings.expires, to: &json)
    case .clientCertificate(let settings): type(settings.word == .mtls ? 8 : 5)
    case .jwt(let settings): jwt(settings, to: &json)
    case .apiKeyQuery, .signature, .unsupported: break
    }
  }

  private static func token(_ name: String, _ expires: Duration?, to json: inout VendorJSON) {
    if name != OAuth2Settings.standardTokenName { json.set("response_token_name", name) }
    if let expires { json.set("token_expiry_mins", expires.components.seconds / 60) }
  }

  private static func jwt(_ settings: AssertionSettings, to json: inout VendorJSON) {
    json.keep("authorizationtype", 7)
    json.set("client_id", settings.issuer)
    var claims: [(String, String)] = []
    if let subject = settings.subject { claims.append(("sub", subject)) }
    if let audience = settings.audience { claims.append(("aud", audience)) }
    if let source = settings.claims?.source, let tape = try? JSONTape(Array(source.utf8)) {
      for node in tape.children(tape.root) {
        claims.append((tape.key(node) ?? "", tape.string(node) ?? String(decoding: tape.text(node), as: UTF8.self)))
      }
    }
    json.setRows(
      "jwt_extra_claims",
      claims.map { key, value in
        var row = VendorJSON()
        row.set("key", key)
        row.set("value", value)
        return row
      })
    guard let exchange = settings.exchange else { return }
    json.set("tokenurl", exchange.tokenURL)
    json.set("scope", exchange.scope)
    token(exchange.tokenName, exchange.expires, to: &json)
  }

  private static func method(_ method: Method, number: Int, base: String, taken: Set<String>) -> VendorJSON {
    var json = VendorJSON(method.vendor)
    json.set("guid", method.id)
    let slug = VendorName.slug(method.title) ?? "method-\(number)"
    let isTitle = (taken.contains(slug) ? "\(slug)-\(number)" : slug) == method.name
    json.set("name", isTitle ? method.title : method.name)
    if !json.has("method") { json.set("method", method.httpMethod.vendorNumber) }
    url(method, base: base, to: &json)
    if !json.has("authorizationtype") { json.set("authorizationtype", method.inheritsAuthorization ? -1 : 0) }
    rows("uri_params", method.query, .query, of: method, to: &json)
    rows("headers", method.headers, .header, of: method, to: &json)
    body(method, to: &json)
    json.setRows("output_variables", method.outputs.map(VendorRowsExport.binding), blanks: method.vendor)
    VendorRowsExport.encryption(method.encryptResponse, method.outputs, to: &json)
    json.set("remove_charset_header", !method.sendsCharset)
    if method.responseKind == .file { json.set("response_is_file", true) }
    json.set("log_retention_policy_days", method.retentionDays.map(Int64.init))
    return json
  }

  /// `resource` and `path` of an import stay where they still make the same URL.
  private static func url(_ method: Method, base: String, to json: inout VendorJSON) {
    var context = ReadingContext(file: "kept")
    if json.has("resource") || json.has("path"), let node = json.node,
      var object = VendorObject(node, what: "the method", &context),
      VendorMethodImport.resource(&object, base: base, name: method.name, &context) == method.resource
    {
      return
    }
    json.set("resource", method.resource.source)
    if json.has("path") { json.set("path", "") }
  }

  private static func rows(
    _ key: String, _ rows: [Row], _ kind: RowKind, of method: Method, to json: inout VendorJSON
  ) {
    json.setRows(key, rows.map { VendorRowsExport.parameter($0, kind) }, blanks: method.vendor)
  }

  private static func body(_ method: Method, to json: inout VendorJSON) {
    // A body that came without its kind goes out without it.
    let isKept = json.has("requesttype") || method.inactiveReasons.contains(VendorMethodImport.missingKind)
    func type(_ number: Int64) { if !isKept { json.set("requesttype", number) } }
    switch method.body {
    case .none:
      type(0)
      if !json.has("body_mappings") { rows("body_mappings", [], .form, of: method, to: &json) }
    case .json(let template):
      type(1)
      json.set("requestbody", template.source)
    case .xml(let template):
      type(2)
      json.set("requestbody", template.source)
    case .form(let fields):
      type(3)
      rows("body_mappings", fields, .form, of: method, to: &json)
      return
    // The vendor sends no files; what is lost is named where the document is exported.
    case .file: break
    case .text(let template):
      type(4)
      json.set("requestbody", template.source)
    }
    if method.body != .none, !json.has("body_mappings") { rows("body_mappings", [], .form, of: method, to: &json) }
  }
}

extension HTTPMethod {
  /// The `method` number of vendor documents; nil where there is none.
  fileprivate var vendorNumber: Int64? { VendorMethodImport.httpMethods.first { $0.value == self }?.key }
}
