import Cryptography
import Encodings
import Testing

@Suite("Private keys")
struct PrivateKeyTests {
  /// Every way in which a key of the type signs.
  static func ways(_ type: PrivateKey.KeyType) -> [PublicKeySignature] {
    let hashes: [HashFunction] = [.sha256, .sha384, .sha512]
    switch type.kind {
    case .ed25519: return [.ed25519]
    case .p256, .p384, .p521:
      let curve = type.kind.curve ?? .p256
      return hashes.flatMap { [.ecdsa(curve, $0, .der), .ecdsa(curve, $0, .p1363)] }
    case .rsa: return hashes.flatMap { [.rsaPKCS1($0), .rsaPSS($0, mgf1: $0, saltLength: $0.byteCount)] }
    }
  }

  static let message = Array("sign here".utf8)
  static let types: [PrivateKey.KeyType] = [.ed25519, .p256, .p384, .p521, .rsa2048]

  @Test("A fresh key of every type signs in all its ways, and in no other", arguments: types)
  func signing(type: PrivateKey.KeyType) throws {
    let key = PrivateKey.generate(type)
    #expect(key.kind == type.kind)
    for way in Self.types.flatMap(Self.ways) {
      guard way.fits(type.kind) else {
        #expect(throws: CryptographyError.cannotSign) { try key.sign(Self.message, as: way) }
        #expect(!key.publicKey.isValid([UInt8](repeating: 1, count: 64), for: Self.message, as: way))
        continue
      }
      let signature = try key.sign(Self.message, as: way)
      #expect(key.publicKey.isValid(signature, for: Self.message, as: way), "\(way)")
      #expect(!key.publicKey.isValid(signature, for: Self.message + [0], as: way), "\(way)")
      #expect(!key.publicKey.isValid(signature + [0], for: Self.message, as: way), "\(way)")
      #expect(!key.publicKey.isValid(signature.dropLast(), for: Self.message, as: way), "\(way)")
      for index in signature.indices {
        var changed = signature
        changed[index] ^= 0x10
        #expect(!key.publicKey.isValid(changed, for: Self.message, as: way), "\(way), byte \(index)")
      }
      for other in Self.ways(type) where other != way {
        #expect(!key.publicKey.isValid(signature, for: Self.message, as: other), "\(way) as \(other)")
      }
    }
  }

  @Test("RSA keys have the size that was asked for", arguments: [(PrivateKey.KeyType.rsa3072, 3072), (.rsa4096, 4096)])
  func sizes(type: PrivateKey.KeyType, bits: Int) throws {
    let key = PrivateKey.generate(type)
    #expect(key.publicKey.bitCount == bits)
    let way = PublicKeySignature.rsaPSS(.sha256, mgf1: .sha256, saltLength: 32)
    #expect(key.publicKey.isValid(try key.sign([], as: way), for: [], as: way))
  }

  @Test("Nothing signs with SHA-1 or SHA-224, or with a PSS salt or mask of another length")
  func onlyChecked() {
    let rsa = PrivateKey.generate(.rsa2048)
    let p256 = PrivateKey.generate(.p256)
    let ways: [PublicKeySignature] = [
      .rsaPKCS1(.sha1), .rsaPKCS1(.sha224), .rsaPSS(.sha1, mgf1: .sha1, saltLength: 20),
      .rsaPSS(.sha256, mgf1: .sha256, saltLength: 0), .rsaPSS(.sha256, mgf1: .sha512, saltLength: 32),
      .rsaPSS(.sha256, mgf1: .sha256, saltLength: -1),
    ]
    for way in ways { #expect(throws: CryptographyError.cannotSign) { try rsa.sign([], as: way) } }
    #expect(throws: CryptographyError.cannotSign) { try p256.sign([], as: .ecdsa(.p256, .sha1, .der)) }
  }

  @Test("A PSS signature is refused under any other salt length, and a negative one means nothing")
  func saltLength() throws {
    let key = PrivateKey.generate(.rsa2048)
    let signature = try key.sign(Self.message, as: .rsaPSS(.sha256, mgf1: .sha256, saltLength: 32))
    for length in [-3, -2, -1, 0, 20, 31, 33, 64, 65, Int.max, Int.min] {
      #expect(
        !key.publicKey.isValid(
          signature, for: Self.message, as: .rsaPSS(.sha256, mgf1: .sha256, saltLength: length)), "\(length)")
    }
  }

  @Test("A key that was written as PKCS #8 and read again is the same key", arguments: types)
  func roundTrip(type: PrivateKey.KeyType) throws {
    let key = PrivateKey.generate(type)
    let again = try PrivateKey(pkcs8: key.pkcs8())
    #expect(again.publicKey.subjectPublicKeyInfo == key.publicKey.subjectPublicKeyInfo)
    #expect(ConstantTime.areEqual(again.pkcs8(), key.pkcs8()))
    let way = Self.ways(type)[0]
    #expect(key.publicKey.isValid(try again.sign(Self.message, as: way), for: Self.message, as: way))
  }

  @Test("Cut, added and changed bytes of a PKCS #8 are no key, or not the same key", arguments: types)
  func damage(type: PrivateKey.KeyType) throws {
    let key = PrivateKey.generate(type)
    let bytes = key.pkcs8().exposedForTests
    #expect(throws: CryptographyError.notAPrivateKey) { try PrivateKey(pkcs8: GuardedBytes(copying: bytes + [0])) }
    #expect(throws: CryptographyError.notAPrivateKey) { try PrivateKey(pkcs8: GuardedBytes(copying: bytes.dropLast())) }
    #expect(throws: CryptographyError.notAPrivateKey) { try PrivateKey(pkcs8: GuardedBytes(copying: [])) }
    for index in stride(from: 0, to: bytes.count, by: type == .rsa2048 ? 37 : 1) {
      var changed = bytes
      changed[index] ^= 0x01
      let read = try? PrivateKey(pkcs8: GuardedBytes(copying: changed))
      guard let read else { continue }
      let way = Self.ways(type)[0]
      #expect(read.publicKey.isValid(try read.sign([], as: way), for: [], as: way), "byte \(index)")
    }
  }

  @Test("Keys made by openssl are read from PEM in its three forms")
  func pem() throws {
    for (text, kind) in [
      (KeyFixtures.p256SEC1, PublicKey.Kind.p256), (KeyFixtures.p384PKCS8, .p384), (KeyFixtures.ed25519, .ed25519),
      (KeyFixtures.rsaPKCS1, .rsa),
    ] {
      let key = try PrivateKey(pem: GuardedBytes(copying: Array(text.utf8)))
      #expect(key.kind == kind)
      let way: PublicKeySignature =
        switch kind {
        case .rsa: .rsaPKCS1(.sha256)
        case .ed25519: .ed25519
        default: .ecdsa(kind.curve ?? .p256, .sha256, .der)
        }
      #expect(key.publicKey.isValid(try key.sign(Self.message, as: way), for: Self.message, as: way))
      for broken in [
        text + "x", "x" + text, text.replacing("PRIVATE", with: "PUBLIC"), text + text, String(text.dropLast(6)),
        text.replacing("BEGIN", with: "START"), "", "-----BEGIN -----", "-----BEGIN X-----\n-----END X-----",
      ] {
        #expect(throws: CryptographyError.notAPrivateKey) {
          try PrivateKey(pem: GuardedBytes(copying: Array(broken.utf8)))
        }
      }
    }
    #expect(throws: CryptographyError.notAPrivateKey) {
      try PrivateKey(pem: GuardedBytes(copying: Array(KeyFixtures.encrypted.utf8)))
    }
    #expect(throws: CryptographyError.notAPrivateKey) {
      try PrivateKey(pem: GuardedBytes(copying: Array(KeyFixtures.secp256k1.utf8)))
    }
    #expect(throws: CryptographyError.notAPrivateKey) {
      try PrivateKey(pem: GuardedBytes(copying: Array(KeyFixtures.mismatched.utf8)))
    }
  }

  @Test("RFC 8410 §10.3: the Ed25519 key of the standard")
  func standardKey() throws {
    let key = try PrivateKey(
      pem: GuardedBytes(
        copying: Array(
          """
          -----BEGIN PRIVATE KEY-----
          MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
          -----END PRIVATE KEY-----
          """.utf8)))
    #expect(
      key.publicKey.pem == """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
        -----END PUBLIC KEY-----

        """)
  }
}
