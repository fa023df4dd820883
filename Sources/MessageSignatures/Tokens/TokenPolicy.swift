/// What a verifier wants of a JSON Web Token, beyond that its signature is right (RFC 7519 §4.1, RFC 8725 §3).
package struct TokenPolicy: Sendable {
  /// The exact `iss`; nil for any or none.
  package let issuer: String?
  /// Must be, or be among, `aud`. With nil a token that names an audience is refused: it is meant for somebody else
  /// (RFC 7519 §4.1.3).
  package let audience: String?
  /// Names of claims that must be there, whatever they say. `exp` always must.
  package let requiredClaims: [String]
  /// The exact `typ`, compared without case; nil for any or none.
  package let type: String?
  /// Seconds of difference between the clocks that are forgiven, 0 to 300.
  package let leewaySeconds: Int64
  /// Seconds after `iat` within which a token counts; nil where only `exp` ends it.
  package let maximumAgeSeconds: Int64?

  package init(
    issuer: String?, audience: String?, requiredClaims: [String] = [], type: String? = nil, leewaySeconds: Int64 = 0,
    maximumAgeSeconds: Int64? = nil
  ) {
    self.issuer = issuer
    self.audience = audience
    self.requiredClaims = requiredClaims
    self.type = type
    self.leewaySeconds = min(max(leewaySeconds, 0), 300)
    self.maximumAgeSeconds = maximumAgeSeconds
  }
}
