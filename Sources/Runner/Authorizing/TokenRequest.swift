import Destinations
import Encodings
import Labels
import MessageSignatures
import RunEngine
import Runbooks

/// Builds the request to a token endpoint. Everything secret in it is a labelled value.
struct TokenRequest: Sendable {
  /// What the token is asked for with.
  enum Grant: Sendable {
    /// What the document says.
    case own
    /// RFC 6749 §6.
    case refresh(LabeledText)
    /// RFC 6749 §4.1.3.
    case code(LabeledText, verifier: LabeledText?)
  }

  let settings: TokenSettings
  /// The integration's credentials, by field.
  let credentials: [String: LabeledText]
  let now: Instant

  /// The request, how its answer is read, and for how long a token lives whose answer does not say it.
  struct Built: Sendable {
    let request: RenderedRequest
    let reading: TokenAnswer.Reading
    let expires: Duration?
  }

  func build(_ grant: Grant) throws -> Built {
    switch settings.integration.authorization {
    case .oauth2(let oauth2): try build(grant, oauth2)
    case .jwt(let jwt): try build(grant, jwt)
    case .none, .bearer, .basic, .apiKeyHeader, .apiKeyQuery, .signature, .clientCertificate, .unsupported:
      throw FailureReason.history
    }
  }

  private func credential(_ field: String) throws -> LabeledText {
    guard let value = credentials[field] else {
      throw FailureReason.unresolved("the credential `\(field)` of \(settings.integration.id)")
    }
    return value
  }

  private func build(_ grant: Grant, _ oauth2: OAuth2Settings) throws -> Built {
    var form = TokenForm(holder: settings.integration.id)
    switch grant {
    case .own:
      form.add("grant_type", clear: oauth2.grant.rawValue)
      if oauth2.grant == .password {
        form.add("username", clear: oauth2.username ?? "")
        form.add("password", try credential("password"))
      }
      // Of these grants a person has to say yes first.
      if oauth2.grant == .authorizationCode { throw FailureReason.authorization(.notAuthorized) }
    case .refresh(let token):
      form.add("grant_type", clear: "refresh_token")
      form.add("refresh_token", token)
    case .code(let code, let verifier):
      form.add("grant_type", clear: "authorization_code")
      form.add("code", code)
      form.add("redirect_uri", clear: oauth2.redirectURI ?? "")
      if let verifier { form.add("code_verifier", verifier) }
    }
    if case .code = grant {} else if let scope = oauth2.scope { form.add("scope", clear: scope) }
    var headers = Self.headers
    switch oauth2.clientAuthentication {
    case .basic:
      let secret = try credential("client_secret")
      let value = Transforms.concatenate([
        LabeledText(clear: "Basic "),
        Transforms.clientCredentials(id: LabeledText(clear: oauth2.clientID), secret: secret),
      ])
      headers.append(RequestField("Authorization", RenderedText(value, uses: [form.use("client_secret", secret)])))
      form.used.append(secret)
    case .body:
      form.add("client_id", clear: oauth2.clientID)
      form.add("client_secret", try credential("client_secret"))
    case .none: form.add("client_id", clear: oauth2.clientID)
    }
    for parameter in oauth2.parameters { form.add(parameter.name, clear: parameter.value) }
    return Built(
      request: try request(form, headers),
      reading: settings.reading(tokenName: oauth2.tokenName, place: oauth2.place, used: form.used),
      expires: oauth2.expires)
  }

  private func build(_ grant: Grant, _ jwt: AssertionSettings) throws -> Built {
    guard let exchange = jwt.exchange, case .own = grant else { throw FailureReason.authorization(.invalidGrant) }
    var form = TokenForm(holder: settings.integration.id)
    form.add("grant_type", clear: "urn:ietf:params:oauth:grant-type:jwt-bearer")
    form.add(
      "assertion",
      try AssertionBuilding.signing(jwt, key: try credential("key"), holder: settings.integration.id, now: now) {
        // Claims of a token that all runs share hold no placeholder.
        try LabeledText(json: Array($0.source.utf8), label: .clear)
      }.assertion())
    if let scope = exchange.scope { form.add("scope", clear: scope) }
    for parameter in exchange.parameters { form.add(parameter.name, clear: parameter.value) }
    return Built(
      request: try request(form, Self.headers),
      reading: settings.reading(tokenName: exchange.tokenName, place: jwt.place, used: form.used),
      expires: exchange.expires)
  }

  private static let headers = [RequestField("Accept", RenderedText(clear: "application/json"))]

  private func request(_ form: TokenForm, _ headers: [RequestField]) throws -> RenderedRequest {
    try RenderedRequest(
      method: "POST", template: settings.template, values: [:], headers: headers, body: .form(form.fields))
  }
}

/// The body of a token request, and the secrets in it.
private struct TokenForm {
  let holder: String
  private(set) var fields: [RequestField] = []
  var used: [LabeledText] = []

  init(holder: String) { self.holder = holder }

  mutating func add(_ name: String, clear text: String) {
    fields.append(RequestField(name, RenderedText(clear: text)))
  }

  mutating func add(_ name: String, _ value: LabeledText) {
    fields.append(RequestField(name, RenderedText(value, uses: [use(name, value)])))
    used.append(value)
  }

  func use(_ name: String, _ value: LabeledText) -> ValueUse {
    ValueUse(name: "the \(name) of \(holder)", label: value.label)
  }
}

/// Puts together a token that the service signs itself.
enum AssertionBuilding {
  /// - Parameter claims: makes the claims' JSON text of their template.
  static func signing(
    _ jwt: AssertionSettings, key: LabeledText, holder: String, now: Instant,
    claims: (JSONTemplate) throws -> LabeledText
  ) throws -> RequestSigning {
    guard let template = jwt.allClaims else { throw SigningFault.setting }
    return try RequestSigning(
      .token(
        try jwt.creation(), header: jwt.place.header, prefix: jwt.place.prefix, claims: try claims(template),
        id: SigningBuilding.unique()),
      key: key, encoding: jwt.encoding, algorithm: jwt.algorithm, name: "the credential of \(holder)", now: now)
  }
}
