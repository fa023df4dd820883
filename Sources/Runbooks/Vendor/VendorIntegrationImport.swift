import SourceText

/// Imports the vendor's export of a custom integration (`OutboundIntegration`).
enum VendorIntegrationImport {
  /// Kept without a word: how the vendor's client shows it, what changes by itself, or ids of the vendor's rows.
  private static let quiet: Set<String> = [
    "id", "guid", "icon", "state", "safe_instances", "intent", "note", "notes", "group_id", "scope", "granttype",
    "authorizationurl", "tokenurl", "client_id", "username", "headername", "headerprefix", "bearername",
    "bearerlocation",
    "response_token_name", "token_expiry_mins", "jwt_token_method", "jwt_certificate_id", "jwt_extra_claims",
    "algorithm",
    "headers_to_sign",
  ]

  static func read(_ node: SourceNode, _ context: inout ReadingContext) -> IntegrationDocument? {
    guard var object = VendorObject(node, what: "the integration", &context) else { return nil }
    context.places.note("", at: node.place)
    guard let name = object.text("name", &context), let id = VendorName.slug(name) else {
      context.error(.missingKey, at: node.place, "the integration has no usable `name`")
      return nil
    }
    context.places.note("integration", at: object.place("name"))
    context.places.note("base_url", at: object.place("resourcebaseurl"))
    let authorization = authorization(&object, integration: id, &context)
    let type = object.integer("authorizationtype", &context)
    let base = object.text("resourcebaseurl", &context) ?? ""
    var names: Set<String> = []
    var methods: [Method] = []
    for (index, element) in object.elements("methods", &context).enumerated() {
      guard
        var method = VendorMethodImport.read(
          element, number: index + 1, integration: id, base: base, taken: names, authorizationType: type, &context)
      else { continue }
      if method.inheritsAuthorization, case .unsupported(let kind) = authorization {
        method.inactiveReasons.append("its authorisation (\(kind)) arrives with a later release")
      }
      names.insert(method.name)
      methods.append(method)
    }
    object.use("name", "resourcebaseurl", "methods")
    object.dropTestData(&context)
    object.warnAboutKept(quiet: quiet, &context)
    return IntegrationDocument(
      id: id, name: name, baseURL: base, authorization: authorization, methods: methods, vendor: object.extras(&context)
    )
  }

  private static let kinds: [Int64: String] = [
    4: "OAuth 2", 5: "certificate", 6: "request signing", 7: "JWT", 8: "mutual TLS",
  ]

  private static func authorization(
    _ object: inout VendorObject, integration: String, _ context: inout ReadingContext
  ) -> IntegrationAuthorization {
    func credential(_ key: String, as field: String, _ object: inout VendorObject) -> CredentialSource {
      sealCredential(key, as: field, of: &object, integration: integration, &context)
      return .entered
    }
    let number = object.integer("authorizationtype", &context) ?? 0
    let result: IntegrationAuthorization
    switch number {
    case 0: result = .none
    case 1:
      guard let header = object.text("headername", &context) else {
        result = .unsupported("an API key without `headername`")
        break
      }
      NameRules.checkHeader(header, at: object.place("headername"), &context)
      let prefix = object.text("headerprefix", &context).map { $0.hasSuffix(" ") ? $0 : $0 + " " } ?? ""
      result = .apiKeyHeader(name: header, prefix: prefix, key: .entered)
      object.use("headername", "headerprefix", "authorizationtype")
    case 2:
      let isPlain = !object.says("bearerlocation") && !object.says("headername")
      result = isPlain ? .bearer(token: .entered) : .unsupported("a bearer token in a place of its own")
      if isPlain { object.use("authorizationtype") }
    case 3:
      result = .basic(
        username: object.text("username", &context) ?? "", password: credential("new_password", as: "password", &object)
      )
      object.use("username", "authorizationtype")
    default: result = .unsupported(kinds[number] ?? "`authorizationtype` \(number), which is not known")
    }
    for (key, field) in [
      ("new_password", "password"), ("password", "password"), ("new_client_secret", "client_secret"),
      ("client_secret", "client_secret"),
    ] {
      sealCredential(key, as: field, of: &object, integration: integration, &context)
    }
    if case .unsupported(let kind) = result {
      context.warn(
        .unsupportedAuthorization, at: object.place("authorizationtype"),
        "authorisation by \(kind) arrives with a later release; methods that use it do not run")
    }
    return result
  }

  /// A credential is never kept among the extras, whatever becomes of the rest.
  private static func sealCredential(
    _ key: String, as field: String, of object: inout VendorObject, integration: String, _ context: inout ReadingContext
  ) {
    defer { object.use(key) }
    guard let text = object.text(key, &context), !VendorObject.isBlankOrMasked(text) else { return }
    let slot = SealedSlot.integrationCredential(integration: integration, field: field)
    guard !context.sealed.contains(where: { $0.slot == slot }) else { return }
    context.seal(text, as: slot, what: "`\(key)`", at: object.place(key))
  }
}
