import Cryptography
import Encodings
import NamedKeys
import PostQuantum
import Testing

@Suite("ML-DSA")
struct MLDSATests {
  static let types: [KeyType] = [.mlDSA65, .mlDSA87]

  @Test("A named key signs with its version; a changed byte, message, version or key is refused", arguments: types)
  func signing(type: KeyType) throws {
    let library = MLDSA()
    let material = try KeyMaterial.generate(type, postQuantum: library)
    #expect(material.publicKey?.count == (type == .mlDSA65 ? 1952 : 2592))
    let key = try NamedKey(
      name: KeyName("release"), type: type, firstPublicKey: material.publicKey,
      createdAt: Instant(secondsSinceEpoch: 1_800_000_000))
    let message = Array("release 1".utf8)
    let text = try Signer(key, nil, material).sign(message)
    #expect(text.bytes.count == (type == .mlDSA65 ? 3309 : 4627))
    let verifier = try SignatureVerifier(key, 1, postQuantum: library)
    #expect(verifier.isValid(try KeyText(text.text), for: message))
    #expect(!verifier.isValid(text, for: message + [0]))
    #expect(!verifier.isValid(KeyText(version: 2, bytes: text.bytes), for: message))
    for index in stride(from: 0, to: text.bytes.count, by: 97) {
      var changed = text.bytes
      changed[index] ^= 1
      #expect(!verifier.isValid(KeyText(version: 1, bytes: changed), for: message), "byte \(index)")
    }
    for count in [0, 1, text.bytes.count - 1] {
      #expect(!verifier.isValid(KeyText(version: 1, bytes: Array(text.bytes.prefix(count))), for: message))
    }
    let other = try KeyMaterial.generate(type, postQuantum: library)
    let others = try NamedKey(
      name: KeyName("release"), type: type, firstPublicKey: other.publicKey,
      createdAt: Instant(secondsSinceEpoch: 1_800_000_000))
    #expect(try !SignatureVerifier(others, 1, postQuantum: library).isValid(text, for: message))
    #expect(throws: NamedKeyError.noPostQuantum) { try SignatureVerifier(key, 1) }
    #expect(throws: NamedKeyError.unsuited(type, .messages)) {
      try NamedKey(
        name: KeyName("release"), type: type, purpose: .messages, firstPublicKey: nil,
        createdAt: Instant(secondsSinceEpoch: 1_800_000_000))
    }
  }

  @Test("The public key is that of the seed", arguments: types)
  func seeds(type: KeyType) throws {
    let library = MLDSA()
    let material = try KeyMaterial.generate(type, postQuantum: library)
    #expect(try KeyMaterial.read(type, material.encoded, postQuantum: library).publicKey == material.publicKey)
    #expect(throws: NamedKeyError.damaged) {
      try KeyMaterial.read(type, GuardedBytes(random: 33), postQuantum: library)
    }
  }

  @Test("One seed gives two keys, one for each parameter set")
  func parameterSets() throws {
    let seed = GuardedBytes(copying: [UInt8](repeating: 7, count: 32))
    let library = MLDSA()
    let first = try library.publicKey(.mlDSA65, seed: seed)
    let second = try library.publicKey(.mlDSA87, seed: seed)
    // ρ is hashed together with the dimensions (FIPS 204 algorithm 6, line 1).
    #expect(first.prefix(32) != second.prefix(32))
    let signature = try library.sign([1], .mlDSA65, seed: seed)
    #expect(!library.isValid(signature, for: [1], .mlDSA87, publicKey: second))
    #expect(!library.isValid(signature, for: [1], .mlDSA65, publicKey: second))
    #expect(library.isValid(signature, for: [1], .mlDSA65, publicKey: first))
  }
}
