/// Why there is no token for a method: an error code of the authorisation server (RFC 6749 §5.2), or what stood in the way.
/// Raw values are recorded (docs/spec/run-history.md).
package enum TokenFault: String, Hashable, Sendable, CaseIterable {
  case invalidRequest = "invalid_request"
  case invalidClient = "invalid_client"
  case invalidGrant = "invalid_grant"
  case unauthorizedClient = "unauthorized_client"
  case unsupportedGrantType = "unsupported_grant_type"
  case invalidScope = "invalid_scope"
  case accessDenied = "access_denied"
  case unsupportedResponseType = "unsupported_response_type"
  case serverError = "server_error"
  case temporarilyUnavailable = "temporarily_unavailable"
  /// The answer was no token and none of these errors.
  case unreadable
  /// The grant needs a person, who has not said yes yet.
  case notAuthorized = "not-authorized"
  case timeout
  case dns
  case connect
  case tls
  case blocked
  case tooLarge = "too-large"
  case interrupted
  /// More calls wait for one token than may.
  case busy

  /// One sentence for the log.
  var sentence: String {
    switch self {
    case .invalidRequest, .invalidClient, .invalidGrant, .unauthorizedClient, .unsupportedGrantType, .invalidScope,
      .accessDenied, .unsupportedResponseType, .serverError, .temporarilyUnavailable:
      "The authorisation server gave no token: \(rawValue) (RFC 6749)."
    case .unreadable: "The authorisation server's answer is no token and no error of RFC 6749."
    case .notAuthorized: "Nobody has authorised the integration yet: `chancery authorize INTEGRATION`."
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
