import Encodings
package import MessageSignatures

/// A token that the service signs itself (RFC 7519): sent with each request, or exchanged for a token of an
/// authorisation server (RFC 7523 §2.1).
package struct AssertionSettings: Equatable, Sendable {
  /// The exchange.
  package struct Exchange: Equatable, Sendable {
    package var tokenURL: String
    package var scope: String?
    package var parameters: [ClearParameter] = []
    package var tokenName = OAuth2Settings.standardTokenName
    /// How long a token is used whose answer does not say it; nil: until it is refused.
    package var expires: Duration?

    package init(tokenURL: String) { self.tokenURL = tokenURL }
  }

  package var key: CredentialSource
  package var encoding: SigningKeyText.Encoding
  package var algorithm: MessageSignatureAlgorithm
  package var keyID: String?
  /// `typ` of the header.
  package var type = "JWT"
  package var lifetime = Duration.seconds(300)
  package var issuer: String?
  package var subject: String?
  package var audience: String?
  /// A JSON object of further claims; nil: none.
  package var claims: JSONTemplate?
  /// Where the token goes: ours, or the one that it was exchanged for.
  package var place = TokenPlace()
  /// Nil: our token is sent as it is.
  package var exchange: Exchange?

  package init(key: CredentialSource, encoding: SigningKeyText.Encoding, algorithm: MessageSignatureAlgorithm) {
    self.key = key
    self.encoding = encoding
    self.algorithm = algorithm
  }

  /// What is signed: the named claims, then the further ones. Nil where that is no JSON object, or has a claim twice.
  package var allClaims: JSONTemplate? {
    var writer = JSONWriter()
    writer.beginObject()
    let named = [("iss", issuer), ("sub", subject), ("aud", audience)].compactMap { name, value in
      value.map { (name: name, value: $0) }
    }
    for claim in named {
      writer.key(claim.name)
      writer.string(claim.value)
    }
    writer.endObject()
    let open = String(decoding: writer.finish().dropLast(), as: UTF8.self)
    guard let claims else { return try? JSONTemplate(parsing: open + "}") }
    let isSpace: (UInt8) -> Bool = { " \t\r\n".utf8.contains($0) }
    let source = claims.source.utf8.drop(while: isSpace)
    guard source.first == UInt8(ascii: "{") else { return nil }
    let rest = source.dropFirst()
    let isEmpty = rest.first { !isSpace($0) } == UInt8(ascii: "}")
    // The template refuses a key that stands twice.
    return try? JSONTemplate(
      parsing: open + (named.isEmpty || isEmpty ? "" : ",") + String(decoding: rest, as: UTF8.self))
  }

  /// How a request is signed where a named key makes the token; nil for another key, or where the token is exchanged.
  package var signing: MethodSigning? {
    guard exchange == nil, let key = key.namedKey, let claims = allClaims else { return nil }
    var token = OutgoingToken(claims: claims)
    token.header = place.header
    token.prefix = place.prefix
    token.keyID = keyID
    token.type = type
    token.lifetime = lifetime
    return MethodSigning(form: .token(token), key: .named(key), encoding: encoding, algorithm: algorithm)
  }

  /// The settings of the token itself. Throws what would stop it at the first request.
  package func creation() throws(SigningFault) -> TokenCreation {
    guard algorithm.tokenName != nil else { throw .algorithm }
    return try TokenCreation(keyID: keyID, type: type, lifetimeSeconds: try OutgoingToken.seconds(lifetime))
  }
}
