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
    // What is no number is never read as none.
    let isNoNumber = object.isNoNumber("authorizationtype")
    let number = object.integer("authorizationtype", &context) ?? 0
    if number == 0, !isNoNumber { object.useNumber("authorizationtype") }
    let result: IntegrationAuthorization =
      switch number {
      case 0: isNoNumber ? .unsupported("an `authorizationtype` that is no whole number") : .none
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
    let prefix = prefix(object.text("headerprefix", &context))
    // An export writes it with its space: without one it is kept as it stands.
    if prefix == object.node["headerprefix"]?.text { object.use("headerprefix") }
    object.use("headername")
    object.useNumber("authorizationtype")
    return .apiKeyHeader(name: header, prefix: prefix, key: .entered)
  }

  /// What stands before a key or a token, with its own space.
  static func prefix(_ text: String?) -> String {
    guard let text else { return "" }
    return text.hasSuffix(" ") ? text : text + " "
  }

  /// The header of a token. `Bearer` stands before it in the usual one, where the document does not say another word; in a
  /// header of its own it stands alone, as a key does.
  static func tokenPlace(header: String?, prefix: String?) -> TokenPlace {
    var place = TokenPlace()
    if let header, header.lowercased() != place.header.lowercased() {
      place.header = header
      place.prefix = ""
    }
    if let prefix { place.prefix = self.prefix(prefix) }
    return place
  }

  private static func readTokenPlace(_ object: inout VendorObject, _ context: inout ReadingContext) -> TokenPlace {
    let header = object.text("headername", &context)
    let prefix = object.text("headerprefix", &context)
    let place = tokenPlace(header: header, prefix: prefix)
    if let header { NameRules.checkHeader(header, at: object.place("headername"), &context) }
    // What an export leaves out or writes otherwise is kept as it stands.
    if header == place.header, place.header != TokenPlace().header { object.use("headername") }
    if prefix == place.prefix, tokenPlace(header: place.header, prefix: nil) != place { object.use("headerprefix") }
    if header != nil, prefix == nil, place.prefix.isEmpty {
      context.warn(
        .readAs, at: object.place("headername"),
        "`headername` without `headerprefix` is read as: the token stands alone in \(ShownName.of(place.header))",
        remedy: "set prefix under auth where a word stands before it")
    }
    return place
  }

  /// Keys that an integration with this authorisation keeps without a word: what was taken over but is written otherwise,
  /// what has a warning of its own, and what says nothing beside it.
  static func quiet(of authorization: IntegrationAuthorization, _ object: VendorObject) -> Set<String> {
    let others: Set<String> = [
      "scope", "granttype", "authorizationurl", "tokenurl", "client_id", "username", "response_token_name",
      "token_expiry_mins", "jwt_token_method", "jwt_certificate_id", "jwt_extra_claims", "algorithm", "headers_to_sign",
    ]
    let places: Set<String> = ["headername", "headerprefix", "bearername", "bearerlocation"]
    switch authorization {
    case .none, .unsupported: return others.union(places)
    case .apiKeyHeader, .apiKeyQuery, .oauth2: return others.union(["headername", "headerprefix"])
    case .bearer, .basic: return others.union(usualPlace(of: authorization, object))
    case .clientCertificate: return others
    case .signature:
      let prefix = object.says("signature_prefix") ? "signature_prefix" : "headerprefix"
      return others.union(["digest", "headername", prefix])
    case .jwt(let settings):
      let unused: Set<String> = settings.exchange == nil ? ["algorithm", "scope", "token_expiry_mins"] : ["algorithm"]
      return others.subtracting(unused).union(["headername", "headerprefix"])
    }
  }

  /// The keys that say what is sent in any case: the header `Authorization`, and the word of its scheme.
  private static func usualPlace(of authorization: IntegrationAuthorization, _ object: VendorObject) -> Set<String> {
    var result: Set<String> = []
    let scheme = if case .basic = authorization { "basic" } else { "bearer" }
    if object.node["headername"]?.text?.lowercased() == "authorization" { result.insert("headername") }
    let prefix = object.node["headerprefix"]?.text?.lowercased() ?? ""
    if [scheme, scheme + " "].contains(prefix) { result.insert("headerprefix") }
    return result
  }

  static let unknownOfBearer = ["bearerlocation", "bearername", "headername"]

  private static func bearer(_ object: inout VendorObject) -> IntegrationAuthorization {
    if let key = unknownOfBearer.first(where: object.isSet) {
      return .unsupported("a bearer token with `\(key)`, whose meaning is not known")
    }
    object.useNumber("authorizationtype")
    return .bearer(token: .entered)
  }

  private static func basic(_ object: inout VendorObject, _ context: inout ReadingContext) -> IntegrationAuthorization {
    object.use("username")
    object.useNumber("authorizationtype")
    return .basic(username: object.text("username", &context) ?? "", password: .entered)
  }

  private static func certificate(
    _ word: ClientCertificateSettings.Word, _ object: inout VendorObject
  ) -> IntegrationAuthorization {
    // `certificate_id` names a certificate of the vendor's installation: it is kept, and the certificate is entered.
    object.useNumber("authorizationtype")
    return .clientCertificate(ClientCertificateSettings(word: word))
  }

  private static let grants: [Int64: OAuth2Settings.Grant] = [
    0: .clientCredentials, 1: .password, 2: .authorizationCode, 3: .authorizationCode,
  ]

  private static func oauth2(_ object: inout VendorObject, _ context: inout ReadingContext) -> IntegrationAuthorization
  {
    if object.isNoNumber("granttype") { return .unsupported("OAuth 2 with a `granttype` that is no whole number") }
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
    settings.place = readTokenPlace(&object, &context)
    readToken(&object, &settings.tokenName, &settings.expires, &context)
    object.use("tokenurl", "client_id", "scope")
    object.useNumber("authorizationtype")
    object.useNumber("granttype")
    return .oauth2(settings)
  }

  /// What an import takes over of `token_expiry_mins`.
  static let tokenMinutes: ClosedRange<Int64> = 1...43_200

  private static func readToken(
    _ object: inout VendorObject, _ name: inout String, _ expires: inout Duration?, _ context: inout ReadingContext
  ) {
    if let text = object.text("response_token_name", &context) {
      name = text
      if name != OAuth2Settings.standardTokenName { object.use("response_token_name") }
    }
    guard let minutes = object.integer("token_expiry_mins", &context), minutes != 0 else { return }
    guard tokenMinutes.contains(minutes) else {
      return context.warn(
        .badValue, at: object.place("token_expiry_mins"),
        "`token_expiry_mins` \(minutes) is kept and not honoured: a token is kept for 30 days at most")
    }
    expires = .seconds(minutes * 60)
    object.useNumber("token_expiry_mins")
  }

  /// The claims are rows of key and value; the key is a certificate of the vendor's installation.
  private static func jwt(_ object: inout VendorObject, _ context: inout ReadingContext) -> IntegrationAuthorization {
    var settings = AssertionSettings(key: .entered, encoding: .pem, algorithm: .rsaPKCS1SHA256)
    let claims = claims(object, &context)
    settings.issuer = claims.issuer ?? object.text("client_id", &context)
    settings.subject = claims.subject
    settings.audience = claims.audience
    settings.claims = claims.further
    guard settings.allClaims != nil else { return .unsupported("JWT with claims that cannot be read") }
    if let tokenURL = object.text("tokenurl", &context) {
      var exchange = AssertionSettings.Exchange(tokenURL: tokenURL)
      guard settings.allClaims?.placeholders.isEmpty == true else {
        return .unsupported("JWT with claims that cannot be read")
      }
      exchange.scope = object.text("scope", &context)
      readToken(&object, &exchange.tokenName, &exchange.expires, &context)
      settings.exchange = exchange
      object.use("tokenurl", "scope")
    }
    settings.place = readTokenPlace(&object, &context)
    object.useNumber("authorizationtype")
    // The table is kept as it stands, unless one of its values is a secret there.
    if claims.hasEncrypted { object.use("jwt_extra_claims") }
    if claims.issuer == nil || claims.hasEncrypted { object.use("client_id") }
    context.warn(
      .readAs, at: object.place("authorizationtype"),
      "the token is signed with RS256, with `client_id` as its issuer, and the key is to be entered")
    for key in ["jwt_token_method", "jwt_certificate_id"] where object.isSet(key) {
      context.warn(
        .vendorKeyKept, at: object.place(key), "`\(key)` of the integration is kept and not honoured",
        remedy: "set algorithm and key under auth")
    }
    return .jwt(settings)
  }

  /// What `jwt_extra_claims` says.
  struct Claims: Equatable {
    var issuer: String?
    var subject: String?
    var audience: String?
    var further: JSONTemplate?
    var hasEncrypted = false
  }

  static func claims(_ object: VendorObject, _ context: inout ReadingContext) -> Claims {
    var result = Claims()
    var further = JSONWriter()
    further.beginObject()
    var names: Set<String> = []
    let rows = object.elements("jwt_extra_claims", &context).enumerated()
    for (index, node) in rows where !VendorObject.isBlankRow(node) {
      let what = "row \(index + 1) of `jwt_extra_claims`"
      guard node.mapping != nil, let row = VendorObject(node, what: what, &context),
        let name = row.text("key", &context)
      else {
        context.warn(.vendorKeyKept, at: node.place, "\(what) has no key: it is kept and not honoured")
        continue
      }
      let value = row.text("value", &context) ?? ""
      if row.bool("encrypted", &context, unreadable: true) == true { result.hasEncrypted = true }
      switch name {
      case "iss": result.issuer = value
      case "sub": result.subject = value
      case "aud": result.audience = value
      case "iat", "exp", "jti": break
      default:
        guard names.insert(name).inserted else { continue }
        further.key(name)
        further.string(value)
      }
    }
    further.endObject()
    if !names.isEmpty {
      result.further = try? JSONTemplate(parsing: String(decoding: further.finish(), as: UTF8.self))
    }
    return result
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
