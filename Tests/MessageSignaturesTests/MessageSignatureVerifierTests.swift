import Cryptography
import Encodings
import Testing

@testable import MessageSignatures

@Suite("Verifying signed messages under a policy")
struct MessageSignatureVerifierTests {
  static let required = ["@method", "@target-uri", "content-digest"]

  static func verifier(
    label: String? = nil, tag: String? = nil, required: [String] = required, requiresNonce: Bool = false,
    checksDigestWhenPresent: Bool = true
  ) throws -> MessageSignatureVerifier {
    let policy = try MessageSignaturePolicy(
      label: label, tag: tag, requiredComponents: required, requiresNonce: requiresNonce,
      checksDigestWhenPresent: checksDigestWhenPresent)
    return try MessageSignatureVerifier(policy, keys: [key("k1")])
  }

  static func key(_ keyID: String?) throws -> MessageVerificationKey {
    try MessageVerificationKey(secret: Fixture.secret, .hmacSHA256, keyID: keyID)
  }

  static func signed(
    _ message: HTTPMessage = Fixture.request(body: "hello"), components: [String] = required, keyID: String? = "k1",
    tag: String? = nil, label: String = "sig1", nonce: String? = nil, lifetime: Int64? = nil,
    at now: Instant = Fixture.now
  ) throws -> HTTPMessage {
    let creation = try MessageSignatureCreation(
      label: label, components: components, keyID: keyID, tag: tag, lifetimeSeconds: lifetime)
    let signer = try SecretSigner(Fixture.secret, .hmacSHA256)
    return message.adding(try creation.sign(message, with: signer, now: now, nonce: nonce))
  }

  /// A message with a member that we write by hand, signed rightly over the base that it makes.
  static func signed(_ message: HTTPMessage, input text: String) throws -> HTTPMessage {
    let dictionary = try StructuredField.dictionary([Array("sig1=\(text)".utf8)])
    guard case .innerList(let list)? = dictionary["sig1"] else { throw SigningFault.setting }
    let base = SignatureBase(try SignatureInput(list), of: message)
    let mac = HMAC.authenticate(base.bytes, key: Fixture.secret, hash: .sha256)
    return message.adding([
      HTTPField("Signature-Input", "sig1=\(text)"), HTTPField("Signature", "sig1=:\(Base64.encode(mac)):"),
    ])
  }

  @Test("What was signed rightly is let in, at both ends of the window")
  func window() throws {
    let verifier = try Self.verifier()
    let message = try Self.signed()
    for (milliseconds, refusal): (Int64, MessageSignatureRefusal?) in [
      (0, nil), (300_000, nil), (300_001, .tooOld), (-30_000, nil), (-30_001, .tooNew), (.min / 4, .tooNew),
    ] {
      let now = Fixture.now.advanced(byMilliseconds: milliseconds)
      #expect(verifier.verify(message, now: now).refusal == refusal, "\(milliseconds)")
    }
    let short = try Self.signed(lifetime: 10)
    #expect(verifier.verify(short, now: Fixture.now.advanced(byMilliseconds: 10_000)).refusal == nil)
    #expect(verifier.verify(short, now: Fixture.now.advanced(byMilliseconds: 10_001)).refusal == .expired)
  }

  @Test("Each thing that is wrong has its reason")
  func refusals() throws {
    let verifier = try Self.verifier()
    let message = try Self.signed()
    let other = "sig1=:\(Base64.encode([UInt8](repeating: 7, count: 32))):"
    let bare = Fixture.request(body: "hello")
    let cases: [(HTTPMessage, MessageSignatureRefusal)] = [
      (message.removing("signature"), .signatureMissing), (message.removing("signature-input"), .signatureMissing),
      (message.replacing("signature", by: "sig2=:AA==:"), .signatureMissing),
      (message.replacing("signature", by: "sig1=AA"), .signatureMalformed),
      (message.replacing("signature", by: "sig1=(:AA==:)"), .signatureMalformed),
      (message.replacing("signature", by: "sig1=:"), .signatureMalformed),
      (message.replacing("signature", by: other), .signatureWrong),
      (message.replacing("signature", by: "sig1=::"), .signatureWrong),
      (message.replacing("signature-input", by: "sig1=\"a\""), .signatureMalformed),
      (message.replacing("content-digest", by: "sha-256=:AA==:"), .signatureWrong),
      (message.removing("content-digest"), .componentMissing),
      (try Self.signed(components: ["@method", "@target-uri"]), .componentNotCovered),
      (
        try Self.signed(components: ["@method", "@target-uri", "\"content-digest\";key=\"sha-256\""]),
        .componentNotCovered
      ),
      (try Self.signed(keyID: "k2"), .keyUnknown), (try Self.signed(keyID: nil), .keyUnknown),
      (try Self.signed(bare.replacing("content-digest", by: "md5=:AAAA:")), .digestMissing),
      (try Self.signed(bare.replacing("content-digest", by: "sha-256=a")), .digestMalformed),
      (try Self.signed(bare.replacing("content-digest", by: "x")), .digestMalformed),
    ]
    for (index, (message, refusal)) in cases.enumerated() {
      #expect(verifier.verify(message, now: Fixture.now).refusal == refusal, "\(index)")
    }
    let covered = "(\"@method\" \"@target-uri\" \"content-digest\")"
    let written: [(String, MessageSignatureRefusal?)] = [
      ("\(covered);created=1800000000;keyid=\"k1\"", nil),
      ("\(covered);created=1800000000;keyid=\"k1\";x=1", nil),
      ("\(covered);keyid=\"k1\"", .createdMissing),
      ("\(covered);created=1800000000;keyid=\"k1\";alg=\"hmac-sha512\"", .algorithmContradicts),
      ("\(covered);created=1800000000;keyid=\"k1\";alg=\"hmac-sha256\"", nil),
      ("\(covered);created=1800000000;keyid=\"k1\";expires=1799999999", .expired),
    ]
    for (input, refusal) in written {
      #expect(verifier.verify(try Self.signed(bare, input: input), now: Fixture.now).refusal == refusal, "\(input)")
    }
  }

  @Test("A second digest that does not fit refuses, whichever of the two a reader would take")
  func twoDigests() throws {
    let verifier = try Self.verifier()
    let body = Fixture.bytes("hello")
    let right =
      Fixture.text(ContentDigest.value(of: body)) + ", " + Fixture.text(ContentDigest.value(of: body, .sha512))
    let wrong = Fixture.text(ContentDigest.value(of: body)) + ", " + Fixture.text(ContentDigest.value(of: [], .sha512))
    let bare = Fixture.request(body: "hello")
    let good = try Self.signed(bare.replacing("content-digest", by: right))
    #expect(verifier.verify(good, now: Fixture.now).refusal == nil)
    let bad = try Self.signed(bare.replacing("content-digest", by: wrong))
    #expect(verifier.verify(bad, now: Fixture.now).refusal == .digestWrong)
  }

  @Test("A digest that need not be covered is checked where the policy says so, and always where it is covered")
  func uncoveredDigest() throws {
    let strict = try Self.verifier(required: ["@method"])
    let lenient = try Self.verifier(required: ["@method"], checksDigestWhenPresent: false)
    let other = Fixture.request(body: "hello").replacing(
      "content-digest", by: Fixture.text(ContentDigest.value(of: [])))
    let uncovered = try Self.signed(other, components: ["@method"])
    #expect(strict.verify(uncovered, now: Fixture.now).refusal == .digestWrong)
    #expect(lenient.verify(uncovered, now: Fixture.now).refusal == nil)
    let covered = try Self.signed(other, components: ["@method", "content-digest"])
    #expect(lenient.verify(covered, now: Fixture.now).refusal == .digestWrong)
    let none = try Self.signed(Fixture.request().removing("content-digest"), components: ["@method"])
    #expect(strict.verify(none, now: Fixture.now).refusal == nil)
  }

  @Test("Which signature is meant: the label's, the tag's, or the only one")
  func choice() throws {
    let one = try Self.signed(tag: "a")
    let two = try Self.signed(one, tag: "b", label: "other")
    #expect(try Self.verifier().verify(one, now: Fixture.now).refusal == nil)
    #expect(try Self.verifier().verify(two, now: Fixture.now).refusal == .signatureAmbiguous)
    #expect(try Self.verifier(label: "other").verify(two, now: Fixture.now).get().input.tag == "b")
    #expect(try Self.verifier(tag: "a").verify(two, now: Fixture.now).get().label == "sig1")
    #expect(try Self.verifier(tag: "c").verify(two, now: Fixture.now).refusal == .signatureMissing)
    #expect(try Self.verifier(label: "other", tag: "a").verify(two, now: Fixture.now).refusal == .tagWrong)
    let three = try Self.signed(two, tag: "a", label: "third")
    #expect(try Self.verifier(tag: "a").verify(three, now: Fixture.now).refusal == .signatureAmbiguous)
  }

  @Test("A nonce that the policy wants must be there and not be empty")
  func nonce() throws {
    let verifier = try Self.verifier(requiresNonce: true)
    #expect(verifier.verify(try Self.signed(), now: Fixture.now).refusal == .nonceMissing)
    #expect(verifier.verify(try Self.signed(nonce: ""), now: Fixture.now).refusal == .nonceMissing)
    #expect(try verifier.verify(try Self.signed(nonce: "n"), now: Fixture.now).get().input.nonce == "n")
  }

  @Test("A signature without keyid is the key's that has none, and no other's")
  func keyWithoutName() throws {
    let policy = try MessageSignaturePolicy(requiredComponents: Self.required)
    let verifier = try MessageSignatureVerifier(policy, keys: [Self.key(nil)])
    #expect(verifier.verify(try Self.signed(keyID: nil), now: Fixture.now).refusal == nil)
    #expect(verifier.verify(try Self.signed(keyID: "k1"), now: Fixture.now).refusal == .keyUnknown)
    #expect(verifier.verify(try Self.signed(keyID: ""), now: Fixture.now).refusal == .keyUnknown)
  }

  @Test("Signatures, components and parameters are bounded")
  func bounds() throws {
    let verifier = try Self.verifier(label: "sig1")
    let message = try Self.signed()
    let others = (0..<MessageSignatureLimits.signatures).map { "l\($0)=()" }.joined(separator: ", ")
    let input = Fixture.text(message.values(of: "signature-input")[0])
    let crowded = message.replacing("signature-input", by: input + ", " + others)
    #expect(verifier.verify(crowded, now: Fixture.now).refusal == .tooManySignatures)
    let components = (0...MessageSignatureLimits.components).map { "\"a\($0)\"" }.joined(separator: " ")
    let long = message.replacing("signature-input", by: "sig1=(\(components));created=1800000000;keyid=\"k1\"")
    #expect(verifier.verify(long, now: Fixture.now).refusal == .signatureMalformed)
    let name = String(repeating: "k", count: MessageSignatureLimits.parameterBytes + 1)
    let named = message.replacing("signature-input", by: "sig1=();created=1800000000;keyid=\"\(name)\"")
    #expect(verifier.verify(named, now: Fixture.now).refusal == .signatureMalformed)
    let heavy = message.replacing(
      "signature",
      by: "sig1=:\(Base64.encode([UInt8](repeating: 1, count: MessageSignatureLimits.signatureBytes + 1))):")
    #expect(verifier.verify(heavy, now: Fixture.now).refusal == .signatureMalformed)
    let padding = (0..<MessageSignatureLimits.fields).map { HTTPField("X-\($0)", "") }
    #expect(verifier.verify(message.adding(padding), now: Fixture.now).refusal == .signatureMalformed)
  }

  @Test("Policies and keys that could not be used are refused when they are set")
  func settings() throws {
    func policy(_ required: [String], label: String? = nil, tag: String? = nil, age: Int64 = 1, future: Int64 = 1)
      throws
    {
      _ = try MessageSignaturePolicy(
        label: label, tag: tag, requiredComponents: required, maximumAgeSeconds: age, maximumFutureSeconds: future)
    }
    #expect(throws: MessageSignaturePolicy.Fault.component(.notAName)) { try policy(["Date"]) }
    #expect(throws: MessageSignaturePolicy.Fault.repeatedComponent) { try policy(["date", "\"date\""]) }
    #expect(throws: MessageSignaturePolicy.Fault.notOfRequests) { try policy(["@status"]) }
    #expect(throws: MessageSignaturePolicy.Fault.notOfRequests) { try policy(["\"@method\";req"]) }
    #expect(throws: MessageSignaturePolicy.Fault.label) { try policy([], label: "Sig") }
    #expect(throws: MessageSignaturePolicy.Fault.label) { try policy([], tag: "") }
    #expect(throws: MessageSignaturePolicy.Fault.window) { try policy([], age: -1) }
    #expect(throws: MessageSignaturePolicy.Fault.window) { try policy([], future: 604_801) }
    #expect(throws: MessageSignaturePolicy.Fault.tooManyComponents) { try policy((0...64).map { "a\($0)" }) }
    let bare = try MessageSignaturePolicy(requiredComponents: [])
    #expect(throws: MessageSignatureVerifier.Fault.noKeys) { try MessageSignatureVerifier(bare, keys: []) }
    #expect(throws: MessageSignatureVerifier.Fault.repeatedKeyID) {
      try MessageSignatureVerifier(bare, keys: [Self.key("a"), Self.key("a")])
    }
    #expect(throws: MessageSignatureVerifier.Fault.tooManyKeys) {
      try MessageSignatureVerifier(bare, keys: (0...8).map { try Self.key("\($0)") })
    }
    #expect(throws: MessageSignatureVerifier.Fault.algorithm) {
      try MessageSignatureVerifier(
        bare, keys: [MessageVerificationKey(secret: Fixture.secret, .hmacSHA512, keyID: "a")])
    }
  }

  @Test("What a policy binds is known: body, method, target")
  func binding() throws {
    func binds(_ components: [String]) throws -> [Bool] {
      let policy = try MessageSignaturePolicy(requiredComponents: components)
      return [policy.bindsBody, policy.bindsMethod, policy.bindsTarget]
    }
    #expect(try binds(Self.required) == [true, true, true])
    #expect(try binds(["@authority", "@path", "@query"]) == [false, false, true])
    #expect(try binds(["@authority", "@path"]) == [false, false, false])
    #expect(try binds(["\"content-digest\";key=\"sha-512\"", "\"@query-param\";name=\"a\""]) == [true, false, false])
    #expect(try binds(["\"content-digest\";key=\"md5\"", "\"content-digest\";tr"]) == [false, false, false])
  }

  @Test("Every failure takes the same steps as a success, over the same bytes where the same was sent")
  func sameWork() throws {
    let verifier = try Self.verifier()
    let message = try Self.signed()
    func steps(_ message: HTTPMessage, now: Instant = Fixture.now) -> [MessageSignatureVerifier.Step] {
      var steps: [MessageSignatureVerifier.Step] = []
      _ = verifier.verify(message, now: now) { steps.append($0) }
      return steps
    }
    let right = steps(message)
    #expect(right.count == 5)
    let other = "sig1=:\(Base64.encode([UInt8](repeating: 7, count: 32))):"
    let sameSize = Fixture.text(ContentDigest.value(of: []))
    for changed in [
      message.replacing("signature", by: other), message.replacing("signature", by: "sig1=::"),
      message.replacing("content-digest", by: sameSize), try Self.signed(keyID: "k2"),
    ] {
      #expect(verifier.verify(changed, now: Fixture.now).refusal != nil)
      #expect(steps(changed) == right)
    }
    #expect(steps(message, now: Fixture.now.advanced(byMilliseconds: 1_000_000_000)) == right)
    func kinds(_ steps: [MessageSignatureVerifier.Step]) -> [String] {
      steps.map { String(describing: $0).prefix { $0 != "(" } }.map(String.init)
    }
    for changed in [message.removing("signature"), message.removing("content-digest"), Fixture.request()] {
      #expect(kinds(steps(changed)) == kinds(right))
    }
  }
}
