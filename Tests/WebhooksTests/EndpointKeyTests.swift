import Cryptography
import Encodings
import MessageSignatures
import TestSupport
import Testing

@testable import Webhooks

@Suite("Keys of endpoints")
struct EndpointKeyTests {
  private func scheme(
    _ algorithm: SignatureAlgorithm, strip: String = "", address: String? = nil
  ) throws -> SignatureScheme {
    var draft = SignatureScheme.Draft(
      name: "s", signature: SchemeSource(.header(try HeaderName("X-Sig"))),
      encoding: algorithm == .token ? .text : .base64, algorithm: algorithm, keyPrefix: strip,
      message: algorithm == .token ? nil : "{body}")
    if let address {
      draft.keyAddress = SchemeSource(.header(try HeaderName("X-Cert")), pattern: try ValuePattern(address))
    }
    return try SignatureScheme(draft)
  }

  private func key(
    _ text: String, _ encoding: KeyEncoding, _ scheme: SignatureScheme, url: String? = nil
  ) throws -> EndpointKey {
    try EndpointKey(text: Fixture.guarded(text), encoding: encoding, named: "k", for: scheme, url: url)
  }

  private func fault(
    _ text: String, _ encoding: KeyEncoding, _ scheme: SignatureScheme, url: String? = nil
  ) throws -> WebhookFault? {
    do {
      _ = try key(text, encoding, scheme, url: url)
      return nil
    } catch let fault as WebhookFault {
      #expect(!fault.message.isEmpty)
      return fault
    }
  }

  @Test("Every version of a key that lies elsewhere is tried, by MAC and by public key, and no other key fits")
  func versions() throws {
    func request(_ signature: [UInt8]) -> UnverifiedRequest { Fixture.request([("X-Sig", Base64.encode(signature))]) }
    func accepts(_ versions: [KeyVersionAccess], _ algorithm: SignatureAlgorithm, _ signature: [UInt8]) throws -> Bool {
      let scheme = try scheme(algorithm)
      let keys = try EndpointKeys([try EndpointKey(versions: versions, named: "k", for: scheme)])
      return Fixture.verify(request(signature), try Fixture.endpoint(.signature(scheme)), keys).request != nil
    }
    let secrets = [1, 2, 3].map { GuardedBytes(copying: [UInt8](repeating: $0, count: 32)) }
    let signers = try secrets.map { try SecretSigner($0, .hmacSHA256) }
    let macs = signers.prefix(2).map { KeyVersionAccess.authenticator($0, .version(id: "k", 1)) }
    for (index, signer) in signers.enumerated() {
      #expect(try accepts(macs, .hmacSHA256, signer.sign(Fixture.body)) == (index < 2))
    }
    for (type, algorithm, way) in [
      (PrivateKey.KeyType.ed25519, SignatureAlgorithm.ed25519, PublicKeySignature.ed25519),
      (.p256, .ecdsaP256SHA256, .ecdsa(.p256, .sha256, .der)), (.rsa2048, .rsaPKCS1SHA256, .rsaPKCS1(.sha256)),
    ] {
      let pairs = (0..<3).map { _ in PrivateKey.generate(type) }
      let versions = pairs.prefix(2).map { KeyVersionAccess.publicKey($0.publicKey) }
      for (index, pair) in pairs.enumerated() {
        #expect(try accepts(versions, algorithm, pair.sign(Fixture.body, as: way)) == (index < 2), "\(algorithm)")
      }
    }
  }

  @Test("A key that lies elsewhere serves the algorithm of its type only, with one to eight versions")
  func versionFaults() throws {
    let secret = GuardedBytes(copying: [UInt8](repeating: 1, count: 32))
    let mac = KeyVersionAccess.authenticator(try SecretSigner(secret, .hmacSHA256), .version(id: "k", 1))
    let pair = KeyVersionAccess.publicKey(PrivateKey.generate(.p256).publicKey)
    func fault(_ versions: [KeyVersionAccess], _ algorithm: SignatureAlgorithm, address: String? = nil) -> WebhookFault?
    {
      do {
        _ = try EndpointKey(versions: versions, named: "k", for: try scheme(algorithm, address: address))
        return nil
      } catch {
        return error as? WebhookFault
      }
    }
    #expect(fault([mac], .hmacSHA256) == nil && fault([pair], .ecdsaP256SHA256) == nil)
    for (versions, algorithm) in [
      ([mac], SignatureAlgorithm.hmacSHA512), ([mac], .ed25519), ([pair], .ed25519), ([pair], .hmacSHA256),
      ([pair], .rsaPKCS1SHA256), ([mac], .token), ([pair, mac], .ecdsaP256SHA256),
    ] {
      #expect(fault(versions, algorithm) == .key(.unsuited(algorithm)), "\(algorithm)")
    }
    #expect(fault([], .hmacSHA256) == .key(.empty))
    #expect(fault(Array(repeating: mac, count: 8), .hmacSHA256) == nil)
    #expect(fault(Array(repeating: mac, count: 9), .hmacSHA256) == .key(.tooManyVersions))
    #expect(fault([pair], .ecdsaP256SHA256, address: "https://a/.{1,9}") == .key(.addressMissing))
  }

  @Test("The material of a key has one name however it was entered, and each version and each other key another")
  func identities() throws {
    func name(_ identity: KeyIdentity) -> String {
      switch identity {
      case .secret(let bytes): "secret \(bytes.withBytes { Hex.encode(Array($0)) })"
      case .publicKey(let bytes): "public \(Hex.encode(bytes))"
      case .version(let id, let number): "version \(id) \(number)"
      }
    }
    func epochs(_ text: String, _ encoding: KeyEncoding, _ algorithm: SignatureAlgorithm) throws -> [String] {
      try EndpointKey(
        text: Fixture.guarded(text), encoding: encoding, named: "k", for: try scheme(algorithm)
      ).named(by: name).epochs
    }
    let secret = try epochs("secret", .utf8, .hmacSHA256)
    #expect(secret == ["secret 736563726574"])
    #expect(try epochs("736563726574", .hex, .hmacSHA256) == secret)
    #expect(try epochs("c2VjcmV0", .base64, .hmacSHA256) == secret)
    #expect(try epochs("secres", .utf8, .hmacSHA256) != secret)
    let pair = PrivateKey.generate(.ed25519)
    let bare = Array(pair.publicKey.subjectPublicKeyInfo.suffix(32))
    let entered = try epochs(Hex.encode(bare), .ed25519Hex, .ed25519)
    #expect(entered == ["public \(Hex.encode(bare))"])
    let versions = [KeyVersionAccess.publicKey(pair.publicKey), .publicKey(PrivateKey.generate(.ed25519).publicKey)]
    let named = try EndpointKey(
      versions: versions, named: "k", for: try scheme(.ed25519), standing: [.version(id: "k", 1)]
    ).named(by: name).epochs
    #expect(named.count == 3 && named[0] == entered[0] && named[1] != named[0] && named[2] == "version k 1")
  }

  @Test("A delivery is kept for the version that it fits, and for no other")
  func versionEpoch() throws {
    let scheme = try scheme(.hmacSHA256)
    let signers = try [1, 2].map {
      try SecretSigner(GuardedBytes(copying: [UInt8](repeating: $0, count: 32)), .hmacSHA256)
    }
    let versions = signers.enumerated().map { KeyVersionAccess.authenticator($1, .version(id: "k", UInt32($0 + 1))) }
    let keys = try EndpointKeys([
      try EndpointKey(versions: versions, named: "k", for: scheme).named { identity in
        guard case .version(_, let number) = identity else { return "?" }
        return "e\(number)"
      }
    ])
    for (index, signer) in signers.enumerated() {
      let request = Fixture.request([("X-Sig", Base64.encode(signer.sign(Fixture.body)))])
      let found = try #require(Fixture.verify(request, try Fixture.endpoint(.signature(scheme)), keys).request)
      #expect(found.replayKeys.map(\.retention) == [.whileKeyStands(epoch: "e\(index + 1)")])
    }
  }

  @Test("Secrets are decoded as they were written, the prefix cut off first")
  func secrets() throws {
    func bytes(_ text: String, _ encoding: KeyEncoding, strip: String = "") throws -> [UInt8] {
      let key = try key(text, encoding, try scheme(.hmacSHA256, strip: strip))
      return try #require(key.secretBytes).withBytes { Array($0) }
    }
    #expect(try bytes("ab", .utf8) == [0x61, 0x62])
    #expect(try bytes("whsec_YWI=", .base64, strip: "whsec_") == [0x61, 0x62])
    #expect(try bytes("YWI", .base64) == [0x61, 0x62])
    #expect(try bytes("YWJjZGVm", .base64) == Array("abcdef".utf8))
    #expect(try bytes("Ab01", .hex) == [0xAB, 0x01])
  }

  @Test("Empty and blank secrets are refused in every encoding", arguments: ["", " ", "\t\n ", "whsec_", "whsec_  "])
  func blank(text: String) throws {
    for encoding in [KeyEncoding.utf8, .base64, .hex] {
      #expect(try fault(text, encoding, try scheme(.hmacSHA256, strip: "whsec_")) == .key(.empty))
    }
    guard !text.hasPrefix("whsec_") else { return }
    for authentication in try Fixture.everyAuthentication where authentication.needsKeys {
      #expect(throws: WebhookFault.key(.empty)) { try Fixture.keys(for: authentication, secret: text) }
    }
  }

  @Test("Malformed keys are refused")
  func malformed() throws {
    let hmac = try scheme(.hmacSHA256)
    for text in ["YWI*", "YWJ=", "YW=I", "Y", "YWI=YWI=", "YW I="] {
      #expect(try fault(text, .base64, hmac) == .key(.malformed(.base64)), "\(text)")
    }
    for text in ["abc", "0x", "zz"] { #expect(try fault(text, .hex, hmac) == .key(.malformed(.hex))) }
    let ed25519 = try scheme(.ed25519)
    #expect(try fault("zz", .ed25519Hex, ed25519) == .key(.malformed(.ed25519Hex)))
    #expect(try fault("00", .ed25519Hex, ed25519) == .key(.length))
    #expect(try fault("AAAA", .spkiBase64, try scheme(.rsaPKCS1SHA256)) == .key(.notPublic))
    #expect(try fault("AAA", .spkiBase64, try scheme(.rsaPKCS1SHA256)) == .key(.malformed(.spkiBase64)))
    #expect(try fault("text", .x509PEM, try scheme(.rsaPKCS1SHA256)) == .key(.certificate))
  }

  @Test("A public key is taken as its Base64 and as its PEM text, and is the same key")
  func publicPEM() throws {
    let pair = PrivateKey.generate(.p256)
    let der = pair.publicKey.subjectPublicKeyInfo
    let pem = pair.publicKey.pem
    let scheme = try scheme(.ecdsaP256SHA256)
    let signature = try pair.sign(Fixture.body, as: .ecdsa(.p256, .sha256, .der))
    let request = Fixture.request([("X-Sig", Base64.encode(signature))])
    for text in [Base64.encode(der), pem, "\n" + pem.replacing("\n", with: "\r\n")] {
      let keys = try EndpointKeys([try key(text, .spkiBase64, scheme)])
      #expect(Fixture.verify(request, try Fixture.endpoint(.signature(scheme)), keys).request != nil)
      _ = try EndpointKey(
        text: Fixture.guarded(text), encoding: .spkiBase64, messageAlgorithm: .ecdsaP256SHA256, keyID: nil, named: "k")
    }
    for text in [
      pem + pem, pem.replacing("PUBLIC KEY", with: "PRIVATE KEY"), pem.replacing("-----END", with: "----END"),
      String(pem.dropFirst()), pem.replacing("\n", with: ""),
    ] {
      #expect(try fault(text, .spkiBase64, scheme) == .key(.malformed(.spkiBase64)))
    }
    #expect(try fault(pem, .spkiBase64, try self.scheme(.rsaPKCS1SHA256)) == .key(.notPublic))
    #expect(KeyFault.malformed(.spkiBase64).message.contains("-----BEGIN PUBLIC KEY-----"))
  }

  @Test("An encoding serves only the algorithms it can be a key of")
  func encodings() throws {
    for algorithm in SignatureAlgorithm.allCases {
      for encoding in KeyEncoding.allCases where !encoding.serves(algorithm) {
        #expect(try fault("00", encoding, try scheme(algorithm)) == .key(.encoding(encoding, algorithm)))
      }
    }
    #expect(!KeyEncoding.spkiBase64.serves(.hmacSHA256))
    #expect(!KeyEncoding.utf8.serves(.rsaPKCS1SHA256))
  }

  @Test("A header secret that no header can carry is refused")
  func unsendable() throws {
    let header = EndpointAuthentication.headerSecret(header: try HeaderName("X-Secret"))
    for text in [" a", "a ", "a\nb", "pässword"] {
      #expect(throws: WebhookFault.key(.unsendable)) { try Fixture.keys(for: header, secret: text) }
    }
    _ = try Fixture.keys(for: .basic(username: "u"), secret: " pässword ")
  }

  @Test("Eight keys are the most")
  func count() throws {
    let keys = try (0..<9).map { try Fixture.keys(for: .basic(username: "u"), named: "k\($0)").keys[0] }
    _ = try EndpointKeys(Array(keys.prefix(8)))
    #expect(throws: WebhookFault.key(.tooMany)) { try EndpointKeys(keys) }
  }

  @Test("A pinned certificate counts only while it is valid, and under its own address")
  func certificates() throws {
    let vectors = try Vectors.json("webhooks.json")
    let cases = try #require(vectors.member(vectors.root, "cases"))
    let paypal = try #require(
      vectors.children(cases).first { vectors.member($0, "scheme").flatMap(vectors.string) == "paypal" })
    let entry = try #require(vectors.member(paypal, "keys").flatMap { vectors.element($0, 0) })
    let pem = try #require(vectors.member(entry, "value").flatMap(vectors.string))
    let certificate = try #require(CertificateKey(pem: Array(pem.utf8)))
    #expect(certificate.notBefore.rfc3339 == "2025-01-01T00:00:00.000Z")
    #expect(certificate.notAfter.rfc3339 == "2034-12-30T00:00:00.000Z")
    #expect(certificate.isValid(at: certificate.notBefore))
    #expect(certificate.isValid(at: certificate.notAfter))
    #expect(!certificate.isValid(at: certificate.notAfter.advanced(byMilliseconds: 1)))
    #expect(!certificate.isValid(at: certificate.notBefore.advanced(byMilliseconds: -1)))

    let scheme = try scheme(.rsaPKCS1SHA256, address: "https://certs\\.example/[a-z]+")
    #expect(try fault(pem, .x509PEM, scheme) == .key(.addressMissing))
    #expect(try fault(pem, .x509PEM, scheme, url: "https://certs.example/a/../b") == .key(.addressForm))
    #expect(try fault(pem, .x509PEM, scheme, url: "https://certs.example/a") == nil)
    let key = try key(pem, .x509PEM, scheme, url: "https://certs.example/a")
    func reason(_ headers: [(String, String)], now: Instant = Fixture.now) throws -> WebhookRefusal? {
      Fixture.verify(
        Fixture.request(headers), try Fixture.endpoint(.signature(scheme)), try EndpointKeys([key]), now: now
      ).refusal
    }
    let signature = ("X-Sig", Base64.encode([UInt8](repeating: 1, count: 256)))
    #expect(try reason([signature]) == .keyAddressRefused)
    #expect(try reason([signature, ("X-Cert", "https://evil.example/a")]) == .keyAddressRefused)
    #expect(try reason([signature, ("X-Cert", "https://certs.example/b")]) == .keyAddressRefused)
    #expect(try reason([signature, ("X-Cert", "https://certs.example/a")]) == .credentialWrong)
    let late = certificate.notAfter.advanced(byMilliseconds: 1)
    #expect(try reason([signature, ("X-Cert", "https://certs.example/a")], now: late) == .keyAddressRefused)
  }

  @Test("A damaged certificate never traps")
  func damagedCertificates() throws {
    let vectors = try Vectors.json("webhooks.json")
    let cases = try #require(vectors.member(vectors.root, "cases"))
    let sns = try #require(
      vectors.children(cases).first { vectors.member($0, "scheme").flatMap(vectors.string) == "aws-sns-v2" })
    let entry = try #require(vectors.member(sns, "keys").flatMap { vectors.element($0, 0) })
    let pem = try #require(vectors.member(entry, "value").flatMap(vectors.string))
    let lines = pem.split(separator: "\n")
    let der = try #require(Base64.decode(lines.dropFirst().dropLast().joined()))
    var random = SeededRandom(seed: 0x5EED_0003)
    for round in 0..<1_000 {
      var damaged = der
      if round < der.count, round < 300 {
        damaged = Array(der[..<round])
      } else {
        damaged[random.number(in: 0...200)] = UInt8(truncatingIfNeeded: random.next())
      }
      let text = "-----BEGIN CERTIFICATE-----\n\(Base64.encode(damaged))\n-----END CERTIFICATE-----\n"
      _ = CertificateKey(pem: Array(text.utf8))
      if round < 300 { #expect(CertificateKey(pem: Array(text.utf8)) == nil) }
    }
    #expect(CertificateKey(pem: Array((pem + pem).utf8)) == nil)
  }

  @Test("Both time forms of a certificate are read, and lengths of every size")
  func certificateForms() throws {
    func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      switch content.count {
      case ..<128: [tag, UInt8(content.count)] + content
      case ..<256: [tag, 0x81, UInt8(content.count)] + content
      default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
      }
    }
    func certificate(_ times: [UInt8], keyCount: Int) -> CertificateKey? {
      let sequence = element(0x30, [])
      let key = element(0x30, [UInt8](repeating: 5, count: keyCount))
      let signed = element(0xA0, element(0x02, [2])) + element(0x02, [1]) + sequence + sequence + element(0x30, times)
      let whole = element(0x30, element(0x30, signed + sequence + key) + sequence + element(0x03, [0]))
      let text = "-----BEGIN CERTIFICATE-----\n\(Base64.encode(whole))\n-----END CERTIFICATE-----"
      return CertificateKey(pem: Array(text.utf8))
    }
    func utc(_ text: String) -> [UInt8] { element(0x17, Array(text.utf8)) }
    func general(_ text: String) -> [UInt8] { element(0x18, Array(text.utf8)) }
    let old = try #require(certificate(utc("500101000000Z") + general("20491231235959Z"), keyCount: 200))
    #expect(old.notBefore.rfc3339 == "1950-01-01T00:00:00.000Z")
    #expect(old.notAfter.rfc3339 == "2049-12-31T23:59:59.000Z")
    #expect(old.subjectPublicKeyInfo.count == 203)
    let recent = try #require(certificate(utc("491231235959Z") + general("99991231235959Z"), keyCount: 300))
    #expect(recent.notBefore.rfc3339 == "2049-12-31T23:59:59.000Z")
    #expect(recent.subjectPublicKeyInfo.count == 304)
    for times in [
      utc("491231235959Z"), utc("4912312359Z") + utc("491231235959Z"), utc("491231235959+") + utc("491231235959Z"),
      utc("491331235959Z") + utc("491231235959Z"), utc("491231235959Z") + utc("491231235959Z") + utc("491231235959Z"),
    ] {
      #expect(certificate(times, keyCount: 10) == nil)
    }
  }
}
