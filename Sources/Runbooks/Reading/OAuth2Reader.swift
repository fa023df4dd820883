import SourceText

/// Reads `auth: { type: oauth2, … }`.
enum OAuth2Reader {
  static let keys = [
    "grant", "token_url", "client_id", "client_secret", "client_auth", "scope", "username", "password",
    "authorization_url", "redirect_uri", "pkce", "parameters", "token_name", "expires", "header", "prefix",
  ]

  static func read(_ place: CredentialPlace, _ context: inout ReadingContext) -> OAuth2Settings {
    let reader = place.reader
    let grant = reader.choice("grant", OAuth2Settings.Grant.self, &context) ?? .clientCredentials
    var settings = OAuth2Settings(
      grant: grant, tokenURL: IntegrationReader.required("token_url", in: reader, &context),
      clientID: IntegrationReader.required("client_id", in: reader, &context))
    if let way = reader.choice("client_auth", OAuth2Settings.ClientAuthentication.self, &context) {
      settings.clientAuthentication = way
    }
    if settings.clientAuthentication == .none {
      reader.refuse(["client_secret"], because: "a client with `client_auth: none` has no secret", &context)
      if grant == .clientCredentials {
        context.error(
          .conflictingKeys, at: reader.keyPlace("client_auth"),
          "a client without a secret cannot ask for a token of its own (RFC 6749 §4.4)")
      }
    } else {
      settings.clientSecret = place.read("client_secret", &context)
    }
    settings.scope = reader.text("scope", &context)
    if grant == .password {
      settings.username = IntegrationReader.required("username", in: reader, &context)
      settings.password = place.read("password", &context)
    } else {
      reader.refuse(["username", "password"], because: "only the grant `password` has it", &context)
    }
    if grant == .authorizationCode {
      settings.authorizationURL = IntegrationReader.required("authorization_url", in: reader, &context)
      settings.redirectURI = IntegrationReader.required("redirect_uri", in: reader, &context)
      settings.usesPKCE = reader.bool("pkce", &context) ?? true
    } else {
      reader.refuse(
        ["authorization_url", "redirect_uri", "pkce"], because: "only the grant `authorization_code` has it", &context)
    }
    settings.parameters = AuthorizationReader.parameters(reader, &context)
    if let name = reader.text("token_name", &context) { settings.tokenName = name }
    settings.expires = reader.duration("expires", &context)
    settings.place = AuthorizationReader.tokenPlace(reader, &context)
    return settings
  }
}
