import MessageSignatures

/// Writes how calls of an integration are authorised.
enum AuthorizationWriting {
  static func write(_ authorization: IntegrationAuthorization, to writer: inout ObjectWriter) {
    guard authorization != .none else { return }
    writer.object("auth") { writer in
      switch authorization {
      case .none: writer.text("type", "none")
      case .bearer(let token):
        writer.text("type", "bearer")
        credential("token", token, to: &writer)
      case .basic(let username, let password):
        writer.text("type", "basic")
        writer.text("username", username)
        credential("password", password, to: &writer)
      case .apiKeyHeader(let name, let prefix, let key):
        writer.text("type", "api_key")
        writer.text("header", name)
        writer.text("prefix", prefix, unless: "")
        credential("key", key, to: &writer)
      case .apiKeyQuery(let name, let key):
        writer.text("type", "api_key")
        writer.text("query", name)
        credential("key", key, to: &writer)
      case .oauth2(let settings): write(settings, to: &writer)
      case .jwt(let settings): write(settings, to: &writer)
      case .signature(let signing):
        writer.text("type", "signature")
        SigningWriting.write(signing, to: &writer)
      case .clientCertificate(let settings): write(settings, to: &writer)
      case .unsupported(let description):
        writer.text("type", "unsupported")
        writer.text("description", description)
      }
    }
  }

  private static func write(_ settings: OAuth2Settings, to writer: inout ObjectWriter) {
    typealias Grant = OAuth2Settings.Grant
    writer.text("type", "oauth2")
    writer.text("grant", settings.grant.rawValue, unless: Grant.clientCredentials.rawValue)
    writer.text("token_url", settings.tokenURL)
    writer.text("client_id", settings.clientID)
    writer.text(
      "client_auth", settings.clientAuthentication.rawValue,
      unless: OAuth2Settings.ClientAuthentication.basic.rawValue)
    if settings.clientAuthentication != .none { credential("client_secret", settings.clientSecret, to: &writer) }
    writer.text("scope", settings.scope)
    if settings.grant == .password {
      writer.text("username", settings.username)
      credential("password", settings.password, to: &writer)
    }
    if settings.grant == .authorizationCode {
      writer.text("authorization_url", settings.authorizationURL)
      writer.text("redirect_uri", settings.redirectURI)
      writer.bool("pkce", settings.usesPKCE, unless: true)
    }
    fetched(
      settings.parameters, name: settings.tokenName, expires: settings.expires, place: settings.place, to: &writer)
  }

  private static func write(_ settings: AssertionSettings, to writer: inout ObjectWriter) {
    writer.text("type", "jwt")
    credential("key", settings.key, to: &writer)
    writer.text(
      "algorithm", settings.algorithm.rawValue, unless: MessageSignatureAlgorithm.rsaPKCS1SHA256.rawValue)
    writer.text(
      "encoding", settings.encoding.rawValue, unless: AssertionReader.standard(settings.algorithm).rawValue)
    writer.text("keyid", settings.keyID)
    writer.text("typ", settings.type, unless: "JWT")
    if settings.lifetime != .seconds(300) { writer.duration("lifetime", settings.lifetime) }
    writer.text("issuer", settings.issuer)
    writer.text("subject", settings.subject)
    writer.text("audience", settings.audience)
    writer.text("claims", settings.claims?.source)
    if let exchange = settings.exchange {
      writer.text("grant", "jwt_bearer")
      writer.text("token_url", exchange.tokenURL)
      writer.text("scope", exchange.scope)
      fetched(
        exchange.parameters, name: exchange.tokenName, expires: exchange.expires, place: settings.place, to: &writer)
    } else {
      place(settings.place, to: &writer)
    }
  }

  private static func write(_ settings: ClientCertificateSettings, to writer: inout ObjectWriter) {
    writer.text("type", settings.word.rawValue)
    parts(settings, to: &writer)
  }

  /// A certificate beside another authorisation.
  static func write(beside certificate: ClientCertificateSettings?, to writer: inout ObjectWriter) {
    guard let certificate else { return }
    writer.object("client_certificate") { parts(certificate, to: &$0) }
  }

  private static func parts(_ settings: ClientCertificateSettings, to writer: inout ObjectWriter) {
    switch settings.chain {
    case .withKey: break
    case .document(let text): writer.text("certificate", text)
    case .secret(let reference): credential("certificate", .secret(reference), to: &writer)
    }
    credential("key", settings.key, to: &writer)
  }

  private static func fetched(
    _ parameters: [ClearParameter], name: String, expires: Duration?, place: TokenPlace, to writer: inout ObjectWriter
  ) {
    if !parameters.isEmpty {
      writer.object("parameters") { writer in
        for parameter in parameters { writer.text(parameter.name, parameter.value) }
      }
    }
    writer.text("token_name", name, unless: OAuth2Settings.standardTokenName)
    writer.duration("expires", expires)
    self.place(place, to: &writer)
  }

  private static func place(_ place: TokenPlace, to writer: inout ObjectWriter) {
    writer.text("header", place.header, unless: TokenPlace().header)
    writer.text("prefix", place.prefix, unless: TokenPlace().prefix)
  }

  private static func credential(_ key: String, _ source: CredentialSource, to writer: inout ObjectWriter) {
    IntegrationWriting.credential(key, source, to: &writer)
  }
}

extension IntegrationDocument {
  /// How its calls are authorised, as one JSON text without white space: equal texts mean equal settings.
  package var authorizationJSON: [UInt8] {
    var writer = ObjectWriter()
    writer.object { AuthorizationWriting.write(authorization, to: &$0) }
    return writer.finish()
  }
}
