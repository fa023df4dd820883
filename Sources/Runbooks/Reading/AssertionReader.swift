import MessageSignatures
import SourceText

/// Reads `auth: { type: jwt, … }`.
enum AssertionReader {
  private static let exchangeKeys = ["token_url", "scope", "parameters", "token_name", "expires"]
  static let keys =
    [
      "grant", "key", "encoding", "algorithm", "keyid", "typ", "lifetime", "issuer", "subject", "audience", "claims",
      "header", "prefix",
    ] + exchangeKeys

  private enum Grant: String, CaseIterable {
    case none
    case jwtBearer = "jwt_bearer"
  }

  static func read(_ place: CredentialPlace, _ context: inout ReadingContext) -> AssertionSettings {
    let reader = place.reader
    let algorithm = reader.choice("algorithm", MessageSignatureAlgorithm.self, &context) ?? .rsaPKCS1SHA256
    var settings = AssertionSettings(
      key: place.readKey("key", &context),
      encoding: reader.choice("encoding", SigningKeyText.Encoding.self, &context) ?? standard(algorithm),
      algorithm: algorithm)
    settings.keyID = reader.text("keyid", &context)
    if let type = reader.text("typ", &context) { settings.type = type }
    if let lifetime = reader.duration("lifetime", &context) { settings.lifetime = lifetime }
    settings.issuer = reader.text("issuer", &context)
    settings.subject = reader.text("subject", &context)
    settings.audience = reader.text("audience", &context)
    settings.claims = reader.value("claims").flatMap { TextReader.json($0, what: "the claims", &context) }
    settings.place = AuthorizationReader.tokenPlace(reader, &context)
    if (reader.choice("grant", Grant.self, &context) ?? .none) == .jwtBearer {
      var exchange = AssertionSettings.Exchange(
        tokenURL: IntegrationReader.required("token_url", in: reader, &context))
      exchange.scope = reader.text("scope", &context)
      exchange.parameters = AuthorizationReader.parameters(reader, &context)
      if let name = reader.text("token_name", &context) { exchange.tokenName = name }
      exchange.expires = reader.duration("expires", &context)
      settings.exchange = exchange
    } else {
      reader.refuse(exchangeKeys, because: "only `grant: jwt_bearer` has it", &context)
    }
    check(settings, reader, &context)
    return settings
  }

  static func standard(_ algorithm: MessageSignatureAlgorithm) -> SigningKeyText.Encoding {
    algorithm.macHash == nil ? .pem : .utf8
  }

  private static func isKeyFit(_ settings: AssertionSettings) -> Bool {
    // Its type says what it is; whether it signs so is known where it is used.
    guard settings.key.namedKey == nil else { return true }
    guard settings.algorithm.macHash == nil else { return settings.encoding != .pem }
    return settings.encoding == .pem || (settings.algorithm == .ed25519 && settings.encoding != .utf8)
  }

  private static func check(
    _ settings: AssertionSettings, _ reader: ObjectReader, _ context: inout ReadingContext
  ) {
    let place = reader.node.place
    if settings.key.namedKey != nil, settings.exchange != nil {
      context.error(
        .conflictingKeys, at: reader.keyPlace("key"),
        "a named key signs tokens that are sent as they are, not those that are exchanged",
        remedy: "leave grant: jwt_bearer out, or write the key as a secret")
    }
    if (try? settings.creation()) == nil || !isKeyFit(settings) {
      context.error(
        .badValue, at: place,
        "a token lives 1s to 1h, in whole seconds; `typ` is a media type without its parameters; the algorithm is one of "
          + "JSON Web Tokens, and key pairs are written as pem")
    }
    guard let claims = settings.allClaims else {
      context.error(
        .badValue, at: reader.value("claims")?.place ?? place,
        "the claims must be one JSON object that has no claim twice; issuer, subject and audience are iss, sub and aud")
      return
    }
    if settings.exchange != nil, !claims.placeholders.isEmpty {
      context.error(
        .badValue, at: reader.value("claims")?.place ?? place,
        "a token that is fetched is shared by all runs: its claims cannot name values of one")
    }
  }
}
