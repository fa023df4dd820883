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
    let authorization = AuthorizationReader.read(in: object, integration: integration, &context)
    let document = IntegrationDocument(
      id: integration, name: object.text("name", &context), notes: object.text("notes", &context) ?? "",
      baseURL: object.text("base_url", &context) ?? "",
      authorization: authorization,
      clientCertificate: AuthorizationReader.clientCertificate(
        in: object, beside: authorization, integration: integration, &context),
      trust: object.text("trust", &context) ?? "",
      methods: object.map("methods", &context).compactMap { name, key, value in
        NameRules.checkIdentifier(name, what: "the method", at: key.place, &context)
        return MethodReader.read(value, name: name, integration: integration, &context)
      },
      vendor: VendorReader.extras(of: object, &context))
    return id == nil ? nil : document
  }

  static func required(_ key: String, in reader: ObjectReader, _ context: inout ReadingContext) -> String {
    guard reader.has(key) else {
      context.error(.missingKey, at: reader.node.place, "`\(key)` is missing here")
      return ""
    }
    return reader.text(key, &context) ?? ""
  }
}
