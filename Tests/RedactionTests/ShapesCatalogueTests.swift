import TestSupport
import Testing

@testable import Redaction

@Suite("The catalogue of token shapes")
struct ShapesCatalogueTests {
  static let cases = shapePatterns.flatMap { entry in entry.patterns.map { (entry.shape, $0) } }

  private func matches(_ text: [UInt8]) -> [TokenMatch] { TokenShapes.all.matches(in: text) }

  /// Where the token stands that the finder should give: behind the word that introduces it, if there is one.
  private func range(of shape: String, in token: [UInt8]) -> Range<Int> {
    shape == "azure-storage-key" ? 11..<token.count : 0..<token.count
  }

  @Test("There are at least forty, each with a name of its own, a source, and a pattern here")
  func names() {
    let names = TokenShapes.all.names
    #expect(names.count >= 40)
    #expect(Set(names).count == names.count)
    #expect(Set(names) == Set(shapePatterns.map(\.shape) + shapesMadeByHand))
    for shape in TokenShapes.all.shapes { #expect(shape.source.utf8CodeUnitCount > 10, "\(shape.name)") }
    #expect(shapePatterns.allSatisfy { $0.patterns.count == forms(of: $0.shape) || $0.shape == "discord-bot-token" })
  }

  private func forms(of shape: String) -> Int? { TokenShapes.all.shapes.first { $0.name == shape }?.forms.count }

  @Test("A token is found, alone and in its surroundings, and named", arguments: cases)
  func found(shape: String, pattern: String) {
    let surroundings = [
      ("", ""), ("\"", "\""), ("token=", "&x=1"), ("Bearer ", "\r\n"), ("{\"a\":\"line\\n", "\\n\"}"), ("a%3D", "%26b"),
      ("\\u0022", "\\u0022"), ("\u{1B}[1;31m", "\u{1B}[0m"), ("see ", ", or"), ("(", ")"), ("é", "é"),
    ]
    for seed in 0..<4 {
      var sampler = ShapesSampler(random: SeededRandom(seed: UInt64(seed)))
      let token = ShapesSampler.repaired(sampler.token(pattern, seed == 0 ? .shortest : .nothing), of: shape)
      let range = range(of: shape, in: token)
      for (before, after) in surroundings {
        let found = matches(Array(before.utf8) + token + Array(after.utf8))
        let start = before.utf8.count
        let expected = TokenMatch(range: range.lowerBound + start..<range.upperBound + start, shape: shape)
        #expect(found == [expected], "seed \(seed), between \(before.debugDescription) and \(after.debugDescription)")
      }
    }
  }

  @Test("One character less or more, one of another alphabet, or a letter before it: no token", arguments: cases)
  func neighbours(shape: String, pattern: String) {
    var sampler = ShapesSampler(random: SeededRandom(seed: 7))
    for fault in [ShapesSampler.Fault.short, .long, .alphabet] {
      let token = sampler.token(pattern, fault)
      // Where one form is another one and a little more, what is left is a token of the other.
      if shape == "databricks-token", pattern.hasSuffix("-{1d}") { continue }
      let repaired = fault == .alphabet ? token : ShapesSampler.repaired(token, of: shape)
      #expect(matches(repaired).isEmpty, "\(fault)")
    }
    guard shape != "azure-storage-key" else { return }
    // A digit more before a number is a number too.
    for before in shape == "telegram-bot-token" ? ["x", "_"] : ["x", "7", "_"] {
      let token = ShapesSampler.repaired(sampler.token(pattern), of: shape)
      #expect(matches(Array(before.utf8) + token).isEmpty, "behind \(before)")
    }
  }

  @Test(
    "With a checksum, no character can be changed",
    arguments: ["github-token", "npm-token", "gitlab-routable-token", "grafana-service-account-token"])
  func checksums(shape: String) throws {
    var sampler = ShapesSampler(random: SeededRandom(seed: 3))
    let patterns = try #require(shapePatterns.first { $0.shape == shape }).patterns
    for pattern in patterns {
      let token = ShapesSampler.repaired(sampler.token(pattern, .shortest), of: shape)
      #expect(matches(token).map(\.shape) == [shape])
      let body = (token.firstIndex { $0 == 0x5F || $0 == 0x2D } ?? 0) + 1
      for index in body..<token.count where TokenAlphabet.alphanumeric.contains(token[index]) {
        var changed = token
        changed[index] = changed[index] == 0x61 ? 0x62 : 0x61
        #expect(matches(changed).isEmpty, "at \(index) of \(pattern)")
      }
    }
  }

  @Test("Two tokens with one character between them are two matches")
  func neighboursOfEachOther() {
    var sampler = ShapesSampler(random: SeededRandom(seed: 5))
    let first = sampler.token("sbp_{40h}")
    let second = sampler.token("AIza{35u}")
    #expect(matches(first + [0x2C] + second).map(\.shape) == ["supabase-token", "google-api-key"])
  }

  @Test("Of two shapes that begin together the longer is found")
  func longest() {
    var sampler = ShapesSampler(random: SeededRandom(seed: 6))
    let short = TokenShape("short", "of this test only", .parts([.text("ab_"), .exactly(8, .digits)]))
    let long = TokenShape(
      "long", "of this test only", .parts([.text("ab_"), .exactly(8, .digits), .text("."), .exactly(4, .digits)]))
    let token = sampler.token("ab_{8d}.{4d}")
    for catalogue in [TokenShapes([short, long]), TokenShapes([long, short])] {
      #expect(catalogue.matches(in: token) == [TokenMatch(range: 0..<16, shape: "long")])
      #expect(catalogue.matches(in: Array(token.prefix(12))) == [TokenMatch(range: 0..<11, shape: "short")])
    }
  }

  @Test("A catalogue prints no text it was given, and a stream neither")
  func printing() {
    var sampler = ShapesSampler(random: SeededRandom(seed: 8))
    let token = sampler.token("sbp_{40h}")
    var stream = TokenShapeStream()
    _ = stream.push(token)
    let text = String(decoding: token, as: UTF8.self)
    #expect("\(stream) \(String(reflecting: stream)) \(matches(token))".contains(text) == false)
    var dumped = ""
    dump(stream, to: &dumped)
    #expect(dumped.contains(text) == false)
    #expect(dumped.utf8.count < 60)
  }
}
