import Encodings

/// The registered claims of a token against a policy and a clock (RFC 7519 §4.1).
struct TokenClaimsCheck {
  let claims: JSONTape
  let policy: TokenPolicy
  let now: Instant

  func run() throws(TokenRefusal) {
    for name in policy.requiredClaims where claims.member(claims.root, name) == nil { throw .claimMissing }
    try checkIssuer()
    try checkAudience()
    for name in ["sub", "jti"] {
      if let node = claims.member(claims.root, name), claims.kind(node) != .string { throw .claimsMalformed }
    }
    try checkTimes()
  }

  private func checkIssuer() throws(TokenRefusal) {
    let node = claims.member(claims.root, "iss")
    if let node, claims.kind(node) != .string { throw .claimsMalformed }
    guard let issuer = policy.issuer else { return }
    guard let node else { throw .claimMissing }
    // Bytes, not characters: two spellings of one character are two issuers.
    guard claims.stringBytes(node) == Array(issuer.utf8) else { throw .issuerWrong }
  }

  private func checkAudience() throws(TokenRefusal) {
    guard let node = claims.member(claims.root, "aud") else {
      if policy.audience != nil { throw .claimMissing }
      return
    }
    let audiences: [JSONTape.Node]
    switch claims.kind(node) {
    case .string: audiences = [node]
    case .array: audiences = claims.children(node)
    default: throw .claimsMalformed
    }
    let texts = audiences.compactMap(claims.stringBytes)
    guard texts.count == audiences.count else { throw .claimsMalformed }
    guard let audience = policy.audience, texts.contains(Array(audience.utf8)) else { throw .audienceWrong }
  }

  private func checkTimes() throws(TokenRefusal) {
    let seconds = now.secondsSinceEpoch
    guard let expires = try date("exp") else { throw .claimMissing }
    // "On or after" the time it is over (§4.1.4).
    guard seconds - policy.leewaySeconds < expires.seconds else { throw .expired }
    if let start = try date("nbf"), seconds + policy.leewaySeconds < start.roundedUp { throw .notYetValid }
    let issued = try date("iat")
    if let issued, seconds + policy.leewaySeconds < issued.roundedUp { throw .notYetValid }
    if let maximum = policy.maximumAgeSeconds {
      guard let issued else { throw .claimMissing }
      guard seconds - policy.leewaySeconds - issued.seconds <= maximum else { throw .tooOld }
    }
  }

  private func date(_ name: String) throws(TokenRefusal) -> NumericDate? {
    guard let node = claims.member(claims.root, name) else { return nil }
    guard let text = claims.numberText(node), let date = NumericDate(text) else { throw .claimsMalformed }
    return date
  }
}
