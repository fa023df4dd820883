import Encodings
import TestSupport
import Testing

@testable import Redaction

@Suite("Fragments")
struct FragmentsTests {
  private static func ranges(_ secret: String) -> [Range<Int>] {
    Fragments.ranges(of: Array(secret.utf8), limits: .standard)
  }

  private static func matcher(_ secret: String) throws -> SecretMatcher {
    var builder = MatcherBuilder()
    _ = try builder.add(secret.utf8, name: SecretName("s", pseudonym: "0000")).get()
    return builder.build()
  }

  @Test(
    "The pieces are the beginning, the middle and the end behind what the format says, each as short as is strong enough",
    arguments: [
      ("k7Zq2Wx9TbLm4Rv8", [4..<16]),
      ("k7Zq2Wx9TbLm4Rv8Qa3nE6yH", [0..<12, 12..<24]),
      ("k7Zq2Wx9TbLm4Rv8Qa3nE6yHjU5cPs1XdGfo", [0..<12, 12..<24, 24..<36]),
      ("ghp_k7Zq2Wx9TbLm4Rv8Qa3nE6yHjU5cPs1XdGfo", [4..<16, 16..<28, 28..<40]),
      ("sk_live_k7Zq2Wx9TbLm4Rv8Qa3nE6yH", [8..<20, 20..<32]),
      ("AKIAK7ZQ2WX9TBLM4RV8", [7..<20]),
      ("eyJhbGciOiJFUzI1NiJ9.k7Zq2Wx9TbLm.4Rv8Qa3nE6yH", [21..<33, 34..<46]),
      ("5f3a9c0e7b1d4826af9e03c75d18b264", [0..<16, 16..<32]),
      ("k7Zq2Wx9TbLm4Rv8Qa3nE6yHjU==", [0..<12, 14..<26]),
    ])
  func placement(secret: String, expected: [Range<Int>]) {
    #expect(Self.ranges(secret) == expected)
  }

  @Test(
    "Words need longer pieces than what looks random, and what is no token has none",
    arguments: [
      ("production-database-password-of-team", [11..<36]), ("example.com/some/path/of/words-in-a-row", [16..<39]),
      ("https://example.com/some/path/of/words", []), ("user=k7Zq2Wx9TbLm4Rv8&key=Qa3nE6yHjU5cPs1XdGfo", []),
    ])
  func plain(secret: String, expected: [Range<Int>]) {
    #expect(Self.ranges(secret) == expected)
  }

  @Test(
    "What is too short, too plain or all known has none",
    arguments: [
      "k7Zq2Wx9TbLm", "correct horse battery staple and more", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "4111111111111111",
      "password-password-password-password", "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.",
    ])
  func none(secret: String) {
    #expect(Self.ranges(secret) == [])
  }

  @Test("No piece is longer than 128 bytes: a long secret that repeats itself is not searched for a longer one")
  func longest() {
    let start = "k7Zq2Wx9TbLm4Rv8Qa3@"
    #expect(Self.ranges(start + String(repeating: "k7Zq2Wx9T@", count: 30)) == [])
    #expect(!Self.ranges(start + String(repeating: "k7Zq2Wx9T@", count: 3) + start).isEmpty)
  }

  @Test("Pieces are at most three, disjoint, long and strong enough, and inside the secret")
  func bounds() {
    var secretsWithThree = 0
    for seed in 0..<500 {
      var random = SeededRandom(seed: UInt64(seed))
      let secret = TextSampler.secret(&random, count: random.number(in: 8...80), printable: random.oneIn(2))
      let ranges = Fragments.ranges(of: secret, limits: .standard)
      #expect(ranges.count <= 3)
      #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }, "seed \(seed)")
      #expect(ranges.allSatisfy { $0.count >= 12 && $0.lowerBound >= 0 && $0.upperBound <= secret.count })
      secretsWithThree += ranges.count == 3 ? 1 : 0
    }
    #expect(secretsWithThree > 150)
  }

  @Test("Where pieces are not widened, what stands beside one is shown, whatever it is")
  func narrow() throws {
    var limits = RedactionLimits.standard
    limits.widensFragments = false
    var builder = MatcherBuilder(limits: limits)
    let secret = "k7Zq2Wx9TbLm4Rv8Qa3nE6yHjU5cPs1XdGfo"
    _ = try builder.add(secret.utf8, name: SecretName("s", pseudonym: "0000"), scope: .all).get()
    let matcher = builder.build()
    #expect(matcher.redact("xx" + secret.prefix(14) + "|").text == "xx‹s·0000›4R|")
    #expect(matcher.redact("xx" + secret + "yy").text == "xx‹s·0000›yy")
  }

  @Test("A random secret of 24 letters and digits or more is found by its first twelve, its last twelve and each half")
  func halves() throws {
    var counts = [0, 0, 0, 0]
    let total = 300
    for seed in 0..<total {
      var random = SeededRandom(seed: UInt64(seed))
      let secret = TextSampler.secret(&random, count: random.number(in: 24...64))
      let matcher = try Self.matcher(String(decoding: secret, as: UTF8.self))
      let half = secret.count / 2
      for (index, part) in [secret.prefix(12), secret.suffix(12), secret[..<half], secret[half...]].enumerated() {
        counts[index] += matcher.redact(Array("a ".utf8) + part + Array(" b".utf8)).text == "a ‹s·0000› b" ? 1 : 0
      }
    }
    // The rest look too much like words, or repeat characters.
    #expect(counts.allSatisfy { 100 * $0 >= 85 * total }, "\(counts) of \(total)")
  }

  @Test("Nothing of a cut secret stays readable beside a piece of it, and the mask does not tell how much was right")
  func widening() throws {
    let secret = "ghp_k7Zq2Wx9TbLm4Rv8Qa3nE6yHjU5cPs1XdGfo"
    let matcher = try Self.matcher(secret)
    for end in 16...40 {
      #expect(matcher.redact("a \(secret.prefix(end)) b").text == "a ‹s·0000› b", "\(end)")
    }
    for start in 0...28 {
      #expect(matcher.redact("a \(secret.dropFirst(start))\" b").text == "a ‹s·0000›\" b", "\(start)")
    }
    // Whatever stands in the place of the rest is masked with it, right or wrong.
    #expect(matcher.redact("a ghp_k7Zq2Wx9TbLmAAAA b").text == "a ‹s·0000› b")
    #expect(matcher.redact("a ghp_k7Zq2Wx9TbLm4Rv8 b").text == "a ‹s·0000› b")
    #expect(matcher.redact("a k7Zq2Wx9TbLm\(String(repeating: "A", count: 30)) b").text == "a ‹s·0000›AAAAAA b")
    #expect(matcher.redact("a ghp_k7Zq2Wx9TbL b").text == "a ghp_k7Zq2Wx9TbL b")
  }

  @Test("Pieces of one secret that touch or overlap are one place; two whole secrets side by side are two")
  func touching() throws {
    let secret = "k7Zq2Wx9TbLm4Rv8Qa3nE6yH"
    let matcher = try Self.matcher(secret)
    let head = secret.prefix(12)
    let tail = secret.suffix(12)
    for (text, count) in [
      ("\(head)\(tail)", 1), ("\(tail)\(head)", 1), ("\(head) \(tail)", 2), ("\(secret)\(secret)", 2),
      ("\(head)\n\(tail)", 1),
    ] {
      #expect(matcher.matches(in: Array(text.utf8)).count == count, "\(text)")
    }
  }

  @Test("A piece is found through escapes, base64, hexadecimal and gzip")
  func encoded() throws {
    let matcher = try Self.matcher("k7Zq2Wx9TbLm4Rv8Qa3nE6yH")
    let piece = Array("k7Zq2Wx9TbLm4R".utf8)
    for text in [
      PercentForms.everyByte(piece)[0], JSONForms.everyCharacter(piece)[0], Base64.encodeBytes(piece),
      Base64.encodeBytes(Array("user:".utf8) + piece), Base64.encodeBytes(Base64.encodeBytes(piece)),
      Hex.encodeBytes(piece),
      Deflate.compress(piece), piece.map(SecretForms.upperCased),
    ] {
      #expect(matcher.matches(in: Array("{".utf8) + text + Array("}".utf8)).count == 1)
    }
  }

  @Test("Pieces are not searched for in chosen text, nor of secrets for which that holds everywhere")
  func scopes() throws {
    let secret = "k7Zq2Wx9TbLm4Rv8Qa3nE6yH"
    let matcher = try Self.matcher(secret)
    #expect(matcher.matches(in: Array(secret.utf8.prefix(20)), scope: .wholeForms).isEmpty)
    #expect(matcher.matches(in: Array(secret.utf8), scope: .wholeForms).count == 1)
    var builder = MatcherBuilder()
    _ = try builder.add(secret.utf8, name: SecretName("s", pseudonym: "0000"), scope: .wholeForms).get()
    #expect(builder.build().matches(in: Array(secret.utf8.prefix(20))).isEmpty)
  }

  @Test("No piece begins or ends inside a character, or holds a blank")
  func characters() {
    for seed in 0..<200 {
      var random = SeededRandom(seed: UInt64(seed))
      let text = (0..<30).map { _ in random.element(of: ["é", "Ж", "€", "😀", "k7", "Zq", " ", "9"]) ?? "" }.joined()
      let secret = SecretForms.trimmed(Array(text.utf8))
      for range in Fragments.ranges(of: secret, limits: .standard) {
        #expect(String(validating: secret[range], as: UTF8.self) != nil, "seed \(seed)")
        #expect(!secret[range].contains(0x20), "seed \(seed)")
      }
    }
  }

  @Test("Text that shares only what a format says with a secret is left alone")
  func formats() throws {
    for (secret, other) in [
      ("ghp_k7Zq2Wx9TbLm4Rv8Qa3nE6yHjU5cPs1XdGfo", "ghp_AAAAAAAAAAAAAAAAAAAAAAAA"),
      (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.k7Zq2Wx9TbLm4Rv8.Qa3nE6yHjU5cPs1XdGfo",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.x.y"
      ),
    ] {
      #expect(try Self.matcher(secret).matches(in: Array(other.utf8)).isEmpty)
    }
  }
}
