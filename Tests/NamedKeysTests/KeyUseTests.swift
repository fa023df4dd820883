import Cryptography
import Encodings
import JOSE
import TestSupport
import Testing

@testable import NamedKeys

@Suite("Named keys at work")
struct KeyUseTests {
  static let message = Array("pay 100 to alice".utf8)

  /// A key with two versions and their material.
  struct Made {
    var key: NamedKey
    var materials: [UInt32: KeyMaterial]

    init(
      _ type: KeyType, name: String = "orders", purpose: KeyPurpose? = nil, isDerived: Bool = false
    ) throws {
      let first = try KeyMaterial.generate(type)
      let second = try KeyMaterial.generate(type)
      key = try NamedKey(
        name: KeyName(name), type: type, purpose: purpose, isDerived: isDerived, firstPublicKey: first.publicKey,
        createdAt: NamedKeyTests.start)
      try key.rotate(at: NamedKeyTests.start, publicKey: second.publicKey)
      materials = [1: first, 2: second]
    }

    func material(_ version: UInt32) throws -> KeyMaterial { try #require(materials[version]) }
  }

  static let ciphers: [KeyType] = [.aes256GCM, .chaCha20Poly1305, .xChaCha20Poly1305]
  static let signers: [KeyType] = [.ed25519, .ecdsaP256, .ecdsaP384, .ecdsaP521, .rsa2048, .hmac]

  @Test("What was encrypted opens under its key, version and data, and under nothing else", arguments: ciphers)
  func encryption(type: KeyType) throws {
    let made = try Made(type)
    let cipher = try DataCipher.encrypting(made.key, nil, made.material(2))
    let text = try cipher.encrypt(GuardedBytes(copying: Self.message), associatedData: [1])
    #expect(text.version == 2)
    #expect(text.text.hasPrefix("chancery:v2:"))
    let again = try KeyText(text.text)
    #expect(again == text)
    func open(
      _ text: KeyText, _ made: Made, version: UInt32 = 2, data: [UInt8] = [1]
    ) throws -> [UInt8] {
      try DataCipher.decrypting(made.key, version, made.material(version)).decrypt(text, associatedData: data)
        .withBytes { Array($0) }
    }
    #expect(try open(again, made) == Self.message)
    #expect(throws: NamedKeyError.cannotOpen) { try open(again, made, data: []) }
    #expect(throws: NamedKeyError.cannotOpen) { try open(again, made, version: 1) }
    #expect(throws: NamedKeyError.cannotOpen) {
      try open(KeyText(version: 1, bytes: text.bytes), Made(copying: made, from: 2, to: 1), version: 1)
    }
    // What one version made does not open as what another one made, for whoever holds the cipher.
    #expect(throws: NamedKeyError.cannotOpen) { try open(KeyText(version: 1, bytes: text.bytes), made) }
    // The same material under another name.
    var renamed = try Made(type, name: "refunds")
    renamed.materials = made.materials
    #expect(throws: NamedKeyError.cannotOpen) { try open(again, renamed) }
    for index in text.bytes.indices {
      var bytes = text.bytes
      bytes[index] ^= 1
      #expect(throws: NamedKeyError.cannotOpen) { try open(KeyText(version: 2, bytes: bytes), made) }
    }
    for count in 0..<text.bytes.count {
      #expect(throws: NamedKeyError.cannotOpen) {
        try open(KeyText(version: 2, bytes: Array(text.bytes.prefix(count))), made)
      }
    }
    #expect(
      try cipher.encrypt(GuardedBytes(copying: Self.message))
        != (try cipher.encrypt(GuardedBytes(copying: Self.message))))
  }

  @Test("A derived key needs its context, and each context is a key of its own", arguments: ciphers + [.hmac])
  func derivation(type: KeyType) throws {
    let made = try Made(type, isDerived: true)
    if type == .hmac {
      let text = try Signer(made.key, nil, made.material(2), context: [1]).sign(Self.message)
      let verifier = { try SignatureVerifier(made.key, 2, material: made.material(2), context: $0) }
      #expect(try verifier([1]).isValid(text, for: Self.message))
      #expect(try !verifier([2]).isValid(text, for: Self.message))
      #expect(throws: NamedKeyError.context(isWanted: true)) { try verifier(nil) }
      return
    }
    let text = try DataCipher.encrypting(made.key, nil, made.material(2), context: [1]).encrypt(
      GuardedBytes(copying: Self.message))
    let open = { try DataCipher.decrypting(made.key, 2, made.material(2), context: $0).decrypt(text).count }
    #expect(try open([1]) == Self.message.count)
    #expect(throws: NamedKeyError.cannotOpen) { try open([2]) }
    for context in [nil, [], [UInt8](repeating: 0, count: 1025)] as [[UInt8]?] {
      #expect(throws: NamedKeyError.context(isWanted: true)) { try open(context) }
    }
    let plain = try Made(type)
    #expect(throws: NamedKeyError.context(isWanted: false)) {
      try DataCipher.encrypting(plain.key, nil, plain.material(2), context: [1])
    }
  }

  @Test("A signature is its key's, version's and message's, and nothing else's", arguments: signers)
  func signing(type: KeyType) throws {
    let made = try Made(type)
    let text = try Signer(made.key, nil, made.material(2)).sign(Self.message)
    let again = try KeyText(text.text)
    let verifier = try SignatureVerifier(made.key, 2, material: made.material(2))
    #expect(verifier.isValid(again, for: Self.message))
    #expect(!verifier.isValid(again, for: Self.message + [0]))
    #expect(!verifier.isValid(KeyText(version: 1, bytes: text.bytes), for: Self.message))
    let other = try SignatureVerifier(made.key, 1, material: made.material(1))
    #expect(!other.isValid(KeyText(version: 1, bytes: text.bytes), for: Self.message))
    // The same material as another version, and under another name.
    let moved = try Made(copying: made, from: 2, to: 1)
    #expect(
      try !SignatureVerifier(moved.key, 1, material: moved.material(1)).isValid(
        KeyText(version: 1, bytes: text.bytes), for: Self.message))
    let elsewhere = try NamedKey(
      name: KeyName("refunds"), type: type, firstPublicKey: made.material(2).publicKey, createdAt: NamedKeyTests.start)
    #expect(
      try !SignatureVerifier(elsewhere, 1, material: made.material(2)).isValid(
        KeyText(version: 1, bytes: text.bytes), for: Self.message))
    for index in text.bytes.indices {
      var bytes = text.bytes
      bytes[index] ^= 1
      #expect(!verifier.isValid(KeyText(version: 2, bytes: bytes), for: Self.message))
    }
    #expect(throws: NamedKeyError.purpose(.signing)) { try BareSigner(made.key, nil, made.material(2)) }
    #expect(throws: NamedKeyError.purpose(.signing)) { try DataCipher.encrypting(made.key, nil, made.material(2)) }
  }

  @Test("A key for messages signs the bare message; a bound signature never passes as one of them")
  func messages() throws {
    let made = try Made(.ed25519, purpose: .messages)
    let signer = try BareSigner(made.key, nil, made.material(2))
    let signature = try signer.sign(Self.message, as: .publicKey(.ed25519))
    let publicKey = try PublicKey(subjectPublicKeyInfo: try #require(made.material(2).publicKey))
    #expect(publicKey.isValid(signature, for: Self.message, as: .ed25519))
    #expect(throws: NamedKeyError.unsuited(.ed25519, .messages)) {
      try signer.sign(Self.message, as: .publicKey(.rsaPKCS1(.sha256)))
    }
    #expect(throws: NamedKeyError.unsuited(.ed25519, .messages)) { try signer.sign(Self.message, as: .hmac(.sha256)) }
    #expect(throws: NamedKeyError.purpose(.messages)) { try Signer(made.key, nil, made.material(2)) }
    let mac = try Made(.hmac, purpose: .messages)
    let tag = try BareSigner(mac.key, 1, mac.material(1)).sign(Self.message, as: .hmac(.sha512))
    #expect(HMAC.isValid(tag, for: Self.message, key: try mac.material(1).encoded, hash: .sha512))
    #expect(throws: NamedKeyError.unsuited(.hmac, .messages)) {
      try BareSigner(mac.key, 1, mac.material(1)).sign(Self.message, as: .hmac(.sha1))
    }
  }

  @Test("Tokens verify under the published key, name key and version, and take an object only")
  func tokens() throws {
    let cases: [(KeyType, [JSONWebAlgorithm])] = [
      (.ed25519, [.edDSA]), (.ecdsaP256, [.ecdsa(.p256)]), (.ecdsaP384, [.ecdsa(.p384)]),
      (.rsa2048, [.rsaPKCS1(.sha256), .rsaPKCS1(.sha512), .rsaPSS(.sha256), .rsaPSS(.sha384)]),
    ]
    for (type, algorithms) in cases {
      let made = try Made(type, purpose: .messages)
      let signer = try TokenSigner(made.key, nil, made.material(2))
      #expect(signer.keyIdentifier == "orders:2")
      let publicKey = try PublicKey(subjectPublicKeyInfo: try #require(made.material(2).publicKey))
      for algorithm in algorithms {
        let token = try signer.sign(claims: Array(#"{"sub":"a"}"#.utf8), as: algorithm)
        let keys = try JSONTape(Array(Self.json(publicKey).utf8))
        #expect(
          try JSONWebSignature.verify(token, keys: JSONWebKeySet(keys, keys.root)) == Array(#"{"sub":"a"}"#.utf8))
      }
      #expect(throws: NamedKeyError.unsuited(type, .messages)) {
        try signer.sign(claims: Array("{}".utf8), as: .hmac(.sha256))
      }
      for claims in ["", "[]", "1", "{", #"{"a":1,"a":2}"#] {
        #expect(throws: NamedKeyError.malformed) { try signer.sign(claims: Array(claims.utf8), as: algorithms[0]) }
      }
    }
  }

  @Test("Other spellings of a text are no text")
  func texts() throws {
    let good = "chancery:v12:AQID"
    #expect(try KeyText(good) == KeyText(version: 12, bytes: [1, 2, 3]))
    #expect(try KeyText(good).text == good)
    for text in [
      "", "chancery:v1", "chancery:v0:AQID", "chancery:v01:AQID", "chancery:v+1:AQID", "chancery:v-1:AQID",
      "chancery:v4294967296:AQID", "chancery:v1:AQI", "chancery:v1:AQID\n", " chancery:v1:AQID", "Chancery:v1:AQID",
      "vault:v1:AQID", "chancery:v1:AQ-_", "chancery:v1:AR==", "chancery:v1: AQID", "chancery:v1:AQID:",
      "chancery:v١:AQID",
    ] {
      #expect(throws: NamedKeyError.malformed, "\(text)") { try KeyText(text) }
    }
    let limit = (NamedKeyLimits.messageCount + 1024) / 3 * 4 + 64
    #expect(throws: NamedKeyError.tooLarge(limit: limit)) {
      try KeyText(String(repeating: "a", count: limit + 1))
    }
  }

  @Test("Material reads back from what is sealed, and not as another type", arguments: ciphers + signers)
  func material(type: KeyType) throws {
    let material = try KeyMaterial.generate(type)
    #expect(try KeyMaterial.read(type, material.encoded).publicKey == material.publicKey)
    #expect(throws: NamedKeyError.damaged) { try KeyMaterial.read(type, GuardedBytes(random: 31)) }
    for other in Self.ciphers + Self.signers where other != type && other.algorithm != type.algorithm {
      // A secret of 32 bytes is one for every symmetric type; which it is stands in the sealed record.
      guard material.encoded.count != 32 || !other.isDerivable else { continue }
      #expect(throws: NamedKeyError.damaged, "\(other)") { try KeyMaterial.read(other, material.encoded) }
    }
    #expect(throws: NamedKeyError.noPostQuantum) { try KeyMaterial.generate(.mlDSA65) }
  }

  static func json(_ key: PublicKey) -> String {
    func text(_ bytes: [UInt8]) -> String { Base64.encode(bytes, alphabet: .urlSafe, padded: false) }
    switch key.components {
    case .ed25519(let bytes): return #"{"kty":"OKP","crv":"Ed25519","x":"\#(text(bytes))"}"#
    case .point(let curve, let x, let y):
      let name = curve == .p256 ? "P-256" : curve == .p384 ? "P-384" : "P-521"
      return #"{"kty":"EC","crv":"\#(name)","x":"\#(text(x))","y":"\#(text(y))"}"#
    case .rsa(let modulus, let exponent): return #"{"kty":"RSA","n":"\#(text(modulus))","e":"\#(text(exponent))"}"#
    }
  }
}

extension KeyUseTests.Made {
  /// The material of one version in the place of another: what somebody with the database could try.
  init(copying other: KeyUseTests.Made, from: UInt32, to: UInt32) throws {
    self = other
    materials[to] = other.materials[from]
    key = try NamedKey(
      name: other.key.name, type: other.key.type, firstPublicKey: other.materials[from]?.publicKey,
      createdAt: NamedKeyTests.start)
    try key.rotate(at: NamedKeyTests.start, publicKey: other.materials[from]?.publicKey)
  }
}
