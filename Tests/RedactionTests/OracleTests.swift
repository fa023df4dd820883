import TestSupport
import Testing

@testable import Redaction

@Suite("The matcher against brute force")
struct OracleTests {
  /// No secret is refused for weakness here, so that short and self-overlapping ones are tried.
  static let limits: RedactionLimits = {
    var limits = RedactionLimits.standard
    limits.minimumBits = 0
    return limits
  }()

  /// As `limits`, with fragments so short that each secret has some, which touch and resemble each other.
  static let fragmentLimits: RedactionLimits = {
    var limits = OracleTests.limits
    limits.minimumFragmentBytes = 5
    limits.minimumFragmentBits = 0
    return limits
  }()

  /// Sets of secrets that are hard together: nested, overlapping, periodic, with characters of every escape.
  static let sets: [[String]] = [
    ["k7Zq2Wx9TbLm4Rv8"],
    ["xoxoxb-123", "abcq1234", "1234efgh5678", "abcq1234efgh"],
    ["ababababcdab", "abababab", "babababacd"],
    ["p\"a/s\\s&w%o<r>d'1", "a b+c d=e f", "sig=%2Bab%3D&amp;x9Q", "p/a%41s-w.o=d^k7Z@q2#W"],
    ["line one\nline two\r\n  line three", "Straße-Ümläut-Ж9", "wrapped-token~9x/ZqLm4"],
    ["00112233445566778899aabbccddeeff", "00112233", "ccddeeff00112233"],
    ["aaaaaaaab", "aaaaaaaaaaaaaaaa"],
    ["\"password\"", "password", "{\"password\":\"k7Zq2Wx9\"}", "k7Zq2Wx9"],
    ["‹s0·0000›", "token·k7f2", "ghp_k7Zq2Wx9TbLm4Rv8Qa3nE6yH", "eyJhbGciOiJFUzI1NiJ9.k7Zq2Wx9Tb.Lm4Rv8Qa3n"],
  ]

  struct Pair {
    var matcher: SecretMatcher
    var naive = NaiveMatcher()
    var secrets: [[UInt8]] = []

    var masks: [SecretName: [UInt8]] {
      Dictionary(zip(matcher.secrets.map(\.name), matcher.masks)) { first, _ in first }
    }
  }

  static func pair(
    _ secrets: [[UInt8]], borderOnly: [String] = [], limits: RedactionLimits = OracleTests.limits
  ) -> Pair {
    var builder = MatcherBuilder(limits: limits)
    var naive = NaiveMatcher()
    for (index, secret) in secrets.enumerated() {
      let name = SecretName("s\(index)", pseudonym: "000\(index % 10)")
      guard case .success(.everyForm) = builder.add(secret, name: name) else {
        Issue.record("secret \(index) was refused")
        continue
      }
      naive.add(secret, name: name, limits: limits)
    }
    for (index, secret) in borderOnly.enumerated() {
      let name = SecretName("b\(index)", pseudonym: "000\(index % 10)")
      guard case .success(.borderOnly) = builder.add(secret.utf8, name: name, weak: .borderOnly) else {
        Issue.record("secret \(index) was refused")
        continue
      }
      naive.add(Array(secret.utf8), name: name, limits: limits, borderOnly: true)
    }
    return Pair(matcher: builder.build(), naive: naive, secrets: secrets + borderOnly.map { Array($0.utf8) })
  }

  private func check(_ pair: Pair, _ text: [UInt8], scope: TextScope, seed: UInt64) -> Bool {
    let found = pair.matcher.matches(in: text, scope: scope).map {
      NaiveMatcher.Place(range: $0.range, names: [$0.name] + $0.alsoCovers)
    }
    var expected = pair.naive.places(in: text, scope: scope)
    if scope == .wholeForms, expected.count > 20 || Set(expected.flatMap(\.names)).count > 3 {
      expected = [NaiveMatcher.Place(range: 0..<text.count, names: [.withheld])]
    }
    guard found == expected else {
      Issue.record("seed \(seed), \(text.count) bytes: found \(found), expected \(expected)")
      print(String(decoding: text, as: UTF8.self).debugDescription)
      return false
    }
    return true
  }

  @Test("Short random texts: the same places as brute force", arguments: sets.indices)
  func shortTexts(set: Int) {
    let pair = Self.pair(Self.sets[set].map { Array($0.utf8) }, borderOnly: set % 2 == 0 ? ["pin7", "a1b2c"] : [])
    var places = 0
    for seed in 0..<200 {
      var sampler = TextSampler(seed: UInt64(set * 100_000 + seed), secrets: pair.secrets)
      let text = sampler.text(sampler.random.number(in: 1...300))
      for scope in TextScope.allCases {
        guard check(pair, text, scope: scope, seed: UInt64(seed)) else { return }
      }
      places += pair.matcher.matches(in: text).count
    }
    #expect(places > 300)
  }

  @Test("Texts cut at random: the stream's output is brute force's", arguments: sets.indices)
  func streams(set: Int) {
    let pair = Self.pair(Self.sets[set].map { Array($0.utf8) }, borderOnly: set % 2 == 0 ? ["pin7", "a1b2c"] : [])
    for seed in 0..<4 {
      var sampler = TextSampler(seed: UInt64(set * 1000 + seed), secrets: pair.secrets)
      let text = sampler.text(sampler.random.number(in: 2000...5000))
      checkStream(pair, text, &sampler.random, label: "set \(set), seed \(seed)")
    }
  }

  /// Holds the output of a text, whole and cut at random, against brute force's.
  private func checkStream(_ pair: Pair, _ text: [UInt8], _ random: inout SeededRandom, label: String) {
    let expected = pair.naive.redact(text, scope: .all, masks: pair.masks)
    #expect(pair.matcher.redact(text).bytes == expected, "whole, \(label)")
    for largest in [1, 7, 300, 4000] {
      var stream = RedactingStream(pair.matcher)
      var output: [UInt8] = []
      var start = 0
      while start < text.count {
        let end = min(start + random.number(in: 1...largest), text.count)
        output += stream.push(text[start..<end])
        start = end
      }
      output += stream.finish()
      guard output == expected else {
        let at = zip(output, expected).prefix { $0 == $1 }.count
        let near = max(at - 60, 0)
        print(String(decoding: output.dropFirst(near).prefix(160), as: UTF8.self).debugDescription)
        print(String(decoding: expected.dropFirst(near).prefix(160), as: UTF8.self).debugDescription)
        Issue.record("\(label), chunks of at most \(largest): differs at \(at)")
        return
      }
    }
  }

  @Test(
    "Fragments, of secrets that contain, overlap and resemble each other: brute force's places", arguments: sets.indices
  )
  func fragments(set: Int) {
    let pair = Self.pair(Self.sets[set].map { Array($0.utf8) }, borderOnly: ["pin7"], limits: Self.fragmentLimits)
    #expect(pair.matcher.table.rows.contains { $0.kind == .fragment })
    var places = 0
    for seed in 0..<120 {
      var sampler = TextSampler(seed: UInt64(set * 300_000 + seed), secrets: pair.secrets)
      let text = sampler.text(sampler.random.number(in: 1...300))
      for scope in TextScope.allCases {
        guard check(pair, text, scope: scope, seed: UInt64(seed)) else { return }
      }
      places += pair.matcher.matches(in: text).count
    }
    #expect(places > 200)
    var sampler = TextSampler(seed: UInt64(set), secrets: pair.secrets)
    let text = sampler.text(3000)
    checkStream(pair, text, &sampler.random, label: "set \(set)")
  }

  @Test("Runs of compressed bytes among others, whole, damaged and nested: the same places as brute force")
  func compressedRuns() {
    let pair = Self.pair([Array("k7Zq2Wx9TbLm4Rv8".utf8), Array("p\"a/s\\s&w%o<r>d'1".utf8)], borderOnly: ["pin7"])
    var places = 0
    for seed in 0..<250 {
      var sampler = TextSampler(seed: UInt64(7_000_000 + seed), secrets: pair.secrets)
      let before = sampler.random.bytes(sampler.random.number(in: 0...3))
      let text = before + sampler.compressed() + sampler.text(sampler.random.number(in: 1...40)) + sampler.compressed()
      guard check(pair, text, scope: .all, seed: UInt64(seed)) else { return }
      places += pair.matcher.matches(in: text).count
      var stream = RedactingStream(pair.matcher)
      let output = text.reduce(into: [UInt8]()) { $0 += stream.push([$1]) } + stream.finish()
      #expect(output == pair.matcher.redact(text).bytes, "seed \(seed)")
    }
    #expect(places > 300)
  }

  @Test("Random sets of secrets and random texts: the same places as brute force")
  func randomSets() {
    for seed in 0..<80 {
      var random = SeededRandom(seed: UInt64(9_000_000 + seed))
      let count = random.number(in: 1...6)
      let secrets = (0..<count).map { _ in
        TextSampler.secret(&random, count: random.number(in: 8...30), printable: random.oneIn(2))
      }
      let pair = Self.pair(secrets.filter { SecretForms.trimmed($0).count >= 8 })
      guard !pair.secrets.isEmpty else { continue }
      for round in 0..<8 {
        var sampler = TextSampler(seed: UInt64(seed * 100 + round), secrets: pair.secrets)
        let text = sampler.text(sampler.random.number(in: 1...400))
        guard check(pair, text, scope: .all, seed: UInt64(seed)) else { return }
      }
    }
  }
}
