import Cryptography
import TestSupport
import Testing

@Suite("Ciphers by name, wrapped keys, OAEP and key agreement")
struct CipherTests {
  @Test(
    "What was sealed opens under the same key, nonce and data, and under nothing else",
    arguments: AuthenticatedCipher.allCases)
  func sealing(cipher: AuthenticatedCipher) throws {
    var random = SeededRandom(seed: 5)
    let key = GuardedBytes(copying: random.bytes(cipher.keyCount))
    let nonce = random.bytes(cipher.nonceCount)
    for count in [0, 1, 15, 16, 17, 1000] {
      let message = random.bytes(count)
      let sealed = cipher.seal(GuardedBytes(copying: message), key: key, nonce: nonce, associatedData: [7])
      #expect(sealed.count == count + 16)
      #expect(
        try cipher.open(sealed, key: key, nonce: nonce, associatedData: [7]).exposedForTests == message)
      for index in sealed.indices where index < 20 || index >= count {
        var changed = sealed
        changed[index] ^= 0x80
        #expect(throws: CryptographyError.cannotOpen) {
          try cipher.open(changed, key: key, nonce: nonce, associatedData: [7])
        }
      }
      #expect(throws: CryptographyError.cannotOpen) {
        try cipher.open(sealed, key: key, nonce: nonce, associatedData: [])
      }
      #expect(throws: CryptographyError.cannotOpen) {
        try cipher.open(sealed, key: key, nonce: random.bytes(cipher.nonceCount), associatedData: [7])
      }
      #expect(throws: CryptographyError.cannotOpen) {
        try cipher.open(
          sealed, key: GuardedBytes(copying: random.bytes(cipher.keyCount)), nonce: nonce, associatedData: [7])
      }
    }
    #expect(throws: CryptographyError.wrongLength(expected: 16, given: 15)) {
      try cipher.open([UInt8](repeating: 0, count: 15), key: key, nonce: nonce, associatedData: [])
    }
  }

  @Test("A wrapped key unwraps in its form only; a changed byte is noticed", arguments: [16, 24, 32])
  func wrapping(keyCount: Int) throws {
    var random = SeededRandom(seed: 6)
    let outer = GuardedBytes(copying: random.bytes(keyCount))
    for (form, counts) in [(AESKeyWrap.Form.plain, [16, 32, 64]), (.padded, [1, 7, 8, 9, 31, 2400])] {
      for count in counts {
        let inner = random.bytes(count)
        let wrapped = try AESKeyWrap.wrap(GuardedBytes(copying: inner), under: outer, form)
        #expect(try AESKeyWrap.unwrap(wrapped, under: outer, form).exposedForTests == inner)
        #expect(throws: CryptographyError.cannotOpen) {
          try AESKeyWrap.unwrap(wrapped, under: outer, form == .plain ? .padded : .plain)
        }
        var changed = wrapped
        changed[0] ^= 1
        #expect(throws: CryptographyError.cannotOpen) { try AESKeyWrap.unwrap(changed, under: outer, form) }
      }
    }
    for count in [0, 8, 15, 17, 8200] {
      #expect(throws: CryptographyError.wrongLength(expected: 16, given: count)) {
        try AESKeyWrap.wrap(GuardedBytes(copying: random.bytes(count)), under: outer)
      }
    }
  }

  @Test("OAEP opens for its key and label only, and takes no more than fits")
  func oaep() throws {
    let key = PrivateKey.generate(.rsa2048)
    let message = Array("small".utf8)
    let sealed = try RSAOAEP.encrypt(GuardedBytes(copying: message), to: key.publicKey, label: [1])
    #expect(sealed.count == 256)
    #expect(try RSAOAEP.decrypt(sealed, with: key, label: [1]).exposedForTests == message)
    #expect(throws: CryptographyError.cannotOpen) { try RSAOAEP.decrypt(sealed, with: key) }
    #expect(throws: CryptographyError.cannotOpen) { try RSAOAEP.decrypt(sealed, with: key, hash: .sha384, label: [1]) }
    #expect(throws: CryptographyError.cannotOpen) {
      try RSAOAEP.decrypt(sealed, with: PrivateKey.generate(.rsa2048), label: [1])
    }
    #expect(throws: CryptographyError.cannotOpen) { try RSAOAEP.decrypt(sealed.dropLast(), with: key, label: [1]) }
    #expect(throws: CryptographyError.tooLong(maximum: 190, given: 191)) {
      try RSAOAEP.encrypt(GuardedBytes(random: 191), to: key.publicKey)
    }
    #expect(throws: CryptographyError.notAPublicKey) {
      try RSAOAEP.encrypt(GuardedBytes(random: 1), to: PrivateKey.generate(.p256).publicKey)
    }
  }

  @Test("RFC 7748 §5.2: X25519 gives what the standard says, and refuses a point of small order")
  func x25519() throws {
    let first = hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    let point = hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    #expect(
      try KeyAgreement.x25519(GuardedBytes(copying: first), point).exposedForTests
        == hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"))
    #expect(throws: CryptographyError.notAPublicKey) {
      try KeyAgreement.x25519(GuardedBytes(copying: first), [UInt8](repeating: 0, count: 32))
    }
    #expect(throws: CryptographyError.notAPublicKey) { try KeyAgreement.x25519(GuardedBytes(copying: first), []) }
  }
}
