import SourceText

/// Reads a native integration.
enum IntegrationReader {
  static func read(_ node: SourceNode, _ context: inout ReadingContext) -> IntegrationDocument? {
    guard let object = ObjectReader(node, as: .integration, part: "", &context) else { return nil }
    let id = object.text("integration", &context)
    if let id {
      NameRules.checkIdentifier(id, what: "the id", at: object.value("integration")?.place ?? node.place, &context)
    }
    let integration = id ?? ""
    let document = IntegrationDocument(
      id: integration, name: object.text("name", &context), notes: object.text("notes", &context) ?? "",
      baseURL: object.text("base_url", &context) ?? "",
      authorization: authorization(in: object, integration: integration, &context),
      methods: object.map("methods", &context).compactMap { name, key, value in
        NameRules.checkIdentifier(name, what: "the method", at: key.place, &context)
        return MethodReader.read(value, name: name, integration: integration, &context)
      },
      vendor: VendorReader.extras(of: object, &context))
    return id == nil ? nil : document
  }

  private static let laterTypes = ["oauth2", "certificate", "signature", "jwt", "mtls"]

  private static func authorization(
    in object: ObjectReader, integration: String, _ context: inout ReadingContext
  ) -> IntegrationAuthorization {
    guard let node = object.value("auth") else { return .none }
    if node.string == "none" { return .none }
    guard let reader = ObjectReader(node, as: .authorization, part: "auth", &context),
      let type = reader.text("type", &context)
    else { return .none }
    let used: [String]
    let result: IntegrationAuthorization
    func credential(_ field: String) -> CredentialSource {
      let slot = SealedSlot.integrationCredential(integration: integration, field: field)
      return CredentialReader.read(field, in: reader, slot: slot, &context)
    }
    switch type {
    case "none": (used, result) = ([], .none)
    case "bearer": (used, result) = (["token"], .bearer(token: credential("token")))
    case "basic":
      let username = required("username", in: reader, &context)
      (used, result) = (["username", "password"], .basic(username: username, password: credential("password")))
    case "api_key":
      (used, result) = (["header", "prefix", "query", "key"], apiKey(reader, key: credential("key"), &context))
    case "unsupported":
      (used, result) = (["description"], .unsupported(required("description", in: reader, &context)))
    default:
      if laterTypes.contains(type) {
        context.error(
          .later, at: reader.value("type")?.place ?? node.place,
          "authorisation of type `\(type)` arrives with a later release of Chancery")
      } else {
        reader.reportChoice("type", type, among: ["none", "bearer", "basic", "api_key"], &context)
      }
      return .none
    }
    let others = NativeObject.authorization.keys.map(\.name).filter { $0 != "type" && !used.contains($0) }
    reader.refuse(others, because: "authorisation of type `\(type)` has no such setting", &context)
    return result
  }

  private static func apiKey(
    _ reader: ObjectReader, key: CredentialSource, _ context: inout ReadingContext
  ) -> IntegrationAuthorization {
    if let name = reader.text("query", &context) {
      reader.refuse(["header", "prefix"], because: "the key goes into the query parameter", &context)
      return .apiKeyQuery(name: name, key: key)
    }
    let name = required("header", in: reader, &context)
    if !name.isEmpty { NameRules.checkHeader(name, at: reader.value("header")?.place ?? reader.node.place, &context) }
    return .apiKeyHeader(name: name, prefix: reader.text("prefix", &context) ?? "", key: key)
  }

  static func required(_ key: String, in reader: ObjectReader, _ context: inout ReadingContext) -> String {
    guard reader.has(key) else {
      context.error(.missingKey, at: reader.node.place, "`\(key)` is missing here")
      return ""
    }
    return reader.text(key, &context) ?? ""
  }
}
