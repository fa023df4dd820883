import Cryptography
import Encodings
import Testing

@testable import Webhooks

/// Endpoints with a handshake, and requests that are one.
enum ChallengeFixture {
  /// Schemes of senders that sign their handshake, or compute with the key.
  private static let schemes = """
    slack:
      signature: {in: header, name: X-Slack-Signature, tag: "v0=", encoding: hex}
      algorithm: hmac-sha256
      values: {t: {in: header, name: X-Slack-Request-Timestamp}}
      message: "v0:{t}:{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}
    x-twitter:
      signature: {in: header, name: x-twitter-webhooks-signature, tag: "sha256=", encoding: base64}
      algorithm: hmac-sha256
      message: "{body}"
    body:
      signature: {in: header, name: X-Sig, encoding: hex}
      algorithm: hmac-sha256
      message: "{body}"
    """

  static func scheme(_ name: String) throws -> SignatureScheme {
    let catalogue = try SchemeCatalogue.load(schemes, file: "schemes.yaml").get()
    return try #require(catalogue.scheme(named: name) ?? SchemeCatalogue.builtIn.scheme(named: name))
  }

  static func profile(_ name: String) throws -> ChallengeProfile {
    try #require(ChallengeCatalogue.builtIn.profile(named: name))
  }

  /// One profile from its text.
  static func custom(_ text: String) throws -> ChallengeProfile {
    try #require(try ChallengeCatalogue.load("own:\n" + text, file: "own.yaml").get().profile(named: "own"))
  }

  static func fault(_ text: String) throws -> WebhookFault? {
    guard case .failure(let faults) = ChallengeCatalogue.load("own:\n" + text, file: "own.yaml") else { return nil }
    guard case .scheme(let fault) = try #require(faults.faults.first).cause else { return nil }
    #expect(!fault.message.isEmpty)
    return fault
  }

  /// A request at the fixture's endpoint, of any method.
  static func request(
    _ method: String, query: String? = nil, headers: [(String, String)] = [], body: String = ""
  ) -> UnverifiedRequest {
    UnverifiedRequest(
      method: method, target: Fixture.target + (query.map { "?" + $0 } ?? ""),
      headers: headers.map { RequestHeader($0.0, $0.1) }, body: Array(body.utf8))
  }

  /// What the two steps say.
  static func ask(
    _ request: UnverifiedRequest, _ profile: ChallengeProfile?, _ authentication: EndpointAuthentication = .none,
    keys: EndpointKeys? = nil, verifyToken: String? = nil, awaitsKey: Bool = false, settings: [String: String] = [:],
    isActive: Bool = true, access: EndpointConfiguration.Access = .internalAndPublic,
    verifier: WebhookVerifier = Fixture.verifier()
  ) throws -> (challenge: ChallengeOutcome, verification: VerificationOutcome<String>) {
    let endpoint = try EndpointConfiguration(
      id: "ep-1", access: access, isActive: isActive, authentication: authentication, publicURL: Fixture.publicURL,
      challenge: profile, challengeSettings: settings)
    let keys = try keys ?? Fixture.keys(for: authentication)
    let verification = Fixture.verify(request, endpoint, keys, verifier: verifier)
    let outcome = verifier.challenge(
      request: request, endpoint: endpoint, keys: keys,
      verifyToken: try verifyToken.map { try VerifyToken(Fixture.guarded($0)) }, awaitsKey: awaitsKey,
      now: Fixture.now, verification: verification)
    return (outcome, verification)
  }
}

extension ChallengeOutcome {
  var answer: ChallengeAnswer? {
    guard case .answered(let answer) = self else { return nil }
    return answer
  }

  var refusal: WebhookRefusal? {
    guard case .refused(let reason) = self else { return nil }
    return reason
  }

  var isOrdinary: Bool {
    guard case .ordinary = self else { return false }
    return true
  }
}

extension ChallengeAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
