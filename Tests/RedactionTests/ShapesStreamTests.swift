import TestSupport
import Testing

@testable import Redaction

@Suite("Token shapes in text that comes in chunks")
struct ShapesStreamTests {
  /// Text of words, numbers and punctuation with tokens of all shapes among it, and where they are.
  static func planted(seed: UInt64, count: Int) -> (text: [UInt8], tokens: [TokenMatch]) {
    var sampler = ShapesSampler(random: SeededRandom(seed: seed))
    var text: [UInt8] = []
    var tokens: [TokenMatch] = []
    while text.count < count {
      switch sampler.random.number(in: 0...5) {
      case 0:
        let entry = shapePatterns[sampler.random.number(in: 0...shapePatterns.count - 1)]
        let pattern = entry.patterns[sampler.random.number(in: 0...entry.patterns.count - 1)]
        let token = ShapesSampler.repaired(sampler.token(pattern), of: entry.shape)
        let start = text.count + (entry.shape == "azure-storage-key" ? 11 : 0)
        tokens.append(TokenMatch(range: start..<text.count + token.count, shape: entry.shape))
        text += token
      case 1: text += sampler.token("{1-12l}")
      case 2: text += sampler.token("{1-6d}.{1-3d}")
      case 3: text += sampler.token("{1-30u}")
      case 4: text += sampler.random.bytes(sampler.random.number(in: 1...5)).map { $0 | 0x80 }
      default: text += sampler.token("{20-50h}x")
      }
      text += sampler.token([" ", "\n", "\", \"", " = "][sampler.random.number(in: 0...3)])
    }
    return (text, tokens)
  }

  @Test("Tokens planted in random text are all found, and nothing else", arguments: 0..<12)
  func planted(seed: Int) {
    let (text, tokens) = Self.planted(seed: UInt64(seed), count: 60_000)
    #expect(tokens.count > 50)
    #expect(TokenShapes.all.matches(in: text) == tokens, "seed \(seed)")
  }

  @Test("Chunks of any size give what the whole text gives", arguments: [1, 100, 5000, 40_000, 200_000])
  func chunks(largest: Int) {
    for seed: UInt64 in 20..<(largest == 1 ? 21 : 24) {
      let (text, tokens) = Self.planted(seed: seed, count: 150_000)
      var random = SeededRandom(seed: seed)
      var stream = TokenShapeStream()
      var found: [TokenMatch] = []
      var start = 0
      while start < text.count {
        let end = min(start + random.number(in: 1...largest), text.count)
        found += stream.push(text[start..<end])
        #expect(stream.decidedUntil >= end - 2 * TokenShapes.reach)
        start = end
      }
      found += stream.finish()
      #expect(found == tokens, "seed \(seed)")
      #expect(stream.decidedUntil == 0)
    }
  }

  @Test("A token may lie anywhere about the place where a stream cuts", arguments: shapePatterns.map(\.shape))
  func everyCut(shape: String) throws {
    let pattern = try #require(shapePatterns.first { $0.shape == shape }?.patterns.first)
    var sampler = ShapesSampler(random: SeededRandom(seed: 1))
    let token = ShapesSampler.repaired(sampler.token(pattern, .shortest), of: shape)
    let isKeyed = shape == "azure-storage-key"
    // The first push decides what begins in the first `reach` bytes.
    for offset in stride(from: 0, through: token.count + 20, by: token.count > 100 ? 7 : 3) {
      let start = TokenShapes.reach - offset
      let text = [UInt8](repeating: 0x2E, count: start - 1) + [0x20] + token + [UInt8](repeating: 0x20, count: 40_000)
      var stream = TokenShapeStream()
      let first = stream.push(text[..<(2 * TokenShapes.reach)])
      #expect(stream.decidedUntil == TokenShapes.reach)
      let found = first + stream.push(text[(2 * TokenShapes.reach)...]) + stream.finish()
      #expect(found == [TokenMatch(range: start + (isKeyed ? 11 : 0)..<start + token.count, shape: shape)], "\(offset)")
    }
  }

  @Test("A token cut into two chunks at any of its characters is found")
  func everySplit() {
    for entry in shapePatterns {
      var sampler = ShapesSampler(random: SeededRandom(seed: 2))
      let token = ShapesSampler.repaired(sampler.token(entry.patterns[0], .shortest), of: entry.shape)
      for split in 0...token.count {
        var stream = TokenShapeStream()
        let found = stream.push(token[..<split]) + stream.push(token[split...]) + stream.finish()
        #expect(found.map(\.shape) == [entry.shape], "\(split)")
      }
    }
  }

  @Test("No text makes the search look at a byte more often than a fixed number of times")
  func boundedWork() {
    let heads = shapePatterns.flatMap { entry in
      entry.patterns.map { pattern in String(pattern.prefix { $0 != "{" }) }
    }
    let repeated =
      Set(heads).subtracting([""]).sorted() + [
        "eyJ", "eyJ.", "eyJ-", "eyJhbGciOiJIUzI1NiJ9.", "eyJhbGciOiJIUzI1NiJ9.-", "-", "--", "-----BEGIN ",
        "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\n", "-----END PRIVATE KEY-----", "4", "4 ",
        "4111-", "4111 1111 ", "DE00", "DE00 ", "DE12 3456 ", "secret_access_key", "secret_access_key=", "PrivateKey= ",
        "A", "a", "0", "1:AA", "12345678:AA", ":AA", "Q~", "a1Q~", "AZDO", "-AzFu", ".atlasv1.", "MT.", "MTA-",
        "xoxb-1-",
        "xoxb-1234567890-", "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1Q", "\\n", "%41", " ", "\u{1B}[31m",
      ]
    for text in repeated {
      for separator in ["", "-", ".", " ", "_"] {
        let unit = Array((text + separator).utf8)
        let bytes = (0..<60_000 / unit.count).flatMap { _ in unit }
        var scan = ShapeScan(.all)
        scan.search(bytes.span)
        #expect(scan.work <= 40 * bytes.count, "\(text)\(separator): \(scan.work / bytes.count) for each byte")
      }
    }
  }
}
