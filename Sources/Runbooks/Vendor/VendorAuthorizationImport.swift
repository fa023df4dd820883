import Encodings
import SourceText

/// Imports how the calls of a vendor integration are authorised (runbook-documents.md §2.7).
enum VendorAuthorizationImport {
  /// What stands where a vendor document has no redirect URI: the tenant's own, which is not in it.
  static let redirectURI = "http://127.0.0.1/"

  /// How calls are authorised, and why methods that inherit it do not run yet, one clause each.
  static func read(
    _ object: inout VendorObject, integration: String, _ context: inout ReadingContext
  ) -> (authorization: IntegrationAuthorization, reasons: [String]) {
    var reasons: [String] = []
    let number = object.integer("authorizationtype", &context) ?? 0
    if number == 0 { object.use("authorizationtype") }
    let result: IntegrationAuthorization =
      switch number {
      case 0: .none
      case 1: apiKey(&object, &context)
      case 2: bearer(&object)
      case 3: basic(&object, &context)
      case 4: oauth2(&object, &context)
      case 5: certificate(.certificate, &object)
      case 6: signature(&object, &reasons, &context)
      case 7: jwt(&object, &context)
      case 8: certificate(.mtls, &object)
      default: .unsupported("`authorizationtype` \(number), which is not known")
      }
    let secretField = if case .signature = result { "key" } else { "client_secret" }
    for (key, field) in [
      ("new_password", "password"), ("password", "password"), ("new_client_secret", secretField),
      ("client_secret", secretField),
    ] {
      let isWanted = result.credentials.contains { $0.field == field }
      sealCredential(key, as: isWanted ? field : nil, of: &object, integration: integration, &context)
    }
    if case .unsupported(let kind) = result {
      context.warn(
        .unsupportedAuthorization, at: object.place("authorizationtype"),
        "authorisation by \(kind) is not taken over; methods that use it do not run")
      reasons.append("its authorisation (\(kind)) arrives with a later release")
    }
    return (result, reasons)
  }

  private static func signature(
    _ object: inout VendorObject, _ reasons: inout [String], _ context: inout ReadingContext
  ) -> IntegrationAuthorization {
    let read = VendorSigning.read(&object, &context)
    reasons += read.obstacles.map(\.reason)
    return .signature(read.signing)
  }

  private static func apiKey(_ object: inout VendorObject, _ context: inout ReadingContext) -> IntegrationAuthorization
  {
    guard let header = object.text("headername", &context) else {
      return .unsupported("an API key without `headername`")
    }
    NameRules.checkHeader(header, at: object.place("headername"), &context)
    let prefix = object.text("headerprefix", &context).map { $0.hasSuffix(" ") ? $0 : $0 + " " } ?? ""
    object.use("headername", "headerprefix", "authorizationtype")
    return .apiKeyHeader(name: header, prefix: prefix, key: .entered)
  }

  private static func bearer(_ object: inout VendorObject) -> IntegrationAuthorization {
    if let key = ["bearerlocation", "bearername", "headername"].first(where: object.says) {
      return .unsupported("a bearer token with `\(key)`, whose meaning is not known")
    }
    object.use("authorizationtype")
    return .bearer(token: .entered)
  }

  private static func basic(_ object: inout VendorObject, _ context: inout ReadingContext) -> IntegrationAuthorization {
    object.use("username", "authorizationtype")
    return .basic(username: object.text("username", &context) ?? "", password: .entered)
  }

  private static func certificate(
    _ word: ClientCertificateSettings.Word, _ object: inout VendorObject
  ) -> IntegrationAuthorization {
    // `certificate_id` names a certificate of the vendor's installation: it is kept, and the certificate is entered.
    object.use("authorizationtype")
    return .clientCertificate(ClientCertificateSettings(word: word))
  }

  private static let grants: [Int64: OAuth2Settings.Grant] = [
    0: .clientCredentials, 1: .password, 2: .authorizationCode, 3: .authorizationCode,
  ]

  private static func oauth2(_ object: inout VendorObject, _ context: inout ReadingContext) -> IntegrationAuthorization
  {
    let number = object.integer("granttype", &context) ?? 0
    guard let grant = grants[number] else { return .unsupported("OAuth 2 with `granttype` \(number)") }
    guard let tokenURL = object.text("tokenurl", &context), let clientID = object.text("client_id", &context) else {
      return .unsupported("OAuth 2 without `tokenurl` and `client_id`")
    }
    var settings = OAuth2Settings(grant: grant, tokenURL: tokenURL, clientID: clientID)
    // The vendor's client sends the secret in the body.
    settings.clientAuthentication = .body
    settings.scope = object.text("scope", &context)
    switch grant {
    case .clientCredentials: break
    case .password:
      guard let username = object.text("username", &context) else {
        return .unsupported("OAuth 2 with a password and no `username`")
      }
      settings.username = username
      object.use("username")
    case .authorizationCode:
      guard let authorizationURL = object.text("authorizationurl", &context) else {
        return .unsupported("OAuth 2 with a code and no `authorizationurl`")
      }
      settings.authorizationURL = authorizationURL
      settings.redirectURI = redirectURI
      settings.usesPKCE = number == 3
      object.use("authorizationurl")
      context.warn(
        .readAs, at: object.place("granttype"),
        "the redirect URI is the vendor's own and not in the document: `redirect_uri` is \(redirectURI) until you set the "
          + "one that your client is registered with")
    }
    readToken(&object, &settings.tokenName, &settings.expires, &context)
    object.use("authorizationtype", "granttype", "tokenurl", "client_id", "scope")
    return .oauth2(settings)
  }

  private static func readToken(
    _ object: inout VendorObject, _ name: inout String, _ expires: inout Duration?, _ context: inout ReadingContext
  ) {
    if let text = object.text("response_token_name", &context) {
      name = text
      object.use("response_token_name")
    }
    guard let minutes = object.integer("token_expiry_mins", &context), minutes != 0 else { return }
    guard (1...43_200).contains(minutes) else {
      return context.warn(
        .badValue, at: object.place("token_expiry_mins"),
        "`token_expiry_mins` \(minutes) is kept and not honoured: a token is kept for 30 days at most")
    }
    expires = .seconds(minutes * 60)
    object.use("token_expiry_mins")
  }

  /// The claims are rows of key and value; the key is a certificate of the vendor's installation.
  private static func jwt(_ object: inout VendorObject, _ context: inout ReadingContext) -> IntegrationAuthorization {
    var settings = AssertionSettings(key: .entered, encoding: .pem, algorithm: .rsaPKCS1SHA256)
    settings.issuer = object.text("client_id", &context)
    var claims = JSONWriter()
    claims.beginObject()
    var names: Set<String> = []
    for row in object.elements("jwt_extra_claims", &context) {
      guard var row = VendorObject(row, what: "a claim", &context), let name = row.text("key", &context) else {
        continue
      }
      let value = row.text("value", &context) ?? ""
      switch name {
      case "iss": settings.issuer = value
      case "sub": settings.subject = value
      case "aud": settings.audience = value
      case "iat", "exp", "jti": break
      default:
        guard names.insert(name).inserted else { continue }
        claims.key(name)
        claims.string(value)
      }
      row.use("key", "value")
    }
    claims.endObject()
    if !names.isEmpty {
      settings.claims = try? JSONTemplate(parsing: String(decoding: claims.finish(), as: UTF8.self))
    }
    if let tokenURL = object.text("tokenurl", &context) {
      var exchange = AssertionSettings.Exchange(tokenURL: tokenURL)
      exchange.scope = object.text("scope", &context)
      readToken(&object, &exchange.tokenName, &exchange.expires, &context)
      settings.exchange = exchange
      object.use("tokenurl", "scope")
    }
    guard settings.allClaims != nil, settings.exchange == nil || settings.allClaims?.placeholders.isEmpty == true else {
      return .unsupported("JWT with claims that cannot be read")
    }
    object.use("authorizationtype", "client_id", "jwt_extra_claims")
    context.warn(
      .readAs, at: object.place("authorizationtype"),
      "the token is signed with RS256, with `client_id` as its issuer, and the key is to be entered")
    for key in ["jwt_token_method", "jwt_certificate_id"] where object.says(key) {
      context.warn(
        .vendorKeyKept, at: object.place(key), "`\(key)` of the integration is kept and not honoured",
        remedy: "set algorithm and key under auth")
    }
    return .jwt(settings)
  }

  /// A credential is never kept among the extras, whatever becomes of the rest.
  ///
  /// - Parameter field: nil where the authorisation has no such credential: it is taken out, and nowhere sealed.
  private static func sealCredential(
    _ key: String, as field: String?, of object: inout VendorObject, integration: String,
    _ context: inout ReadingContext
  ) {
    defer { object.use(key) }
    guard let text = object.text(key, &context), !VendorObject.isBlankOrMasked(text) else { return }
    guard let field else {
      context.warn(
        .clearSecret, at: object.place(key),
        "`\(key)` is no credential of this authorisation and is not kept; the file still holds it")
      return
    }
    let slot = SealedSlot.integrationCredential(integration: integration, field: field)
    guard !context.sealed.contains(where: { $0.slot == slot }) else { return }
    context.seal(text, as: slot, what: "`\(key)`", at: object.place(key))
  }
}
