import Cryptography
import Encodings
import Testing
import Webhooks

/// Endpoints, keys and requests as the tests of this room want them.
enum Fixture {
  static let now = Instant(secondsSinceEpoch: 1_800_000_000)
  static let secret = "correct-horse-battery-staple"
  static let publicURL = "https://hooks.example.net/api/automation/ep-1"
  static let target = "/api/automation/ep-1"
  static let token = "hvs.CAESIJ0123456789abcdefABCDEF"
  static let body = Array(#"{"id":"evt_1","amount":106524}"#.utf8)

  static func verifier(_ probe: (@Sendable (VerificationStep) -> Void)? = nil) -> WebhookVerifier {
    WebhookVerifier(decoyKey: GuardedBytes(copying: [UInt8](repeating: 7, count: 32)), probe: probe)
  }

  static func endpoint(
    _ authentication: EndpointAuthentication, access: EndpointConfiguration.Access = .internalAndPublic,
    isActive: Bool = true, timestampHeader: String? = nil, id: String = "ep-1"
  ) throws -> EndpointConfiguration {
    try EndpointConfiguration(
      id: id, access: access, isActive: isActive, authentication: authentication,
      timestampHeader: try timestampHeader.map { try HeaderName($0) }, publicURL: publicURL,
      settings: [SignatureScheme.topicSetting: "arn:ours"])
  }

  static func guarded(_ text: String) -> GuardedBytes { GuardedBytes(copying: Array(text.utf8)) }

  /// One key of the secret's text, fit for the authentication.
  static func keys(
    for authentication: EndpointAuthentication, secret: String = Fixture.secret, named name: String = "first",
    validity: KeyValidity = .always, epoch: String = ""
  ) throws -> EndpointKeys {
    switch authentication {
    case .none, .bearer: return .none
    case .messageSignature:
      return try EndpointKeys([
        try EndpointKey(
          text: guarded(secret), encoding: .utf8, messageAlgorithm: .hmacSHA256, keyID: "k", named: name,
          validity: validity)
      ])
    case .signature(let scheme):
      return try EndpointKeys([
        try EndpointKey(
          text: guarded(secret), encoding: .utf8, named: name, for: scheme, validity: validity
        ).named { _ in epoch }
      ])
    case .basic, .headerSecret, .uriSecret:
      return try EndpointKeys([
        try EndpointKey(secret: guarded(secret), named: name, for: authentication, validity: validity)
      ])
    }
  }

  static func hmac(_ message: [UInt8], _ hash: HMAC.Hash = .sha256, secret: String = Fixture.secret) -> [UInt8] {
    HMAC.authenticate(message, key: guarded(secret), hash: hash)
  }

  static func date(_ offsetSeconds: Int64 = 0) -> String {
    HTTPDate.format(now.advanced(byMilliseconds: offsetSeconds * 1_000))
  }

  static var github: SignatureScheme {
    get throws { try #require(SchemeCatalogue.builtIn.scheme(named: "github")) }
  }

  /// A recipe with two signed headers, one of them the time.
  static var datedRecipe: SignatureScheme {
    get throws {
      try SignatureRecipe(
        header: "X-Signature", prefix: "sha256=", headersToSign: ["X-Request-Date", "X-Request-Id"],
        timestampHeader: "X-Request-Date", patterns: ["X-Request-Id": "[0-9a-f]{8}"]
      ).scheme()
    }
  }

  static func request(
    _ headers: [(String, String)], target: String = Fixture.target, body: [UInt8] = Fixture.body
  ) -> UnverifiedRequest {
    UnverifiedRequest(
      method: "POST", target: target,
      headers: [RequestHeader("Content-Type", "application/json")] + headers.map { RequestHeader($0.0, $0.1) },
      body: body)
  }

  /// A request that is let in by the authentication.
  static func accepted(_ authentication: EndpointAuthentication) throws -> UnverifiedRequest {
    switch authentication {
    case .none: return request([])
    case .basic(let username):
      return request([("Authorization", "Basic \(Base64.encode(Array("\(username):\(secret)".utf8)))")])
    case .bearer: return request([("Authorization", "Bearer \(token)")])
    case .headerSecret(let header): return request([(header.text, secret)])
    case .uriSecret(let parameter): return request([], target: "\(target)?a=1&\(parameter.text)=\(secret)&b=2")
    case .messageSignature: return try MessageSignatureFixture.signed()
    case .signature(let scheme) where scheme.name == "github":
      return request([
        ("X-GitHub-Delivery", "72d3162e"), ("X-Hub-Signature-256", "sha256=\(Hex.encode(hmac(body)))"),
      ])
    case .signature:
      let signed = Array("\(date())0123abcd".utf8) + body
      return request([
        ("X-Request-Id", "0123abcd"), ("X-Request-Date", date()),
        ("X-Signature", "sha256=\(Hex.encode(hmac(signed)))"),
      ])
    }
  }

  /// Every authentication type, and the two signature schemes of the built-in catalogue.
  static var everyAuthentication: [EndpointAuthentication] {
    get throws {
      [
        .none, .basic(username: "hook"), .bearer, .signature(try github), .signature(try datedRecipe),
        .headerSecret(header: try HeaderName("X-Api-Secret")), .uriSecret(parameter: try ParameterName("secret")),
      ]
    }
  }

  /// Verifies with a bearer check that knows one token; its proof is the token's accessor.
  static func verify(
    _ request: UnverifiedRequest, _ endpoint: EndpointConfiguration?, _ keys: EndpointKeys,
    standsIn: Bool = false, now: Instant = Fixture.now, verifier: WebhookVerifier = Fixture.verifier()
  ) -> VerificationOutcome<String> {
    verifier.verify(request: request, endpoint: endpoint, keys: keys, standsIn: standsIn, now: now) { token in
      let isKnown = token.withUnsafeBufferPointer { ConstantTime.areEqual($0, Array(Fixture.token.utf8)) }
      return isKnown ? .allowed("accessor-1") : .refused
    }
  }

  static func refusal(
    _ request: UnverifiedRequest, _ authentication: EndpointAuthentication, now: Instant = Fixture.now
  ) throws -> WebhookRefusal? {
    verify(request, try endpoint(authentication), try keys(for: authentication), now: now).refusal
  }
}

extension VerificationOutcome {
  var refusal: WebhookRefusal? {
    guard case .refused(let reason, _) = self else { return nil }
    return reason
  }

  var skew: ClockSkew? {
    switch self {
    case .refused(_, let skew): skew
    case .verified(let request, _): request.skew
    }
  }

  var request: VerifiedRequest? {
    guard case .verified(let request, _) = self else { return nil }
    return request
  }

  var proof: Proof? {
    guard case .verified(_, let proof) = self else { return nil }
    return proof
  }
}

extension UnverifiedRequest {
  /// The request with one thing changed.
  func with(
    target: [UInt8]? = nil, headers: [RequestHeader]? = nil, body: [UInt8]? = nil
  ) -> UnverifiedRequest {
    UnverifiedRequest(
      method: method, target: target ?? self.target, headers: headers ?? self.headers, body: body ?? self.body)
  }

  func replacing(_ name: String, by value: String) -> UnverifiedRequest {
    with(headers: headers.map { $0.name == name ? RequestHeader(name, value) : $0 })
  }

  func removing(_ name: String) -> UnverifiedRequest { with(headers: headers.filter { $0.name != name }) }

  func adding(_ name: String, _ value: String) -> UnverifiedRequest {
    with(headers: headers + [RequestHeader(name, value)])
  }

  func value(_ name: String) -> String {
    headers.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) } ?? ""
  }
}
