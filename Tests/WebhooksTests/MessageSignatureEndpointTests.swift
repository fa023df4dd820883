import Cryptography
import Encodings
import MessageSignatures
import Synchronization
import TestSupport
import Testing

@testable import Webhooks

@Suite("Endpoints that want HTTP message signatures")
struct MessageSignatureEndpointTests {
  private typealias Message = MessageSignatureFixture

  private func verify(
    _ request: UnverifiedRequest, _ keys: EndpointKeys? = nil, policy: EndpointAuthentication? = nil,
    now: Instant = Fixture.now
  ) throws -> VerificationOutcome<String> {
    let authentication = try policy ?? Message.policy()
    return Fixture.verify(
      request, try Fixture.endpoint(authentication), try keys ?? Fixture.keys(for: authentication), now: now)
  }

  @Test("A right signature lets the request in, and nothing is cut from it")
  func accepted() throws {
    let request = try Message.signed()
    let verified = try #require(try verify(request).request)
    #expect(verified.headers.map(\.name) == request.headers.map(\.name))
    #expect(verified.body == Fixture.body)
    #expect(verified.keyName == "first")
    #expect(verified.authentication == .messageSignature)
    #expect(verified.deliveryID == nil)
    #expect(verified.skew?.size == .seconds)
  }

  @Test("Every version of a key that lies elsewhere counts under its keyid, and no other secret")
  func versions() throws {
    let secrets = ["one", "two", "three"]
    let versions = try secrets.prefix(2).map {
      KeyVersionAccess.authenticator(try SecretSigner(Fixture.guarded($0), .hmacSHA256), .version(id: "k", 1))
    }
    let keys = try EndpointKeys([
      try EndpointKey(versions: versions, messageAlgorithm: .hmacSHA256, keyID: "k", named: "named")
    ])
    for (index, secret) in secrets.enumerated() {
      let outcome = try verify(try Message.signed(secret: secret), keys)
      #expect((outcome.request?.keyName == "named") == (index < 2))
    }
    #expect(try verify(try Message.signed(keyID: "other", secret: "one"), keys).request == nil)
    #expect(throws: WebhookFault.key(.notPublic)) {
      try EndpointKey(versions: versions, messageAlgorithm: .ed25519, keyID: "k", named: "named")
    }
    #expect(throws: WebhookFault.key(.empty)) {
      try EndpointKey(versions: [], messageAlgorithm: .ed25519, keyID: "k", named: "named")
    }
    #expect(throws: WebhookFault.key(.tooManyVersions)) {
      try EndpointKey(
        versions: Array(repeating: versions[0], count: 9), messageAlgorithm: .hmacSHA256, keyID: "k", named: "named")
    }
  }

  @Test("What is signed is the configured public URL, and never what Host or the target's authority say")
  func publicURL() throws {
    let behindProxy = try Message.signed(target: "/inside/ep-1?a=1")
    #expect(try verify(behindProxy).refusal == nil)
    let host = try Message.signed().adding("Host", "evil.example").adding("X-Forwarded-Host", "evil.example")
    #expect(try verify(host).refusal == nil)
    #expect(
      try verify(try Message.signed(url: "https://evil.example/api/automation/ep-1?a=1")).refusal == .credentialWrong)
    #expect(try verify(try Message.signed(target: Fixture.target + "?a=2")).refusal == .credentialWrong)
    #expect(try verify(try Message.signed(target: Fixture.target)).refusal == .credentialWrong)
    let parts = ["@method", "@authority", "@path", "@query", "content-digest"]
    let policy = try Message.policy(required: parts)
    #expect(
      try verify(try Message.signed(target: "/inside/ep-1?a=1", components: parts), policy: policy).refusal == nil)
  }

  @Test("Each thing that is wrong has its reason, and every sender gets the same answer")
  func refusals() throws {
    let right = try Message.signed()
    let cases: [(UnverifiedRequest, WebhookRefusal)] = [
      (right.removing("Signature"), .credentialMissing), (right.removing("Signature-Input"), .credentialMissing),
      (right.replacing("Signature", by: "sig1=x"), .credentialMalformed),
      (right.replacing("Signature", by: "sig1=:AAAA:"), .credentialWrong),
      (right.adding("Signature-Input", "sig2=()"), .credentialRepeated),
      (right.removing("Content-Digest"), .valueMissing), (right.with(body: Fixture.body + [0x20]), .digestWrong),
      (try Message.signed(components: ["@method", "@target-uri"]), .componentNotCovered),
      (try Message.signed(keyID: "other"), .credentialWrong),
      (try Message.signed(secret: "another secret"), .credentialWrong),
      (try Message.signed(created: Fixture.now.advanced(byMilliseconds: -300_001)), .timestampTooOld),
      (try Message.signed(created: Fixture.now.advanced(byMilliseconds: 31_000)), .timestampTooNew),
    ]
    for (index, (request, refusal)) in cases.enumerated() {
      #expect(try verify(request).refusal == refusal, "\(index)")
    }
    #expect(try verify(right, EndpointKeys.none).refusal == .noKeyConfigured)
    let old = try verify(try Message.signed(created: Fixture.now.advanced(byMilliseconds: -900_000)))
    #expect(old.skew?.description == "behind by under 1 h")
    let new = try verify(try Message.signed(created: Fixture.now.advanced(byMilliseconds: 31_000)))
    #expect(new.skew?.description == "ahead by under 1 min")
    let wanted = try Message.policy(requiresNonce: true)
    #expect(try verify(right, policy: wanted).refusal == .valueMissing)
  }

  @Test("Every mapping of a refusal is one of ours")
  func mapping() {
    for refusal in MessageSignatureRefusal.allCases {
      #expect(WebhookRefusal.allCases.contains(WebhookRefusal(refusal)))
    }
  }

  @Test("A message is recognised by its base and by its nonce, never by its signature")
  func replay() throws {
    func keys(_ request: UnverifiedRequest, now: Instant = Fixture.now) throws -> [ReplayKey] {
      try #require(try verify(request, now: now).request).replayKeys
    }
    let plain = try keys(try Message.signed())
    #expect(plain.count == 1)
    #expect(plain == (try keys(try Message.signed())))
    #expect(plain[0].keepUntil == Fixture.now.advanced(byMilliseconds: 330_000))
    let later = Fixture.now.advanced(byMilliseconds: 5_000)
    let again = try keys(try Message.signed(created: later), now: later)
    #expect(again[0].digest != plain[0].digest)
    let nonce = try keys(try Message.signed(nonce: "n-1"))
    let retried = try keys(try Message.signed(nonce: "n-1", created: later), now: later)
    #expect(nonce.count == 2)
    #expect(nonce[0].digest != retried[0].digest)
    #expect(nonce[1].digest == retried[1].digest)
    #expect(try keys(try Message.signed(nonce: "n-2"))[1].digest != nonce[1].digest)
  }

  @Test("One signature in two encodings of ECDSA randomness is one delivery")
  func randomisedSignatures() throws {
    let pair = PrivateKey.generate(.p256)
    let spki = Fixture.guarded(Base64.encode(pair.publicKey.subjectPublicKeyInfo))
    let keys = try EndpointKeys([
      EndpointKey(text: spki, encoding: .spkiBase64, messageAlgorithm: .ecdsaP256SHA256, keyID: "k", named: "p")
    ])
    let signer = try PrivateKeySigner(pair, .ecdsaP256SHA256)
    func request() throws -> UnverifiedRequest {
      let bare = try Message.signed().removing("Signature").removing("Signature-Input")
      let message = HTTPMessage(
        .request(
          HTTPMessage.RequestLine(
            method: "POST", target: Array("/api/automation/ep-1?a=1".utf8), scheme: "https",
            authority: Array("hooks.example.net".utf8))),
        fields: bare.headers.map { HTTPField(name: $0.name, value: $0.value) }, body: bare.body)
      let creation = try MessageSignatureCreation(components: Message.required, keyID: "k")
      let added = try creation.sign(message, with: signer, now: Fixture.now)
      return bare.with(headers: bare.headers + added.map { RequestHeader(name: $0.name, value: $0.value) })
    }
    let (one, two) = (try request(), try request())
    #expect(one.value("Signature") != two.value("Signature"))
    let first = try #require(try verify(one, keys).request)
    let second = try #require(try verify(two, keys).request)
    #expect(first.replayKeys == second.replayKeys)
  }

  @Test("Rotation: each key by its keyid, in its time; two of one keyid are refused when they are configured")
  func rotation() throws {
    func key(_ secret: String, _ keyID: String?, until end: Instant? = nil) throws -> EndpointKey {
      try EndpointKey(
        text: Fixture.guarded(secret), encoding: .utf8, messageAlgorithm: .hmacSHA256, keyID: keyID,
        named: "\(keyID ?? "none")-\(secret.count)", validity: KeyValidity(notBefore: nil, notAfter: end))
    }
    let keys = try EndpointKeys([key("old secret", "k", until: Fixture.now), key("new secret!", "l")])
    try MessageKeys.check(keys)
    #expect(try verify(try Message.signed(secret: "old secret"), keys).refusal == nil)
    #expect(try verify(try Message.signed(keyID: "l", secret: "new secret!"), keys).request?.keyName == "l-11")
    #expect(try verify(try Message.signed(keyID: "l", secret: "old secret"), keys).refusal == .credentialWrong)
    let later = Fixture.now.advanced(byMilliseconds: 1)
    #expect(try verify(try Message.signed(secret: "old secret"), keys, now: later).refusal == .keyOutOfDate)
    let twins = try EndpointKeys([key("one", "k"), key("three", "k")])
    #expect(throws: WebhookFault.key(.repeatedKeyID)) { try MessageKeys.check(twins) }
    #expect(try verify(try Message.signed(secret: "one"), twins).refusal == .credentialWrong)
  }

  @Test("Keys that cannot be used are refused when they are entered")
  func keys() throws {
    func key(_ text: String, _ encoding: KeyEncoding, _ algorithm: MessageSignatureAlgorithm) throws {
      _ = try EndpointKey(
        text: Fixture.guarded(text), encoding: encoding, messageAlgorithm: algorithm, keyID: nil, named: "k")
    }
    #expect(throws: WebhookFault.key(.empty)) { try key("  ", .utf8, .hmacSHA256) }
    #expect(throws: WebhookFault.key(.malformed(.hex))) { try key("zz", .hex, .hmacSHA256) }
    #expect(throws: WebhookFault.key(.malformed(.base64))) { try key("a", .base64, .hmacSHA256) }
    #expect(throws: WebhookFault.key(.messageEncoding(.utf8, "ed25519"))) { try key("a", .utf8, .ed25519) }
    #expect(throws: WebhookFault.key(.messageEncoding(.ed25519Hex, "rsa-pss-sha512"))) {
      try key("aa", .ed25519Hex, .rsaPSSSHA512)
    }
    #expect(throws: WebhookFault.key(.messageEncoding(.utf8, "hmac-sha512"))) { try key("a", .utf8, .hmacSHA512) }
    #expect(throws: WebhookFault.key(.notPublic)) { try key("AAAA", .spkiBase64, .ecdsaP384SHA384) }
    #expect(throws: WebhookFault.key(.notPublic)) { try key("AAAA", .ed25519Base64, .ed25519) }
    let p256 = Base64.encode(PrivateKey.generate(.p256).publicKey.subjectPublicKeyInfo)
    #expect(throws: WebhookFault.key(.notPublic)) { try key(p256, .spkiBase64, .ecdsaP384SHA384) }
    try key(p256, .spkiBase64, .ecdsaP256SHA256)
  }

  @Test("Every failure takes the same steps")
  func sameWork() throws {
    let authentication = try Message.policy()
    let endpoint = try Fixture.endpoint(authentication)
    let keys = try Fixture.keys(for: authentication)
    func steps(_ request: UnverifiedRequest, _ keys: EndpointKeys) -> [VerificationStep] {
      let steps = Mutex<[VerificationStep]>([])
      _ = Fixture.verify(
        request, endpoint, keys, verifier: Fixture.verifier { step in steps.withLock { $0.append(step) } })
      return steps.withLock { $0 }
    }
    let right = try Message.signed()
    let expected = steps(right, keys)
    #expect(expected.count == 8)
    let zeros = "sig1=:\(Base64.encode([UInt8](repeating: 0, count: 32))):"
    for changed in [
      right.replacing("Signature", by: zeros), right.replacing("Signature", by: "sig1=:AAAA:"),
      try Message.signed(keyID: "o"), try Message.signed(secret: "another"),
      try Message.signed(created: Fixture.now.advanced(byMilliseconds: -900_000)),
      right.replacing("Content-Digest", by: String(decoding: ContentDigest.value(of: []), as: UTF8.self)),
    ] {
      #expect(try verify(changed).refusal != nil)
      #expect(steps(changed, keys) == expected)
    }
    #expect(steps(right, .none) == expected)
  }

  @Test("What a policy leaves unsigned is a warning")
  func warnings() throws {
    func codes(_ required: [String]) throws -> [String] {
      try Fixture.endpoint(try Message.policy(required: required)).warnings.map(\.code)
    }
    #expect(try codes(Message.required) == [])
    #expect(
      try codes(["@authority", "@path"]) == [
        "webhook.body-not-signed", "webhook.method-not-signed", "webhook.target-not-signed",
      ])
  }

  @Test("The cases of others are judged right through an endpoint")
  func vectors() throws {
    let tape = try Vectors.json("webhooks.json")
    var judged = 0
    for node in tape.children(try #require(tape.member(tape.root, "http_message_signatures"))) {
      let entry = VectorCase(tape: tape, node: node)
      let url = entry.text("url")
      let publicURL = String(url.prefix { $0 != "?" })
      let policy = VectorCase(tape: tape, node: try #require(entry.member("policy")))
      let required = policy.member("required_components").map(tape.children)?.compactMap(tape.string) ?? []
      let authentication = EndpointAuthentication.messageSignature(
        try MessageSignaturePolicy(
          label: policy.text("label"), requiredComponents: required,
          maximumAgeSeconds: try #require(policy.member("max_age_seconds").flatMap(tape.integer)),
          maximumFutureSeconds: try #require(policy.member("max_future_seconds").flatMap(tape.integer))))
      let endpoint = try EndpointConfiguration(
        id: "vectors", access: .internalAndPublic, isActive: true, authentication: authentication, publicURL: publicURL)
      let keys = try (entry.member("keys").map(tape.children) ?? []).map {
        try Self.key(VectorCase(tape: tape, node: $0))
      }
      let headers = (entry.member("headers").map(tape.children) ?? []).map { pair in
        RequestHeader(
          tape.element(pair, 0).flatMap(tape.string) ?? "", tape.element(pair, 1).flatMap(tape.string) ?? "")
      }
      let request = UnverifiedRequest(
        method: entry.text("method"), target: "/in" + url.dropFirst(publicURL.count), headers: headers,
        body: try #require(Base64.decode(entry.text("body_b64"))))
      let now = Instant(secondsSinceEpoch: try #require(entry.member("now").flatMap(tape.integer)))
      let outcome = Fixture.verify(request, endpoint, try EndpointKeys(keys), now: now)
      #expect((outcome.request != nil) == (entry.text("expected") == "accept"), "\(entry.text("id"))")
      judged += 1
    }
    #expect(judged == 36)
  }

  private static func key(_ entry: VectorCase) throws -> EndpointKey {
    let algorithm = try #require(MessageSignatureAlgorithm(httpName: entry.text("alg")))
    let isPEM = entry.text("encoding") == "spki-pem"
    let value = isPEM ? entry.text("value").split(separator: "\n").dropFirst().dropLast().joined() : entry.text("value")
    return try EndpointKey(
      text: Fixture.guarded(value), encoding: isPEM ? .spkiBase64 : .base64, messageAlgorithm: algorithm,
      keyID: entry.text("keyid"), named: entry.text("keyid"))
  }
}
