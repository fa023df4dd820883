import Cryptography
import Encodings
import Testing

@testable import MessageSignatures

@Suite("Outgoing signatures and their keys")
struct OutgoingTests {
  @Test("Standard Webhooks by Ed25519: v1a over id, time and body")
  func asymmetric() throws {
    let key = PrivateKey.generate(.ed25519)
    let signer = try PrivateKeySigner(key, .ed25519)
    let headers = try StandardWebhooksSigning.headers(
      id: "msg_1", body: Fixture.bytes("{}"), with: signer, now: Fixture.now)
    #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
    let text = Fixture.text(headers[2].value)
    #expect(text.hasPrefix("v1a,"))
    let signature = try #require(Base64.decode(String(text.dropFirst(4))))
    #expect(key.publicKey.isValid(signature, for: Fixture.bytes("msg_1.1800000000.{}"), as: .ed25519))
  }

  @Test("Standard Webhooks refuses ids that could be cut in two ways, and other algorithms")
  func identifiers() throws {
    let signer = try SecretSigner(Fixture.secret, .hmacSHA256)
    for id in ["", "a.b", "a b", "é", "a\n", String(repeating: "a", count: 257)] {
      #expect(throws: SigningFault.setting) {
        try StandardWebhooksSigning.headers(id: id, body: [], with: signer, now: Fixture.now)
      }
    }
    let other = try SecretSigner(Fixture.secret, .hmacSHA512)
    #expect(throws: SigningFault.algorithm) {
      try StandardWebhooksSigning.headers(id: "a", body: [], with: other, now: Fixture.now)
    }
  }

  @Test("The recipe puts the values of the signed headers before the body, the time among them")
  func recipe() throws {
    let recipe = try SigningRecipe(
      digest: .base64, headersToSign: ["X-A", "X-Time"], timestampHeader: "X-Time", value: "p={signature}")
    let signer = try SecretSigner(Fixture.secret, .hmacSHA256)
    let headers = try recipe.headers(
      for: [HTTPField("x-a", " one ")], body: Fixture.bytes("body"), with: signer, now: Fixture.now)
    #expect(headers.map { Fixture.text($0.value) }[0] == "Fri, 15 Jan 2027 08:00:00 GMT")
    let mac = HMAC.authenticate(
      Fixture.bytes("oneFri, 15 Jan 2027 08:00:00 GMTbody"), key: Fixture.secret, hash: .sha256)
    #expect(headers.map { Fixture.text($0.value) }[1] == "p=" + Base64.encode(mac))
  }

  @Test("With lengths, no byte can move from a header into the body")
  func lengths() throws {
    let recipe = try SigningRecipe(headersToSign: ["X-A"], message: "{lengths}{body}")
    let signer = RecordingSigner()
    func signed(_ value: String, _ body: String) throws -> String {
      let headers = try recipe.headers(
        for: [HTTPField("X-A", value)], body: Fixture.bytes(body), with: signer, now: Fixture.now)
      return Fixture.text(try #require(Hex.decode(headers[0].value, allowUpperCase: false)))
    }
    #expect(try signed("ab", "c") == "chancery-recipe-1\nx-a:2:ab\n:1:c")
    #expect(try signed("a", "bc") == "chancery-recipe-1\nx-a:1:a\n:2:bc")
  }

  /// Gives back what it is asked to sign.
  private struct RecordingSigner: MessageSigner {
    let algorithm = MessageSignatureAlgorithm.hmacSHA256

    func sign(_ bytes: [UInt8]) -> [UInt8] { bytes }
  }

  @Test("Recipes that could not be used, and messages that they do not fit, are refused")
  func recipeFaults() throws {
    func recipe(
      _ header: String = "X-S", _ signed: [String] = [], time: String? = nil, message: String = "{body}",
      value: String = "{signature}", _ algorithm: MessageSignatureAlgorithm = .hmacSHA256
    ) throws -> SigningRecipe {
      try SigningRecipe(
        header: header, algorithm: algorithm, headersToSign: signed, timestampHeader: time, message: message,
        value: value)
    }
    let broken: [() throws -> SigningRecipe] = [
      { try recipe("X S") }, { try recipe("") }, { try recipe("X-S", ["x-s"]) }, { try recipe("X-S", ["a", "A"]) },
      { try recipe(time: "x-s") }, { try recipe(message: "{headers}") }, { try recipe(message: "{body}{body}") },
      { try recipe(message: "{body") }, { try recipe(message: "{body}}") }, { try recipe(message: "{nobody}{body}") },
      { try recipe(message: "{body}{signature}") }, { try recipe(value: "v1") },
      { try recipe(value: "{body}{signature}") },
      { try recipe(value: "{signature}\n") }, { try recipe("X-S", (0...32).map { "a\($0)" }) },
    ]
    for (index, make) in broken.enumerated() { #expect(throws: SigningFault.setting, "\(index)") { try make() } }
    #expect(throws: SigningFault.algorithm) { try recipe("X-S", [], .ed25519) }
    let signer = try SecretSigner(Fixture.secret, .hmacSHA256)
    let one = try recipe("X-S", ["X-A"], message: "{headers}{body}")
    func headers(_ fields: [HTTPField]) throws {
      _ = try one.headers(for: fields, body: [], with: signer, now: Fixture.now)
    }
    #expect(throws: SigningFault.component(.missing, of: "X-A")) { try headers([]) }
    #expect(throws: SigningFault.component(.missing, of: "X-A")) { try headers([HTTPField("X-A", "  ")]) }
    let twice = [HTTPField("X-A", "1"), HTTPField("x-a", "1")]
    #expect(throws: SigningFault.component(.repeated, of: "X-A")) { try headers(twice) }
    #expect(SigningFault.component(.missing, of: "X-A").message.hasPrefix("X-A is to be signed"))
    let other = try SecretSigner(Fixture.secret, .hmacSHA512)
    #expect(throws: SigningFault.algorithm) { try one.headers(for: [], body: [], with: other, now: Fixture.now) }
  }

  @Test("SigV4 refuses names that could break out of its scope, and headers with a line end")
  func sigV4() throws {
    for name in ["", "a/b", "a b", "a,b", "é", String(repeating: "a", count: 129)] {
      #expect(throws: SigningFault.setting) { try SigV4(accessKeyID: name, region: "r", service: "s") }
      #expect(throws: SigningFault.setting) { try SigV4(accessKeyID: "k", region: name, service: "s") }
      #expect(throws: SigningFault.setting) { try SigV4(accessKeyID: "k", region: "r", service: name) }
    }
    let sigV4 = try SigV4(accessKeyID: "k", region: "r", service: "s")
    let signer = try SigV4.signer(secretAccessKey: Fixture.secret)
    #expect(throws: SigningFault.key) { try SigV4.signer(secretAccessKey: GuardedBytes(copying: [])) }
    let split = Fixture.request(fields: [HTTPField("X-A", "a\nb")])
    #expect(throws: SigningFault.component(.malformed, of: "x-a")) {
      try sigV4.headers(for: split, with: signer, now: Fixture.now)
    }
    let response = HTTPMessage(.response(status: 200), fields: [], body: [])
    #expect(throws: SigningFault.component(.wrongMessage, of: "the answer")) {
      try sigV4.headers(for: response, with: signer, now: Fixture.now)
    }
    let other = try SecretSigner(Fixture.secret, .hmacSHA512)
    #expect(throws: SigningFault.algorithm) { try sigV4.headers(for: split, with: other, now: Fixture.now) }
  }

  @Test(
    "SigV4 signs a path for S3 as AWS's example does, however it is escaped, and two paths differently",
    arguments: ["/test$file.text", "/test%24file.text", "/test%24fil%65.text"])
  func sigV4Objects(path: String) throws {
    let sigV4 = try SigV4(accessKeyID: "AKIAIOSFODNN7EXAMPLE", region: "us-east-1", service: "s3")
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    let signer = try SigV4.signer(secretAccessKey: GuardedBytes(copying: Fixture.bytes(secret)))
    let now = try #require(Instant(rfc3339: "2013-05-24T00:00:00Z"))
    func authorization(_ path: String) throws -> String {
      let host = "examplebucket.s3.amazonaws.com"
      let line = HTTPMessage.RequestLine(
        method: "PUT", target: Fixture.bytes(path), scheme: "https", authority: Fixture.bytes(host),
        targetURI: Fixture.bytes("https://\(host)\(path)"))
      let fields = [
        HTTPField("Date", "Fri, 24 May 2013 00:00:00 GMT"), HTTPField("x-amz-storage-class", "REDUCED_REDUNDANCY"),
      ]
      let message = HTTPMessage(.request(line), fields: fields, body: Fixture.bytes("Welcome to Amazon S3."))
      let headers = try sigV4.headers(for: message, with: signer, now: now)
      return Fixture.text(try #require(headers.first { $0.isNamed("authorization") }).value)
    }
    // docs.aws.amazon.com, "Examples: signature calculations in AWS Signature Version 4", PUT Object.
    #expect(
      try authorization(path).hasSuffix(
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))
    #expect(try authorization(path) != (try authorization("/test%2524file.text")))
  }

  @Test("A message signature of what is not there, or by an algorithm that RFC 9421 has not, is refused")
  func messageSignatures() throws {
    let signer = try SecretSigner(Fixture.secret, .hmacSHA256)
    let creation = try MessageSignatureCreation(components: ["x-none"], keyID: nil)
    #expect(throws: SigningFault.component(.missing, of: "\"x-none\"")) {
      try creation.sign(Fixture.request(), with: signer, now: Fixture.now)
    }
    let other = try SecretSigner(Fixture.secret, .hmacSHA512)
    let method = try MessageSignatureCreation(components: ["@method"], keyID: nil)
    #expect(throws: SigningFault.algorithm) { try method.sign(Fixture.request(), with: other, now: Fixture.now) }
    #expect(throws: SigningFault.setting) { try MessageSignatureCreation(label: "A", components: [], keyID: nil) }
    #expect(throws: SigningFault.setting) { try MessageSignatureCreation(components: ["date", "date"], keyID: nil) }
    #expect(throws: SigningFault.setting) { try MessageSignatureCreation(components: [], keyID: "é") }
    #expect(throws: SigningFault.setting) {
      try MessageSignatureCreation(components: [], keyID: nil, lifetimeSeconds: 0)
    }
    #expect(throws: SigningFault.component(.notAName, of: "Date")) {
      try MessageSignatureCreation(components: ["Date"], keyID: nil)
    }
  }

  @Test("Key texts: every encoding, and what is none")
  func keyTexts() throws {
    func signer(
      _ text: String, _ encoding: SigningKeyText.Encoding, _ algorithm: MessageSignatureAlgorithm = .hmacSHA256
    ) throws -> [UInt8] {
      try SigningKeyText.signer(GuardedBytes(copying: Array(text.utf8)), encoding, algorithm).sign([1])
    }
    let expected = HMAC.authenticate([1], key: GuardedBytes(copying: Fixture.bytes("key")), hash: .sha256)
    for (text, encoding): (String, SigningKeyText.Encoding) in [
      ("key", .utf8), ("a2V5", .base64), ("whsec_a2V5", .base64), ("6b6579", .hex), ("6B6579", .hex),
    ] {
      #expect(try signer(text, encoding) == expected)
    }
    #expect(try signer("a2U", .base64) == (try signer("a2U=", .base64)))
    for (text, encoding): (String, SigningKeyText.Encoding) in [
      ("", .utf8), (" \t\n", .utf8), ("a2V5 ", .base64), ("a2V", .base64), ("a2U==", .base64), ("a", .base64),
      ("whsec_", .base64), ("6b657", .hex), ("zz", .hex), ("-----BEGIN PRIVATE KEY-----", .pem),
    ] {
      #expect(throws: SigningFault.key, "\(text)") { try signer(text, encoding) }
    }
    #expect(throws: SigningFault.key) { try signer("a2V5", .base64, .ed25519) }
    #expect(throws: SigningFault.algorithm) { try signer("key", .utf8, .rsaPKCS1SHA256) }
    let p256 = PrivateKey.generate(.p256)
    #expect(throws: SigningFault.key) { try PrivateKeySigner(p256, .ecdsaP384SHA384) }
    #expect(throws: SigningFault.algorithm) { try PrivateKeySigner(p256, .hmacSHA256) }
    #expect(throws: SigningFault.key) { try MessageVerificationKey(publicKey: p256.publicKey, .ed25519, keyID: nil) }
    #expect(throws: SigningFault.algorithm) {
      try MessageVerificationKey(publicKey: p256.publicKey, .hmacSHA256, keyID: nil)
    }
    #expect(throws: SigningFault.algorithm) { try MessageVerificationKey(secret: Fixture.secret, .ed25519, keyID: nil) }
  }

  @Test("Nothing that holds a key or a message prints it")
  func masks() throws {
    let key = try MessageVerificationKey(secret: Fixture.secret, .hmacSHA256, keyID: nil)
    let signer = try SecretSigner(Fixture.secret, .hmacSHA256)
    let message = Fixture.request(body: "a shared secret", fields: [HTTPField("X", "a shared secret")])
    for text in ["\(key)", "\(signer)", "\(message)", String(reflecting: message), "\(message.fields)"] {
      #expect(!text.contains("shared"))
    }
  }
}
