import Cryptography
import TestSupport
import Testing

@Suite("HMAC")
struct HMACTests {
  @Test(
    "Wycheproof: tags of valid cases are ours, of invalid ones are not",
    arguments: [
      ("hmac_sha1", HMAC.Hash.sha1, 114), ("hmac_sha256", .sha256, 116), ("hmac_sha384", .sha384, 116),
      ("hmac_sha512", .sha512, 116),
    ])
  func wycheproof(name: String, hash: HMAC.Hash, count: Int) throws {
    let file = try Wycheproof(name, hexFields: ["key", "msg", "tag"], groupIgnored: ["keySize", "tagSize"])
    for test in file.cases {
      let key = GuardedBytes(copying: test["key"])
      let tag = HMAC.authenticate(test["msg"], key: key, hash: hash)
      #expect(tag.count == hash.byteCount)
      // Cases with a cut tag are judged on what is left of it; our own check takes whole tags only.
      #expect(tag.prefix(test["tag"].count).elementsEqual(test["tag"]) == test.isValid, "case \(test.id)")
      let isWhole = test["tag"].count == hash.byteCount
      #expect(
        HMAC.isValid(test["tag"], for: test["msg"], key: key, hash: hash) == (test.isValid && isWhole),
        "case \(test.id)")
    }
    #expect(file.cases.count == count)
    #expect(file.announced == count)
  }

  @Test("A message in pieces has the tag of the whole, wherever it is cut", arguments: HMAC.Hash.allCases)
  func pieces(hash: HMAC.Hash) {
    var random = SeededRandom(seed: 2)
    let key = GuardedBytes(copying: random.bytes(40))
    let message = random.bytes(200)
    let whole = HMAC.authenticate(message, key: key, hash: hash)
    for cut in stride(from: 0, through: 200, by: 17) {
      #expect(HMAC.authenticate(pieces: [message[..<cut], message[cut...]], key: key, hash: hash) == whole)
    }
    #expect(
      HMAC.authenticate(pieces: [], key: key, hash: hash)
        == HMAC.authenticate([UInt8](), key: key, hash: hash))
  }

  @Test("RFC 4231 case 2 and an empty key")
  func knownAnswers() {
    let jefe = GuardedBytes(copying: Array("Jefe".utf8))
    let message = Array("what do ya want for nothing?".utf8)
    #expect(
      HMAC.authenticate(message, key: jefe, hash: .sha256)
        == hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
    #expect(
      HMAC.authenticate([UInt8](), key: GuardedBytes(copying: []), hash: .sha256)
        == hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"))
  }

  @Test("A tag that differs in one bit, and one cut by a byte, are not valid")
  func refusals() {
    let key = GuardedBytes(copying: [UInt8](repeating: 9, count: 32))
    let tag = HMAC.authenticate([1, 2, 3], key: key, hash: .sha256)
    #expect(HMAC.isValid(tag, for: [1, 2, 3], key: key, hash: .sha256))
    for index in tag.indices {
      var changed = tag
      changed[index] ^= 0x80
      #expect(!HMAC.isValid(changed, for: [1, 2, 3], key: key, hash: .sha256))
    }
    #expect(!HMAC.isValid(tag.dropLast(), for: [1, 2, 3], key: key, hash: .sha256))
  }
}
