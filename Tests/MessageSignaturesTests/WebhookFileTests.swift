import Cryptography
import Encodings
import TestSupport
import Testing

@testable import MessageSignatures

/// The parts of webhooks.json that this room judges.
@Suite("Others' vectors of signed messages, tokens and outgoing signatures")
struct WebhookFileTests {
  private static func part(_ name: String) throws -> VectorNode {
    let tape = try Vectors.json("webhooks.json")
    return VectorNode(tape: tape, node: try #require(tape.member(tape.root, name)))
  }

  /// A request to this address, as a client sends it.
  static func request(method: String, url: String, _ fields: [HTTPField], _ body: [UInt8]) throws -> HTTPMessage {
    let rest = try #require(url.split(separator: "://", maxSplits: 1).last)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let scheme = try #require(url.split(separator: ":", maxSplits: 1).first)
    return HTTPMessage(
      .request(
        HTTPMessage.RequestLine(
          method: method, target: Array(rest.dropFirst(authority.count).utf8), scheme: String(scheme),
          authority: Array(authority.utf8))), fields: fields, body: body)
  }

  private static func fields(_ node: VectorNode) throws -> [HTTPField] {
    try node.elements.map { HTTPField(try #require($0[0]?.text), try #require($0[1]?.text)) }
  }

  @Test("Every HTTP message signature is judged right")
  func messages() throws {
    var judged = 0
    var accepted = 0
    for entry in try Self.part("http_message_signatures").elements {
      try entry.expectOnly([
        "id", "provider", "scheme", "reason", "expected", "now", "keys", "policy", "method", "url", "headers",
        "body_b64", "oracle", "oracle_verdict", "basis",
      ])
      let rules = try #require(entry["policy"])
      try rules.expectOnly(["required_components", "max_age_seconds", "max_future_seconds", "label"])
      let policy = try MessageSignaturePolicy(
        label: try rules.string("label"), requiredComponents: try rules.list("required_components").compactMap(\.text),
        maximumAgeSeconds: try rules.number("max_age_seconds"),
        maximumFutureSeconds: try rules.number("max_future_seconds"))
      let message = try Self.request(
        method: try entry.string("method"), url: try entry.string("url"),
        try Self.fields(try #require(entry["headers"])), try #require(Base64.decode(try entry.string("body_b64"))))
      let verifier = try MessageSignatureVerifier(policy, keys: try entry.list("keys").map(Self.key))
      let outcome = verifier.verify(message, now: Instant(secondsSinceEpoch: try entry.number("now")))
      let id = try entry.string("id")
      #expect((outcome.refusal == nil) == (try entry.string("expected") == "accept"), "\(id): \(outcome)")
      judged += 1
      accepted += outcome.refusal == nil ? 1 : 0
    }
    #expect(judged == 36)
    #expect(accepted == 6)
  }

  private static func key(_ node: VectorNode) throws -> MessageVerificationKey {
    try node.expectOnly(["keyid", "alg", "encoding", "value"])
    let algorithm = try #require(MessageSignatureAlgorithm(httpName: try node.string("alg")))
    let keyID = try node.string("keyid")
    let value = try node.string("value")
    guard try node.string("encoding") == "base64" else {
      return try MessageVerificationKey(publicKey: PublicKey(pem: Array(value.utf8)), algorithm, keyID: keyID)
    }
    let secret = GuardedBytes(copying: try #require(Base64.decode(value)))
    return try MessageVerificationKey(secret: secret, algorithm, keyID: keyID)
  }

  @Test("Every JSON Web Token is judged right")
  func tokens() throws {
    let part = try Self.part("jwt")
    try part.expectOnly(["jwks", "policy", "cases", "oracle"])
    let keys = try JSONWebKey.set(Array(part.tape.text(try #require(part["jwks"]).node)))
    #expect(keys.count == 3)
    let rules = try #require(part["policy"])
    try rules.expectOnly(["issuer", "audience", "algorithms", "required_claims", "leeway_seconds"])
    let algorithms = try rules.list("algorithms").compactMap(\.text)
    #expect(Set(keys.map(\.algorithm.tokenName)) == Set(algorithms))
    let policy = TokenPolicy(
      issuer: try rules.string("issuer"), audience: try rules.string("audience"),
      requiredClaims: try rules.list("required_claims").compactMap(\.text),
      leewaySeconds: try rules.number("leeway_seconds"))
    let verifier = try TokenVerifier(policy, keys: keys)
    var judged = 0
    for entry in try part.list("cases") {
      try entry.expectOnly(["id", "reason", "token", "now", "expected", "oracle_verdicts", "basis", "note"])
      let token = try entry.string("token")
      var refusal: TokenRefusal?
      do throws(TokenRefusal) {
        _ = try verifier.verify(
          Array(token.utf8), now: Instant(secondsSinceEpoch: entry["now"]?.integer ?? 0))
      } catch {
        refusal = error
      }
      let reason = try entry.string("reason")
      #expect((refusal == nil) == (try entry.string("expected") == "accept"), "\(reason)")
      judged += 1
    }
    #expect(judged == 33)
  }

  @Test("Every outgoing signature is made byte for byte")
  func signing() throws {
    var made: [String: Int] = [:]
    for entry in try Self.part("signing").elements {
      try entry.expectOnly(["id", "kind", "reason", "inputs", "expected_headers", "oracle", "checked_with"])
      let kind = try entry.string("kind")
      let inputs = try #require(entry["inputs"])
      let fields =
        switch kind {
        case "rfc9421": try Self.messageSignature(inputs)
        case "aws-sigv4": try Self.sigV4(inputs)
        case "standard-webhooks":
          try StandardWebhooksSigning.headers(
            id: try inputs.string("id"), body: try Self.body(inputs), with: try Self.signer(inputs),
            now: Instant(secondsSinceEpoch: try inputs.number("timestamp")))
        default:
          try Self.recipe(kind).headers(
            for: [], body: try Self.body(inputs), with: try Self.signer(inputs),
            now: Instant(secondsSinceEpoch: inputs["timestamp"]?.integer ?? 0))
        }
      let expected = try #require(entry["expected_headers"]).elements.map { [$0.key ?? "", $0.text ?? ""] }
      let found = fields.map { [$0.name, Fixture.text($0.value)] }
      let id = try entry.string("id")
      #expect(found == expected, "\(id)")
      made[kind, default: 0] += 1
    }
    #expect(
      made == [
        "standard-webhooks": 3, "stripe-style": 3, "slack-style": 3, "github-style": 3, "rfc9421": 6, "aws-sigv4": 6,
      ])
  }

  private static func body(_ inputs: VectorNode) throws -> [UInt8] {
    try #require(Base64.decode(try inputs.string("body_b64")))
  }

  private static func signer(_ inputs: VectorNode) throws -> any MessageSigner {
    let key = try #require(inputs["key"])
    let encoding = try #require(SigningKeyText.Encoding(rawValue: try key.string("encoding")))
    return try SigningKeyText.signer(
      GuardedBytes(copying: Array(try key.string("value").utf8)), encoding, .hmacSHA256)
  }

  /// The recipe that says what the provider does.
  private static func recipe(_ kind: String) throws -> SigningRecipe {
    switch kind {
    case "stripe-style":
      try SigningRecipe(
        header: "Stripe-Signature", timestampForm: .unix, message: "{timestamp}.{body}",
        value: "t={timestamp},v1={signature}")
    case "slack-style":
      try SigningRecipe(
        header: "X-Slack-Signature", timestampHeader: "X-Slack-Request-Timestamp", timestampForm: .unix,
        message: "v0:{timestamp}:{body}", value: "v0={signature}")
    default: try SigningRecipe(header: "X-Hub-Signature-256", value: "sha256={signature}")
    }
  }

  private static func messageSignature(_ inputs: VectorNode) throws -> [HTTPField] {
    try inputs.expectOnly([
      "key", "method", "url", "headers", "body_b64", "components", "created", "tag", "label", "parameter_order",
    ])
    let key = try #require(inputs["key"])
    let algorithm = try #require(MessageSignatureAlgorithm(httpName: try key.string("alg")))
    let signer = try SigningKeyText.signer(
      GuardedBytes(copying: Array(try key.string("value").utf8)), .base64, algorithm)
    let creation = try MessageSignatureCreation(
      label: try inputs.string("label"), components: try inputs.list("components").compactMap(\.text),
      keyID: try key.string("keyid"), tag: inputs["tag"]?.text)
    let message = try request(
      method: try inputs.string("method"), url: try inputs.string("url"),
      try fields(try #require(inputs["headers"])), try body(inputs))
    return try creation.sign(
      message, with: signer, now: Instant(secondsSinceEpoch: try inputs.number("created")))
  }

  private static func sigV4(_ inputs: VectorNode) throws -> [HTTPField] {
    try inputs.expectOnly([
      "access_key", "secret_key", "session_token", "region", "service", "timestamp", "method", "url", "headers",
      "body_b64",
    ])
    let signer = try SigV4.signer(
      secretAccessKey: GuardedBytes(copying: Array(try inputs.string("secret_key").utf8)))
    let message = try request(
      method: try inputs.string("method"), url: try inputs.string("url"),
      try fields(try #require(inputs["headers"])), try body(inputs))
    return try SigV4(
      accessKeyID: try inputs.string("access_key"), region: try inputs.string("region"),
      service: try inputs.string("service")
    ).headers(
      for: message, sessionToken: inputs["session_token"]?.text, with: signer,
      now: Instant(secondsSinceEpoch: try inputs.number("timestamp")), signsPathAsSent: true)
  }
}
