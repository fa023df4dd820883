import MessageSignatures
import SourceText

/// Reads how calls of an integration are authorised.
enum AuthorizationReader {
  /// The words of `type`, but for the one that only an import writes.
  static let types = [
    "none", "bearer", "basic", "api_key", "oauth2", "jwt", "signature", "mtls", "certificate",
  ]

  static func read(
    in object: ObjectReader, integration: String, _ context: inout ReadingContext
  ) -> IntegrationAuthorization {
    guard let node = object.value("auth") else { return .none }
    if node.string == "none" { return .none }
    guard let reader = ObjectReader(node, as: .authorization, part: "auth", &context),
      let type = reader.text("type", &context)
    else { return .none }
    let used: [String]
    let result: IntegrationAuthorization
    let place = CredentialPlace(reader: reader, integration: integration)
    switch type {
    case "none": (used, result) = ([], .none)
    case "bearer": (used, result) = (["token"], .bearer(token: place.read("token", &context)))
    case "basic":
      let username = IntegrationReader.required("username", in: reader, &context)
      (used, result) = (
        ["username", "password"], .basic(username: username, password: place.read("password", &context))
      )
    case "api_key":
      (used, result) = (
        ["header", "prefix", "query", "key"], apiKey(reader, key: place.read("key", &context), &context)
      )
    case "oauth2": (used, result) = (OAuth2Reader.keys, .oauth2(OAuth2Reader.read(place, &context)))
    case "jwt": (used, result) = (AssertionReader.keys, .jwt(AssertionReader.read(place, &context)))
    case "signature":
      guard reader.has("signing") else {
        context.error(.missingKey, at: node.place, "`signing` is missing here")
        return .none
      }
      guard let signing = SigningReader.read(reader, ofIntegration: integration, &context) else { return .none }
      (used, result) = (["signing"], .signature(signing))
    case "mtls", "certificate":
      (used, result) = (["certificate", "key"], .clientCertificate(certificate(type, place, key: "key", &context)))
    case "unsupported":
      (used, result) = (
        ["description"], .unsupported(IntegrationReader.required("description", in: reader, &context))
      )
    default:
      reader.reportChoice("type", type, among: types, &context)
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
    let name = IntegrationReader.required("header", in: reader, &context)
    if !name.isEmpty { NameRules.checkHeader(name, at: reader.value("header")?.place ?? reader.node.place, &context) }
    return .apiKeyHeader(name: name, prefix: reader.text("prefix", &context) ?? "", key: key)
  }

  /// `client_certificate`: a certificate beside the authorisation.
  static func clientCertificate(
    in object: ObjectReader, beside authorization: IntegrationAuthorization, integration: String,
    _ context: inout ReadingContext
  ) -> ClientCertificateSettings? {
    guard let node = object.value("client_certificate"),
      let reader = ObjectReader(
        node, as: .clientCertificate, part: object.path("client_certificate"), &context)
    else { return nil }
    if case .clientCertificate = authorization {
      object.refuse(["client_certificate"], because: "`auth` shows a certificate already", &context)
      return nil
    }
    return certificate(
      ClientCertificateSettings.Word.mtls.rawValue, CredentialPlace(reader: reader, integration: integration),
      key: "client_key", &context)
  }

  /// - Parameter key: the field that the private key is entered under.
  private static func certificate(
    _ type: String, _ place: CredentialPlace, key: String, _ context: inout ReadingContext
  ) -> ClientCertificateSettings {
    var settings = ClientCertificateSettings(
      word: ClientCertificateSettings.Word(rawValue: type) ?? .mtls, key: place.read("key", as: key, &context))
    guard let node = place.reader.value("certificate") else { return settings }
    if let text = node.string {
      if text.contains("PRIVATE KEY-----") {
        context.error(
          .clearSecret, at: node.place, "`certificate` holds a private key",
          remedy: "leave the certificate out here and enter both as one text with chancery set")
      } else {
        settings.chain = .document(text)
      }
    } else if let reader = ObjectReader(node, as: .credential, part: place.reader.path("certificate"), &context) {
      reader.refuse(["sealed"], because: "a certificate that is entered stands with its key, in `key`", &context)
      if let read = reader.value("secret").flatMap({ TextReader.reference($0, what: "`secret`", &context) }) {
        settings.chain = .secret(read)
      }
    }
    return settings
  }

  /// The header and the prefix of a token.
  static func tokenPlace(_ reader: ObjectReader, _ context: inout ReadingContext) -> TokenPlace {
    var place = TokenPlace()
    if let header = reader.text("header", &context) {
      NameRules.checkHeader(header, at: reader.value("header")?.place ?? reader.node.place, &context)
      place.header = header
    }
    if let prefix = reader.text("prefix", &context) { place.prefix = prefix }
    return place
  }

  /// Further parameters of a token request, in the order of the document.
  static func parameters(_ reader: ObjectReader, _ context: inout ReadingContext) -> [ClearParameter] {
    reader.map("parameters", &context).compactMap { name, key, value in
      guard !OAuth2Settings.ownParameters.contains(name) else {
        context.error(
          .conflictingKeys, at: key.place, "the parameter \(ShownName.of(name)) is set by the grant itself")
        return nil
      }
      guard let text = value.text else {
        context.error(.wrongType, at: value.place, "a parameter must be text, not \(value.kindName)")
        return nil
      }
      return ClearParameter(name: name, value: text)
    }
  }
}

/// Where credentials of an authorisation are read.
struct CredentialPlace {
  let reader: ObjectReader
  let integration: String

  /// A key that signs: as any credential, or a named key.
  func readKey(_ field: String, _ context: inout ReadingContext) -> CredentialSource {
    CredentialReader.keyOrNamed(
      field, in: reader, slot: .integrationCredential(integration: integration, field: field), &context)
  }

  /// - Parameter entered: the field that it is entered under, where that is another.
  func read(_ field: String, as entered: String? = nil, _ context: inout ReadingContext) -> CredentialSource {
    let slot = SealedSlot.integrationCredential(integration: integration, field: entered ?? field)
    return CredentialReader.read(field, in: reader, slot: slot, &context)
  }
}
