import Encodings

/// Writes an integration in the vendor's form (`OutboundIntegration`).
enum VendorIntegrationExport {
  static func json(_ document: IntegrationDocument) -> VendorJSON {
    var json = VendorJSON(document.vendor)
    let imported = VendorName.integration(
      document.name, guid: json.text(under: "guid"), id: json.text(under: "id"))
    json.set("name", imported == document.id ? document.name : document.id)
    json.fill("resourcebaseurl", document.baseURL.isEmpty ? nil : document.baseURL)
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
    let type = json.value("authorizationtype")?.whole
    let methods = document.methods.enumerated().map { index, method in
      defer { taken.insert(method.name) }
      return self.method(
        method, number: index + 1, base: document.baseURL, authorizationType: type, taken: taken)
    }
    json.setRows("methods", methods, blanks: document.vendor)
    if !json.has("methods") { json.set("methods", json: "[]") }
    return json
  }

  private static func authorization(_ authorization: IntegrationAuthorization, to json: inout VendorJSON) {
    func type(_ number: Int64) { json.keep("authorizationtype", number, unset: 0) }
    switch authorization {
    case .none: type(0)
    case .apiKeyHeader(let name, let prefix, _):
      type(1)
      json.set("headername", name)
      if VendorAuthorizationImport.prefix(json.text(under: "headerprefix")) != prefix {
        json.fill("headerprefix", prefix.isEmpty ? nil : prefix)
      }
    case .bearer:
      type(2)
      // With one of these an import does not know what it means.
      for key in VendorAuthorizationImport.unknownOfBearer where json.isSet(key) { json.clear(key) }
    case .basic(let username, _):
      type(3)
      json.fill("username", username.isEmpty ? nil : username)
    case .oauth2(let settings):
      type(4)
      let grant: Int64 =
        switch settings.grant {
        case .clientCredentials: 0
        case .password: 1
        case .authorizationCode: settings.usesPKCE ? 3 : 2
        }
      json.keep("granttype", grant, unset: 0)
      json.set("tokenurl", settings.tokenURL)
      json.set("client_id", settings.clientID)
      json.fill("scope", settings.scope)
      json.set("username", settings.username)
      json.set("authorizationurl", settings.authorizationURL)
      place(settings.place, to: &json)
      token(settings.tokenName, settings.expires, to: &json)
    case .clientCertificate(let settings): type(settings.word == .mtls ? 8 : 5)
    case .jwt(let settings): jwt(settings, to: &json)
    case .apiKeyQuery, .signature, .unsupported: break
    }
  }

  private static func token(_ name: String, _ expires: Duration?, to json: inout VendorJSON) {
    let standard = OAuth2Settings.standardTokenName
    if json.text(under: "response_token_name") ?? standard != name {
      json.fill("response_token_name", name == standard ? nil : name)
    }
    let range = VendorAuthorizationImport.tokenMinutes
    let minutes = expires.map { $0.components.seconds / 60 }.flatMap { range.contains($0) ? $0 : nil }
    json.fill("token_expiry_mins", minutes, in: range)
  }

  private static func place(_ place: TokenPlace, to json: inout VendorJSON) {
    func read() -> TokenPlace {
      VendorAuthorizationImport.tokenPlace(
        header: json.text(under: "headername"), prefix: json.text(under: "headerprefix"))
    }
    if read().header != place.header {
      json.fill("headername", place.header == TokenPlace().header ? nil : place.header)
    }
    if read() != place { json.fill("headerprefix", nil) }
    if read() != place { json.fill("headerprefix", place.prefix.isEmpty ? nil : place.prefix) }
  }

  private static func jwt(_ settings: AssertionSettings, to json: inout VendorJSON) {
    json.keep("authorizationtype", 7)
    claims(settings, to: &json)
    place(settings.place, to: &json)
    json.fill("tokenurl", settings.exchange?.tokenURL)
    guard let exchange = settings.exchange else { return }
    json.fill("scope", exchange.scope)
    token(exchange.tokenName, exchange.expires, to: &json)
  }

  /// The table goes out as it came in, where it still says the same.
  private static func claims(_ settings: AssertionSettings, to json: inout VendorJSON) {
    var context = ReadingContext(file: "kept")
    if let kept = json.node.flatMap({ VendorObject($0, what: "the integration", &context) }) {
      let read = VendorAuthorizationImport.claims(kept, &context)
      if read.subject == settings.subject, read.audience == settings.audience, read.further == settings.claims,
        read.issuer == nil || read.issuer == settings.issuer
      {
        if read.issuer == nil { json.fill("client_id", settings.issuer) }
        return
      }
    }
    json.fill("client_id", settings.issuer)
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
  }

  private static func method(
    _ method: Method, number: Int, base: String, authorizationType: Int64?, taken: Set<String>
  ) -> VendorJSON {
    var json = VendorJSON(method.vendor)
    json.set("guid", method.id)
    let slug = VendorName.slug(method.title) ?? "method-\(number)"
    let isTitle = VendorName.unused(slug, number: Int64(number), taken: taken) == method.name
    json.set("name", isTitle ? method.title : method.name)
    let isMethod = reads(json, as: method) { object, read, context in
      VendorMethodImport.readHTTPMethod(&object, into: &read, &context)
    } _: {
      $0.httpMethod == method.httpMethod
    }
    if !json.has("method") || !isMethod { json.set("method", method.httpMethod.vendorNumber) }
    url(method, base: base, to: &json)
    let isAuthorized = reads(json, as: method) { object, read, context in
      VendorMethodImport.readAuthorization(&object, integrationType: authorizationType, into: &read, &context)
    } _: {
      $0.inheritsAuthorization == method.inheritsAuthorization
    }
    if !json.has("authorizationtype") || !isAuthorized {
      json.set("authorizationtype", method.inheritsAuthorization ? -1 : 0)
    }
    rows("uri_params", method.query, .query, of: method, to: &json)
    rows("headers", method.headers, .header, of: method, to: &json)
    body(method, to: &json)
    json.setRows("output_variables", method.outputs.map(VendorRowsExport.binding), blanks: method.vendor)
    VendorRowsExport.encryption(method.encryptResponse, method.outputs, to: &json)
    json.fill("remove_charset_header", !method.sendsCharset)
    let isFile = method.responseKind == .file
    if isFile || json.has("response_is_file") { json.fill("response_is_file", isFile) }
    json.fill(
      "log_retention_policy_days", method.retentionDays.map(Int64.init), in: VendorRunbookImport.retentionDays)
    return json
  }

  /// Whether an import reads one setting of what is kept as the method has it, and finds nothing in its way that the method
  /// does not name.
  private static func reads(
    _ json: VendorJSON, as method: Method, _ read: (inout VendorObject, inout Method, inout ReadingContext) -> Void,
    _ isSame: (Method) -> Bool
  ) -> Bool {
    var context = ReadingContext(file: "kept")
    guard let node = json.node, var object = VendorObject(node, what: "the method", &context) else { return false }
    var again = Method(id: method.id, name: method.name, httpMethod: .get, resource: method.resource)
    read(&object, &again, &context)
    let isNamed = again.inactiveReasons.allSatisfy { reason in
      // Where exactly a body is at fault was not always said.
      method.inactiveReasons.contains { named in
        named == reason
          || [named, reason].allSatisfy { $0.hasPrefix(VendorMethodImport.badBody) }
      }
    }
    return isNamed && isSame(again)
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
    json.fill("resource", method.resource.source.isEmpty ? nil : method.resource.source)
    json.fill("path", nil)
  }

  private static func rows(
    _ key: String, _ rows: [Row], _ kind: RowKind, of method: Method, to json: inout VendorJSON
  ) {
    json.setRows(key, rows.map { VendorRowsExport.parameter($0, kind) }, blanks: method.vendor)
  }

  private static func readsNoBody(_ json: VendorJSON, _ method: Method) -> Bool {
    let hasFields = json.value("body_mappings")?.sequence?.contains(where: VendorRows.isRow) == true
    let form = hasFields ? [Row(key: "", value: .template(Template(literal: "")))] : []
    return reads(json, as: method) { object, read, context in
      read.httpMethod = method.httpMethod
      VendorMethodImport.readBody(&object, form: form, into: &read, &context)
    } _: {
      $0.body == .none
    }
  }

  private static func body(_ method: Method, to json: inout VendorJSON) {
    func type(_ number: Int64) { json.keep("requesttype", number) }
    switch method.body {
    case .none:
      // A body that is not sent goes out as it came, also without its kind.
      let isKept = json.has("requesttype") || method.inactiveReasons.contains(VendorMethodImport.missingKind)
      if !isKept || !readsNoBody(json, method) { type(0) }
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
