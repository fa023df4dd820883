import Cryptography
import Encodings
import TestSupport
import Testing

@Suite("Ed25519")
struct Ed25519Tests {
  @Test("Wycheproof: signatures are valid exactly where it says so")
  func wycheproof() throws {
    let tape = try Vectors.json("wycheproof/ed25519_test.json")
    var keys: [[UInt8]] = []
    for group in tape.children(try #require(tape.member(tape.root, "testGroups"))) {
      let key = tape.member(try #require(tape.member(group, "publicKey")), "pk").flatMap(tape.string)
      let count = tape.count(try #require(tape.member(group, "tests")))
      let bytes = try #require(key.flatMap { Hex.decode($0) })
      keys += Array(repeating: bytes, count: count)
    }
    let file = try Wycheproof(
      "ed25519", hexFields: ["msg", "sig"],
      groupIgnored: ["publicKey", "publicKeyDer", "publicKeyPem", "publicKeyJwk"])
    for (test, key) in zip(file.cases, keys) {
      #expect(Ed25519.verify(test["sig"], message: test["msg"], publicKey: key) == test.isValid, "case \(test.id)")
    }
    #expect(file.cases.count == 94)
    #expect(file.announced == 94)
    #expect(keys.count == 94)
  }

  /// The policy of `Ed25519`, in the words of the vectors' FORMAT.md: small-order or non-canonical A and R are
  /// refused, and so is what holds only with the cofactor; a low-order *component* beside a prime-order one is let
  /// pass (it cannot be told by a list). That is what `verify_strict()` of ed25519-dalek does.
  @Test("Edge cases of points are decided by the strict policy, all 914 of them")
  func edges() throws {
    let tape = try Vectors.json("ed25519-edge/ed25519vectors.json")
    let refusing: Set<String> = [
      "low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue", "reencoded_k",
    ]
    let known = refusing.union(["low_order_component_A", "low_order_component_R"])
    var count = 0
    var accepted = 0
    for test in tape.children(tape.root) {
      let names = Set(tape.children(test).compactMap(tape.key))
      #expect(names.isSubset(of: ["number", "key", "sig", "msg", "flags"]))
      let flags = Set(tape.member(test, "flags").map { tape.children($0).compactMap(tape.string) } ?? [])
      #expect(flags.isSubset(of: known))
      let key = try #require(tape.member(test, "key").flatMap(tape.string).flatMap { Hex.decode($0) })
      let signature = try #require(tape.member(test, "sig").flatMap(tape.string).flatMap { Hex.decode($0) })
      let message = Array(try #require(tape.member(test, "msg").flatMap(tape.string)).utf8)
      let isValid = Ed25519.verify(signature, message: message, publicKey: key)
      #expect(isValid == flags.isDisjoint(with: refusing), "number \(count), flags \(flags.sorted())")
      count += 1
      accepted += isValid ? 1 : 0
    }
    #expect(count == 914)
    #expect(accepted > 0)
  }

  @Test("RFC 8032 §7.1, test 2: key, signature, verification")
  func knownAnswer() {
    let seed = GuardedBytes(copying: hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    let publicKey = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    let signature = hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
    #expect(Ed25519.publicKey(seed: seed) == publicKey)
    #expect(Ed25519.sign([0x72], seed: seed) == signature)
    #expect(Ed25519.SigningKey(seed: seed, placement: .guardedPages).sign([0x72]) == signature)
    #expect(Ed25519.verify(signature, message: [0x72], publicKey: publicKey))
  }

  @Test("Another message, a changed bit and wrong lengths are refused")
  func refusals() {
    let pair = Ed25519.generate(from: .seeded(4))
    let signature = Ed25519.sign([1, 2, 3], seed: pair.secret)
    #expect(Ed25519.verify(signature, message: [1, 2, 3], publicKey: pair.publicKey))
    #expect(!Ed25519.verify(signature, message: [1, 2], publicKey: pair.publicKey))
    #expect(!Ed25519.verify(signature.dropLast(), message: [1, 2, 3], publicKey: pair.publicKey))
    #expect(!Ed25519.verify(signature, message: [1, 2, 3], publicKey: pair.publicKey + [0]))
    for index in signature.indices {
      var changed = signature
      changed[index] ^= 1
      #expect(!Ed25519.verify(changed, message: [1, 2, 3], publicKey: pair.publicKey))
    }
  }
}
