import Cryptography
import TestSupport
import Testing

@Suite("XChaCha20-Poly1305")
struct XChaCha20Poly1305Tests {
  @Test("Wycheproof: valid cases seal and open to the byte, invalid ones do not open")
  func wycheproof() throws {
    let file = try Wycheproof(
      "xchacha20_poly1305", hexFields: ["key", "iv", "aad", "msg", "ct", "tag"],
      groupIgnored: ["ivSize", "keySize", "tagSize"])
    for test in file.cases {
      let key = GuardedBytes(copying: test["key"])
      let sealed = test["ct"] + test["tag"]
      guard test["iv"].count == XChaCha20Poly1305.nonceCount else {
        // Nonces of other lengths cannot be expressed: a precondition stops them.
        #expect(!test.isValid, "case \(test.id)")
        continue
      }
      let opened = try? XChaCha20Poly1305.open(sealed, key: key, nonce: test["iv"], associatedData: test["aad"])
      let guarded = try? XChaCha20Poly1305.openGuarded(
        sealed, key: key, nonce: test["iv"], associatedData: test["aad"])
      #expect(opened == (test.isValid ? test["msg"] : nil), "case \(test.id)")
      #expect(guarded?.exposedForTests == opened, "case \(test.id)")
      if test.isValid {
        let again = XChaCha20Poly1305.seal(test["msg"], key: key, nonce: test["iv"], associatedData: test["aad"])
        #expect(again == sealed, "case \(test.id)")
      }
    }
    #expect(file.cases.count == 211)
    #expect(file.announced == 211)
  }

  @Test("A tampered byte anywhere, and another key, nonce or associated data, do not open")
  func tampering() throws {
    var random = SeededRandom(seed: 1)
    let key = GuardedBytes(copying: random.bytes(32))
    let nonce = random.bytes(24)
    let sealed = XChaCha20Poly1305.seal(Array("attack at dawn".utf8), key: key, nonce: nonce, associatedData: [1, 2])
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(throws: CryptographyError.cannotOpen) {
        try XChaCha20Poly1305.open(changed, key: key, nonce: nonce, associatedData: [1, 2])
      }
      #expect(throws: CryptographyError.cannotOpen) {
        try XChaCha20Poly1305.openGuarded(changed, key: key, nonce: nonce, associatedData: [1, 2])
      }
    }
    let other = GuardedBytes(copying: random.bytes(32))
    #expect(throws: CryptographyError.cannotOpen) {
      try XChaCha20Poly1305.open(sealed, key: other, nonce: nonce, associatedData: [1, 2])
    }
    #expect(throws: CryptographyError.cannotOpen) {
      try XChaCha20Poly1305.open(sealed, key: key, nonce: random.bytes(24), associatedData: [1, 2])
    }
    #expect(throws: CryptographyError.cannotOpen) {
      try XChaCha20Poly1305.open(sealed, key: key, nonce: nonce, associatedData: [1])
    }
  }

  @Test("What is shorter than a tag is refused with its length")
  func short() {
    let key = GuardedBytes(copying: [UInt8](repeating: 7, count: 32))
    let nonce = [UInt8](repeating: 0, count: 24)
    for count in 0..<16 {
      let expected = CryptographyError.wrongLength(expected: 16, given: count)
      #expect(throws: expected) {
        try XChaCha20Poly1305.open([UInt8](repeating: 0, count: count), key: key, nonce: nonce, associatedData: [])
      }
      #expect(throws: expected) {
        try XChaCha20Poly1305.openGuarded(
          [UInt8](repeating: 0, count: count), key: key, nonce: nonce, associatedData: [])
      }
    }
  }

  @Test("An empty message has a tag and opens")
  func empty() throws {
    let key = GuardedBytes(copying: [UInt8](repeating: 7, count: 32))
    let nonce = [UInt8](repeating: 3, count: 24)
    let sealed = XChaCha20Poly1305.seal([], key: key, nonce: nonce, associatedData: [])
    #expect(sealed.count == 16)
    #expect(try XChaCha20Poly1305.open(sealed, key: key, nonce: nonce, associatedData: []) == [])
    #expect(try XChaCha20Poly1305.openGuarded(sealed, key: key, nonce: nonce, associatedData: []).count == 0)
  }
}
