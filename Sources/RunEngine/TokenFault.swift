import Labels

/// Why there is no token for a method: an error code of the authorisation server (RFC 6749 §5.2), or what stood in the way.
/// Raw values are recorded (docs/spec/run-history.md).
package enum TokenFault: RawRepresentable, Hashable, Sendable {
  case invalidRequest
  case invalidClient
  case invalidGrant
  case unauthorizedClient
  case unsupportedGrantType
  case invalidScope
  case accessDenied
  case unsupportedResponseType
  case serverError
  case temporarilyUnavailable
  /// The answer said that all went well, and was no token and none of these errors.
  case unreadable
  /// There is a token, of another type than `Bearer`.
  case tokenType
  /// There is a token, whose `expires_in` is no whole number of seconds, or below zero.
  case tokenLifetime
  /// There is a token, or a refresh token, which is empty, too long or no text of visible characters.
  case tokenForm
  /// The answer had a status outside 200–299, and none of these errors.
  case status(Int)
  /// The grant needs a person, who has not said yes yet.
  case notAuthorized
  case timeout
  case dns
  case connect
  case tls
  case blocked
  case tooLarge
  case interrupted
  /// More calls wait for one token than may.
  case busy

  /// All that have no status.
  package static let named: [TokenFault] = [
    .invalidRequest, .invalidClient, .invalidGrant, .unauthorizedClient, .unsupportedGrantType, .invalidScope,
    .accessDenied, .unsupportedResponseType, .serverError, .temporarilyUnavailable, .unreadable, .tokenType,
    .tokenLifetime, .tokenForm, .notAuthorized, .timeout, .dns, .connect, .tls, .blocked, .tooLarge, .interrupted,
    .busy,
  ]

  /// Reads what `rawValue` gives; nil for anything else.
  package init?(rawValue: String) {
    if rawValue.hasPrefix("status ") {
      guard let code = Int(rawValue.dropFirst(7)), (0...999).contains(code) else { return nil }
      self = .status(code)
      return
    }
    guard let found = Self.named.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = found
  }

  package var rawValue: String {
    switch self {
    case .invalidRequest: "invalid_request"
    case .invalidClient: "invalid_client"
    case .invalidGrant: "invalid_grant"
    case .unauthorizedClient: "unauthorized_client"
    case .unsupportedGrantType: "unsupported_grant_type"
    case .invalidScope: "invalid_scope"
    case .accessDenied: "access_denied"
    case .unsupportedResponseType: "unsupported_response_type"
    case .serverError: "server_error"
    case .temporarilyUnavailable: "temporarily_unavailable"
    case .unreadable: "unreadable"
    case .tokenType: "type"
    case .tokenLifetime: "lifetime"
    case .tokenForm: "form"
    case .status(let code): "status \(code)"
    case .notAuthorized: "not-authorized"
    case .timeout: "timeout"
    case .dns: "dns"
    case .connect: "connect"
    case .tls: "tls"
    case .blocked: "blocked"
    case .tooLarge: "too-large"
    case .interrupted: "interrupted"
    case .busy: "busy"
    }
  }

  /// True for what nobody has said yes to, and for what is not good any more: which of them, a run does not tell.
  static func sentence(unauthorized integration: String) -> String {
    "The integration is not authorised by a person, or not any more (its address, trust or `auth` was changed since, or what "
      + "was given is over or was taken back): `chancery authorize \(integration)`."
  }

  /// One sentence for the log.
  var sentence: String {
    switch self {
    case .invalidRequest, .invalidClient, .invalidGrant, .unauthorizedClient, .unsupportedGrantType, .invalidScope,
      .accessDenied, .unsupportedResponseType, .serverError, .temporarilyUnavailable:
      "The authorisation server gave no token: \(rawValue) (RFC 6749)."
    case .unreadable: "The authorisation server's answer is no token and no error of RFC 6749."
    case .tokenType:
      "The authorisation server gave a token of another type than Bearer (`token_type`), which is not used here; ask for a "
        + "bearer token."
    case .tokenLifetime:
      "The authorisation server gave a token whose `expires_in` is no whole number of seconds, or is below zero."
    case .tokenForm:
      "The authorisation server gave a token, or a refresh token, that is empty, longer than "
        + "\(TokenAnswer.maximumTokenBytes) bytes, or no text of visible ASCII characters."
    case .status(let code):
      "The authorisation server answered with status \(code), and neither a token nor an error of RFC 6749."
    case .notAuthorized: Self.sentence(unauthorized: "INTEGRATION")
    case .timeout: "The authorisation server did not answer in time."
    case .dns: "The name of the authorisation server did not resolve; check token_url."
    case .connect: "No connection to the authorisation server could be made, or it broke before the answer came."
    case .tls: "The TLS handshake with the authorisation server failed."
    case .blocked:
      "The egress guard refused the token URL; `serve --allow-egress HOST:PORT` names exceptions."
    case .tooLarge: "The authorisation server's answer is over its limit."
    case .interrupted: "The service stopped while a token was being fetched; nothing of the method was sent."
    case .busy: "Too many calls wait for one token."
    }
  }
}
