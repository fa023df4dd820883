import Cryptography
import TestSupport
import Testing

@Suite("Key derivation")
struct KeyDerivationTests {
  @Test("Wycheproof: HKDF-SHA-256 gives the expected keys; the sizes called invalid are those that we refuse")
  func wycheproof() throws {
    let file = try Wycheproof(
      "hkdf_sha256", hexFields: ["ikm", "salt", "info", "okm"], groupIgnored: ["keySize"])
    for test in file.cases {
      let fits = (1...KeyDerivation.hkdfSHA256MaximumCount).contains(test.size)
      #expect(fits == test.isValid, "case \(test.id)")
      guard fits else { continue }
      let key = KeyDerivation.hkdfSHA256(
        input: GuardedBytes(copying: test["ikm"]), salt: test["salt"], info: test["info"], count: test.size)
      #expect(key.exposedForTests == test["okm"], "case \(test.id)")
    }
    #expect(file.cases.count == 57)
    #expect(file.announced == 57)
  }

  @Test("Keyed BLAKE2b as derivation is the keyed hash")
  func keyedBLAKE2b() {
    let key = GuardedBytes(copying: Array(repeating: UInt8(ascii: "k"), count: 32))
    let derived = KeyDerivation.keyedBLAKE2b(key: key, message: Array("message".utf8), count: 32)
    #expect(derived.exposedForTests == hex("0cd2f0127e8f864a79e3eb3fb3d12e3863093785fc8775394506ec2329f7af7b"))
  }

  @Test("Argon2id gives what the reference program gives")
  func argon2id() throws {
    let salt = Array("0123456789abcdef".utf8)
    let password = GuardedBytes(copying: Array("correct horse battery staple".utf8))
    let key = try PasswordHash.argon2id(
      password: password, salt: salt, cost: .init(passes: 3, memoryBytes: 8 << 20), count: 32)
    #expect(key.exposedForTests == hex("5e2496dc31a5f58c8739f1373dd238d4a01ef6ba96e9abac5c3117e37531bd46"))
    let short = try PasswordHash.argon2id(
      password: GuardedBytes(copying: Array("x".utf8)), salt: salt, cost: .init(passes: 2, memoryBytes: 8 << 20),
      count: 16)
    #expect(short.exposedForTests == hex("159e099978cb977b140ff616ee1570f2"))
  }

  @Test("Argon2id refuses a salt of another length, and a cost that it cannot have")
  func argon2idRefusals() {
    let password = GuardedBytes(copying: Array("word".utf8))
    #expect(throws: CryptographyError.wrongLength(expected: 16, given: 8)) {
      try PasswordHash.argon2id(password: password, salt: Array("somesalt".utf8))
    }
    #expect(throws: CryptographyError.memoryUnavailable(bytesWanted: 1)) {
      try PasswordHash.argon2id(
        password: password, salt: Array("0123456789abcdef".utf8), cost: .init(passes: 1, memoryBytes: 1))
    }
  }
}
