/// How a token is had of an authorisation server (RFC 6749).
package struct OAuth2Settings: Equatable, Sendable {
  /// Raw values are as documents write them.
  package enum Grant: String, Sendable, CaseIterable {
    /// RFC 6749 §4.4.
    case clientCredentials = "client_credentials"
    /// RFC 6749 §4.3.
    case password
    /// RFC 6749 §4.1, begun by `chancery authorize`.
    case authorizationCode = "authorization_code"
  }

  /// How the client proves who it is at the token URL (RFC 6749 §2.3.1).
  package enum ClientAuthentication: String, Sendable, CaseIterable {
    case basic
    case body
    /// A public client: it has no secret.
    case none
  }

  package var grant: Grant
  package var tokenURL: String
  package var clientID: String
  package var clientSecret: CredentialSource
  package var clientAuthentication: ClientAuthentication
  package var scope: String?
  /// Of the password grant.
  package var username: String?
  package var password: CredentialSource
  /// Of the code grant: where a person says yes.
  package var authorizationURL: String?
  /// Of the code grant: where that person's browser is sent with the code.
  package var redirectURI: String?
  /// Of the code grant: RFC 7636, method S256.
  package var usesPKCE: Bool
  /// Sent to the token URL beside what the grant needs.
  package var parameters: [ClearParameter]
  /// The member of the answer that holds the token.
  package var tokenName: String
  /// How long a token is used whose answer does not say it; nil: until it is refused.
  package var expires: Duration?
  package var place: TokenPlace

  package init(grant: Grant, tokenURL: String, clientID: String) {
    self.grant = grant
    self.tokenURL = tokenURL
    self.clientID = clientID
    clientSecret = .entered
    clientAuthentication = .basic
    password = .entered
    usesPKCE = true
    parameters = []
    tokenName = Self.standardTokenName
    place = TokenPlace()
  }

  package static let standardTokenName = "access_token"

  /// Names that the grants set themselves: no further parameter has one of them.
  package static let ownParameters: Set<String> = [
    "grant_type", "client_id", "client_secret", "scope", "username", "password", "code", "redirect_uri",
    "code_verifier", "refresh_token", "assertion", "client_assertion", "response_type", "state", "code_challenge",
    "code_challenge_method",
  ]

  var credentials: [IntegrationAuthorization.Credential] {
    var found: [IntegrationAuthorization.Credential] = []
    if clientAuthentication != .none { found.append(.init(field: "client_secret", source: clientSecret)) }
    if grant == .password { found.append(.init(field: "password", source: password)) }
    return found
  }
}

/// A parameter that is no secret.
package struct ClearParameter: Equatable, Sendable {
  package var name: String
  package var value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
