import Cryptography
import Encodings
import TestSupport
import Testing

@Suite("Signatures of others: ECDSA and RSA")
struct PublicKeyTests {
  @Test("Wycheproof: ECDSA on P-256 with SHA-256, DER strictly")
  func ecdsa() throws {
    let file = try Wycheproof(
      "ecdsa_secp256r1_sha256", hexFields: ["msg", "sig"], groupHex: ["publicKeyDer"],
      groupIgnored: ["publicKey", "publicKeyPem", "sha"])
    for test in file.cases {
      let isValid = ECDSA.verifyP256SHA256(
        test["sig"], message: test["msg"], subjectPublicKeyInfo: test["publicKeyDer"])
      #expect(isValid == test.isValid, "case \(test.id)")
    }
    #expect(file.cases.count == 321)
    #expect(file.announced == 321)
  }

  @Test("Wycheproof: RSA PKCS #1 v1.5 of 2048 bits with SHA-256")
  func rsa() throws {
    let file = try Wycheproof(
      "rsa_signature_2048_sha256", hexFields: ["msg", "sig"], groupHex: ["publicKeyDer"],
      groupIgnored: ["publicKey", "publicKeyPem", "publicKeyAsn", "keyJwk", "keySize", "sha"])
    for test in file.cases {
      let isValid = RSA.verifyPKCS1(
        test["sig"], message: test["msg"], hash: .sha256, subjectPublicKeyInfo: test["publicKeyDer"])
      #expect(isValid == test.isValid, "case \(test.id)")
    }
    #expect(file.cases.count == 171)
    #expect(file.announced == 171)
  }

  @Test("A parsed key verifies, and a key of the other kind does not")
  func kinds() throws {
    let p256 = try PublicKey(subjectPublicKeyInfo: Fixtures.p256Key, kind: .p256)
    #expect(ECDSA.verifyP256SHA256(Fixtures.p256Signature, message: Fixtures.message, key: p256))
    #expect(!ECDSA.verifyP256SHA256(Fixtures.p256Signature, message: [], key: p256))
    #expect(!RSA.verifyPKCS1(Fixtures.p256Signature, message: Fixtures.message, hash: .sha256, key: p256))
    let rsa = try PublicKey(subjectPublicKeyInfo: Fixtures.rsaKey, kind: .rsa)
    #expect(RSA.verifyPKCS1(Fixtures.rsaSignature, message: Fixtures.message, hash: .sha1, key: rsa))
    #expect(!RSA.verifyPKCS1(Fixtures.rsaSignature, message: Fixtures.message, hash: .sha256, key: rsa))
    #expect(!ECDSA.verifyP256SHA256(Fixtures.rsaSignature, message: Fixtures.message, key: rsa))
    #expect(throws: CryptographyError.notAPublicKey) {
      try PublicKey(subjectPublicKeyInfo: Fixtures.p256Key, kind: .rsa)
    }
    #expect(throws: CryptographyError.notAPublicKey) {
      try PublicKey(subjectPublicKeyInfo: Fixtures.rsaKey, kind: .p256)
    }
  }

  @Test("A short RSA key, another curve, cut bytes, added bytes and no bytes are no keys")
  func refusals() {
    #expect(throws: CryptographyError.notAPublicKey) {
      try PublicKey(subjectPublicKeyInfo: Fixtures.shortRSAKey, kind: .rsa)
    }
    #expect(throws: CryptographyError.notAPublicKey) {
      try PublicKey(subjectPublicKeyInfo: Fixtures.p384Key, kind: .p256)
    }
    for bytes in [Array(Fixtures.p256Key.dropLast()), Fixtures.p256Key + [0], []] {
      #expect(throws: CryptographyError.notAPublicKey) {
        try PublicKey(subjectPublicKeyInfo: bytes, kind: .p256)
      }
      #expect(
        !ECDSA.verifyP256SHA256(Fixtures.p256Signature, message: Fixtures.message, subjectPublicKeyInfo: bytes))
      #expect(
        !RSA.verifyPKCS1(Fixtures.rsaSignature, message: Fixtures.message, hash: .sha1, subjectPublicKeyInfo: bytes))
    }
  }
}
