import Cryptography
import Encodings
import TestSupport
import Testing

@testable import MessageSignatures

@Suite("The examples of RFC 9421 and RFC 9530")
struct RFC9421VectorsTests {
  @Test("Every signature base is rebuilt byte for byte, and every verdict is ours")
  func signatures() throws {
    let vectors = try RFC9421Vectors()
    var judged = 0
    for entry in try vectors.list("signatures") {
      try entry.expectOnly([
        "id", "rfc_section", "label", "alg", "keyid", "message", "related_request", "covered", "created", "expires",
        "signature_base", "base_printed_in_rfc", "signature_b64", "expected", "note", "checked_with",
      ])
      let id = try entry.string("id")
      let message = try RFC9421Vectors.message(try #require(entry["message"]))
      let related = try entry["related_request"].flatMap { $0.isNull ? nil : try RFC9421Vectors.message($0) }
      let received = try ReceivedSignature(.label(try entry.string("label")), in: message)
      let base = SignatureBase(received.input, of: message, answering: related)
      #expect(base.fault == nil, "\(id)")
      #expect(String(decoding: base.bytes, as: UTF8.self) == (try entry.string("signature_base")), "\(id)")
      let covered = received.input.components.map { String(decoding: $0.serialized, as: UTF8.self) }
      #expect(covered == (try entry.list("covered").compactMap(\.text)), "\(id)")
      #expect(received.input.created == entry["created"]?.integer, "\(id)")
      #expect(received.input.expires == entry["expires"]?.integer, "\(id)")
      #expect(received.input.keyID == (try entry.string("keyid")), "\(id)")
      #expect(Base64.encode(received.signature) == (try entry.string("signature_b64")), "\(id)")
      let key = try vectors.key(try entry.string("keyid"), try entry.string("alg"))
      let isValid = key.isValid(received.signature, for: base.bytes)
      #expect(isValid == (try entry.string("expected") == "valid"), "\(id)")
      judged += 1
    }
    #expect(judged == 20)
  }

  @Test("Every component has the value of the RFC")
  func components() throws {
    let types = StructuredFieldTypes.registered.adding("example-dict", .dictionary)
    var judged = 0
    var values = 0
    for entry in try RFC9421Vectors().list("components") {
      try entry.expectOnly(["id", "rfc_section", "message", "trailers", "components"])
      let message = try RFC9421Vectors.message(try #require(entry["message"]), trailers: entry["trailers"])
      for component in try entry.list("components") {
        let text = try component.string("identifier")
        let identifier = try ComponentIdentifier(text)
        #expect(String(decoding: identifier.serialized, as: UTF8.self) == text)
        let value = try SignatureBase.value(of: identifier, in: message, fieldTypes: types)
        #expect(String(decoding: value, as: UTF8.self) == (try component.string("value")), "\(text)")
        values += 1
      }
      judged += 1
    }
    #expect(judged == 22)
    #expect(values == 39)
  }

  @Test("Every digest of RFC 9530 is made and accepted")
  func digests() throws {
    var judged = 0
    for entry in try RFC9421Vectors().list("digests") {
      try entry.expectOnly(["rfc_section", "algorithm", "body_b64", "value"])
      let body = try #require(Base64.decode(try entry.string("body_b64")))
      let algorithm = try #require(ContentDigest.Algorithm(rawValue: try entry.string("algorithm")))
      let line = try "\(entry.string("algorithm"))=\(entry.string("value"))"
      #expect(String(decoding: ContentDigest.value(of: body, algorithm), as: UTF8.self) == line)
      try ContentDigest.check([Array(line.utf8)], body: body)
      #expect(throws: ContentDigest.Fault.wrong) { try ContentDigest.check([Array(line.utf8)], body: body + [0]) }
      judged += 1
    }
    #expect(judged == 2)
  }

  @Test("Every policy case is judged right")
  func policyCases() throws {
    let vectors = try RFC9421Vectors()
    var judged = 0
    for entry in try vectors.list("policy_cases") {
      try entry.expectOnly([
        "id", "from", "message", "label", "keyid", "alg", "required_components", "verify_at", "max_age_seconds",
        "max_future_seconds", "verify_digest_when_present", "expected", "why",
      ])
      let id = try entry.string("id")
      let isRequest = try #require(entry["message"])["status"] == nil
      let policy = try MessageSignaturePolicy(
        label: try entry.string("label"), requiredComponents: try entry.list("required_components").compactMap(\.text),
        maximumAgeSeconds: try entry.number("max_age_seconds"),
        maximumFutureSeconds: try entry.number("max_future_seconds"),
        checksDigestWhenPresent: entry["verify_digest_when_present"].map { $0.tape.bool($0.node) } == true,
        isForRequests: isRequest)
      let key = try vectors.key(try entry.string("keyid"), try entry.string("alg"))
      let outcome = try MessageSignatureVerifier(policy, keys: [key]).verify(
        try RFC9421Vectors.message(try #require(entry["message"])),
        now: Instant(secondsSinceEpoch: try entry.number("verify_at")))
      let isAccepted = if case .success = outcome { true } else { false }
      #expect(isAccepted == (try entry.string("expected") == "accept"), "\(id): \(outcome)")
      judged += 1
    }
    #expect(judged == 48)
  }

  @Test("What is signed with a key of the RFC is accepted under its public half")
  func roundTrips() throws {
    let vectors = try RFC9421Vectors()
    let pairs: [(String, MessageSignatureAlgorithm)] = [
      ("test-key-rsa", .rsaPKCS1SHA256), ("test-key-rsa", .rsaPSSSHA512),
      ("test-key-ecc-p256", .ecdsaP256SHA256), ("test-key-ed25519", .ed25519), ("test-shared-secret", .hmacSHA256),
    ]
    let now = Instant(secondsSinceEpoch: 1_800_000_000)
    for (keyID, algorithm) in pairs {
      let name = try #require(algorithm.httpName)
      let creation = try MessageSignatureCreation(
        components: ["@method", "@target-uri", "content-digest"], keyID: keyID, tag: "t", lifetimeSeconds: 60)
      let bare = Fixture.request(body: "payload")
      let fields = try creation.sign(
        bare, with: try vectors.signer(keyID, algorithm), now: now, nonce: "n")
      let signed = HTTPMessage(bare.start, fields: bare.fields + fields, body: bare.body)
      let policy = try MessageSignaturePolicy(
        tag: "t", requiredComponents: ["@method", "@target-uri", "content-digest"], requiresNonce: true)
      let verifier = try MessageSignatureVerifier(policy, keys: [try vectors.key(keyID, name)])
      let verified = try verifier.verify(signed, now: now).get()
      #expect(verified.keyID == keyID)
      #expect(verified.input.nonce == "n")
      let other = HTTPMessage(bare.start, fields: bare.fields + fields, body: bare.body + [0x21])
      #expect(verifier.verify(other, now: now).refusal == .digestWrong)
    }
  }
}
