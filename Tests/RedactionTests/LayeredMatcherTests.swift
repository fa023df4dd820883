import TestSupport
import Testing

@testable import Redaction

@Suite("Several matchers as one")
struct LayeredMatcherTests {
  private struct Pair {
    let whole: SecretMatcher
    let layered: LayeredMatcher
  }

  private static func name(_ index: Int) -> SecretName { SecretName("s\(index)", pseudonym: "000\(index % 10)") }

  /// The secrets in one matcher, and the same ones in several, cut at random.
  private static func pair(_ secrets: [[UInt8]], limits: RedactionLimits, _ random: inout SeededRandom) throws -> Pair {
    var all = MatcherBuilder(limits: limits)
    var portion = MatcherBuilder(limits: limits)
    var layers: [SecretMatcher] = []
    for (index, secret) in secrets.enumerated() {
      _ = try all.add(secret, name: name(index)).get()
      _ = try portion.add(secret, name: name(index)).get()
      if random.oneIn(2) {
        layers.append(portion.build())
        portion = MatcherBuilder(limits: limits)
      }
    }
    layers.append(portion.build())
    return Pair(whole: all.build(), layered: LayeredMatcher(layers))
  }

  private static func alone(_ secrets: [String], names: [SecretName]) throws -> LayeredMatcher {
    LayeredMatcher(
      try zip(secrets, names).map { secret, name in
        var builder = MatcherBuilder(limits: OracleTests.limits)
        _ = try builder.add(secret.utf8, name: name).get()
        return builder.build()
      })
  }

  private static func covered(_ matches: [SecretMatch]) -> Set<Int> { Set(matches.flatMap { Array($0.range) }) }

  private static func names(_ matches: [SecretMatch]) -> Set<SecretName> {
    Set(matches.flatMap { [$0.name] + $0.alsoCovers })
  }

  private func check(_ secrets: [[UInt8]], limits: RedactionLimits, seed: UInt64) throws -> Int {
    var random = SeededRandom(seed: seed)
    let pair = try Self.pair(secrets, limits: limits, &random)
    var sampler = TextSampler(seed: seed &+ 1, secrets: secrets)
    let text = sampler.text(sampler.random.number(in: 1...400))
    for scope in TextScope.allCases {
      let whole = pair.whole.matches(in: text, scope: scope)
      let layered = pair.layered.matches(in: text, scope: scope)
      #expect(Self.covered(layered) == Self.covered(whole), "seed \(seed), \(scope)")
      #expect(Self.names(layered) == Self.names(whole), "seed \(seed), \(scope)")
      #expect(layered.count <= whole.count, "seed \(seed), \(scope)")
      for (left, right) in zip(layered, layered.dropFirst()) {
        #expect(left.range.upperBound <= right.range.lowerBound, "seed \(seed), \(scope)")
      }
    }
    let alarm = pair.whole.redact(text, scope: .wholeForms).alarm
    #expect((pair.layered.alarm(in: text) == nil) == (alarm == nil), "seed \(seed)")
    return pair.whole.matches(in: text).count
  }

  @Test("Whatever portions secrets come in, the bytes that one matcher masks are masked, and no others")
  func randomSecrets() throws {
    var places = 0
    for seed in 0..<100 {
      var random = SeededRandom(seed: UInt64(seed))
      let secrets = (0..<random.number(in: 1...8)).map { _ in
        TextSampler.secret(&random, count: random.number(in: 8...60), printable: random.oneIn(2))
      }
      places += try check(secrets, limits: OracleTests.limits, seed: UInt64(seed) &* 7919)
    }
    #expect(places > 50)
  }

  @Test("So are secrets that are hard together, in each other and over each other", arguments: OracleTests.sets.indices)
  func hardSecrets(set: Int) throws {
    let secrets = OracleTests.sets[set].map { Array($0.utf8) }
    for seed in 0..<12 {
      for limits in [OracleTests.limits, OracleTests.fragmentLimits] {
        _ = try check(secrets, limits: limits, seed: UInt64(set * 10_000 + seed))
      }
    }
  }

  @Test("Places of several layers that overlap are one, named after what begins first")
  func overlaps() throws {
    let layered = try Self.alone(["1234efgh5678", "abcq1234"], names: [Self.name(0), Self.name(1)])
    #expect(
      layered.matches(in: Array("..abcq1234efgh5678..".utf8)) == [
        SecretMatch(range: 2..<18, name: Self.name(1), kind: .raw, alsoCovers: [Self.name(0)])
      ])
    #expect(layered.redact("..abcq1234efgh5678..") == "..‹s1·0001›..")
    #expect(layered.count == 2)
    #expect(LayeredMatcher([]).redact("nothing is known") == "nothing is known")
  }

  @Test("A mask in which a secret of another layer is found gives way to a barer one")
  func harmlessMasks() throws {
    let layered = try Self.alone(
      ["Lm4Rv8TbQ1", "k7Zq2Wx9Tb", "token·k7f2"],
      names: [
        SecretName("k7Zq2Wx9Tb", pseudonym: "aaaa"), SecretName("token", pseudonym: "k7f2"),
        SecretName("odd", pseudonym: "bbbb"),
      ])
    let once = layered.redact("a Lm4Rv8TbQ1 b k7Zq2Wx9Tb c token·k7f2 d")
    #expect(once == "a ‹secret·aaaa› b ‹secret·k7f2› c ‹odd·bbbb› d")
    #expect(layered.redact(once) == once)
  }

  @Test("A chosen text that names more secrets than chance explains is withheld, however few each layer finds")
  func alarm() throws {
    let secrets = (0..<4).map { "k7Zq2Wx9TbLm4Rv8-\($0)Qa" }
    let layered = try Self.alone(secrets, names: (0..<4).map(Self.name))
    let four = Array(secrets.joined(separator: " ").utf8)
    let three = Array(secrets.dropLast().joined(separator: " ").utf8)
    #expect(layered.alarm(in: four) != nil)
    #expect(layered.alarm(in: three) == nil)
    #expect(layered.matches(in: four, scope: .wholeForms).map(\.name) == [.withheld])
    #expect(layered.matches(in: three, scope: .wholeForms).count == 3)
    #expect(layered.matches(in: four).count == 4)
  }

  @Test("A text that cannot be scanned for the secrets of one layer is withheld")
  func fault() throws {
    var tight = RedactionLimits.standard
    tight.maximumTextBytes = 10
    var builder = MatcherBuilder(limits: tight)
    _ = try builder.add("k7Zq2Wx9Tb".utf8, name: Self.name(0)).get()
    var other = MatcherBuilder()
    _ = try other.add("Lm4Rv8TbQ1".utf8, name: Self.name(1)).get()
    let layered = LayeredMatcher([other.build(), builder.build()])
    let text = "a text of more than ten bytes"
    #expect(
      layered.matches(in: Array(text.utf8)) == [
        SecretMatch(range: 0..<text.utf8.count, name: .withheld, kind: .raw)
      ])
    #expect(layered.redact(text) == Mask.withheld(.tooLarge))
  }
}
