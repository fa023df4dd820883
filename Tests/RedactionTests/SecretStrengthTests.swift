import TestSupport
import Testing

@testable import Redaction

@Suite("What a secret is worth")
struct SecretStrengthTests {
  private static let minimum = RedactionLimits.standard.minimumBits

  @Test(
    "Words, dates, counters and patterns are too plain",
    arguments: [
      "password", "username", "response", "function", "availability", "PASSWORD", "12345678", "87654321", "20261124",
      "2026-11-24", "aaaaaaaaaaaaaaaaaaaaaaaa", "abababababababab", "abcdefgh", "12:34:56", "user-name", "........",
      "--------------------", "aaaabbbb", "ContentT", "        x       ", "00000000000000000001",
    ])
  func plain(text: String) {
    #expect(SecretStrength.estimatedBits(text.utf8) < Self.minimum)
  }

  @Test(
    "Random values are not",
    arguments: [
      "k7Zq2Wx9", "8f14e45f", "3xM-p9_q", "correct horse battery", "hunter2hunter3", "glpat-x9Yk2LmQ7", "7294018365",
    ])
  func strong(text: String) {
    #expect(SecretStrength.estimatedBits(text.utf8) >= Self.minimum)
  }

  @Test("Nearly all random tokens of 16 characters and more are strong enough, all of 20")
  func random() {
    for seed in 0..<500 {
      var random = SeededRandom(seed: UInt64(seed))
      let count = random.number(in: 20...40)
      let hex = Array("0123456789abcdef".utf8)
      let secret =
        seed.isMultiple(of: 2)
        ? TextSampler.secret(&random, count: count) : (0..<count).map { _ in hex[random.number(in: 0...15)] }
      #expect(SecretStrength.estimatedBits(secret) >= Self.minimum, "seed \(seed)")
    }
  }

  @Test("Values of manuals are common in any letter case", arguments: ["P@ssw0rd", "CHANGEME123", "qwerty1234"])
  func common(text: String) {
    #expect(SecretStrength.isCommon(text.utf8))
  }

  @Test("Nothing is worth nothing")
  func empty() {
    #expect(SecretStrength.estimatedBits([]) == 0)
    #expect(!SecretStrength.isCommon([]))
  }
}
