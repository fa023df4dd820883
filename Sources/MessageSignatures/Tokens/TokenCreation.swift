package import Encodings

/// Makes JSON Web Tokens (RFC 7519) in the compact form of JWS (RFC 7515 §3.1). Short-lived: at most an hour.
package struct TokenCreation: Sendable {
  package let keyID: String?
  /// `typ`: `JWT` unless the receiver wants another (`at+jwt`, `secevent+jwt`).
  package let type: String
  package let lifetimeSeconds: Int64

  /// One claim: its name, and its value as JSON text, for which the caller vouches.
  package struct Claim: Sendable {
    package let name: String
    package let json: [UInt8]

    package init(_ name: String, json: [UInt8]) {
      self.name = name
      self.json = json
    }

    /// A claim that is a text.
    package init(_ name: String, text: String) {
      self.init(name, json: Array(JSONText.quoted(text).utf8))
    }
  }

  /// What it sets itself.
  package static let ownClaims = ["iat", "exp", "jti"]

  package init(keyID: String?, type: String = "JWT", lifetimeSeconds: Int64 = 300) throws(SigningFault) {
    guard (1...MessageSignatureLimits.tokenLifetimeSeconds).contains(lifetimeSeconds) else { throw .setting }
    guard type.utf8.allSatisfy({ StructuredField.isTokenByte($0) || $0 == 0x2F }), !type.isEmpty else {
      throw .setting
    }
    self.keyID = keyID
    self.type = type
    self.lifetimeSeconds = lifetimeSeconds
  }

  /// The token: the claims in their order, then `iat`, `exp` and, where there is one, `jti`.
  ///
  /// Throws `claim` for one of those three, `setting` for a claim that is there twice, `algorithm` for a signer that tokens
  /// do not have, and `keyTooShort` for an HMAC key of less than the hash (RFC 7518 §3.2).
  package func sign(
    _ claims: [Claim], with signer: some MessageSigner, now: Instant, id: String?
  ) throws(SigningFault) -> [UInt8] {
    guard let algorithm = signer.algorithm.tokenName else { throw .algorithm }
    if let secret = signer as? SecretSigner, secret.keyByteCount < 32 { throw .keyTooShort }
    var header = JSONWriter()
    header.beginObject()
    header.key("alg")
    header.string(algorithm)
    header.key("typ")
    header.string(type)
    if let keyID {
      header.key("kid")
      header.string(keyID)
    }
    header.endObject()
    let input = Self.encode(header.finish()) + [0x2E] + Self.encode(try payload(claims, now: now, id: id))
    let token = input + [0x2E] + Self.encode(try signer.sign(input))
    guard token.count <= MessageSignatureLimits.tokenBytes else { throw .setting }
    return token
  }

  private func payload(_ claims: [Claim], now: Instant, id: String?) throws(SigningFault) -> [UInt8] {
    var payload = JSONWriter()
    var seen: [[UInt8]] = []
    payload.beginObject()
    for claim in claims {
      let name = Array(claim.name.utf8)
      // Another name may be a value of the run, and is not told.
      if let own = Self.ownClaims.first(where: { name.elementsEqual($0.utf8) }) { throw .claim(own) }
      guard !seen.contains(name) else { throw .setting }
      seen.append(name)
      payload.key(claim.name)
      payload.raw(claim.json)
    }
    payload.key("iat")
    payload.integer(now.secondsSinceEpoch)
    payload.key("exp")
    payload.integer(now.secondsSinceEpoch + lifetimeSeconds)
    if let id {
      payload.key("jti")
      payload.string(id)
    }
    payload.endObject()
    return payload.finish()
  }

  private static func encode(_ bytes: [UInt8]) -> [UInt8] {
    Base64.encodeBytes(bytes, alphabet: .urlSafe, padded: false)
  }
}
