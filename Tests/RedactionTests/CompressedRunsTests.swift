import Encodings
import TestSupport
import Testing

@testable import Redaction

@Suite("Compressed runs")
struct CompressedRunsTests {
  private static let secret = Array("k7Zq2Wx9TbLm4Rv8Qp".utf8)
  private static let name = SecretName("s0", pseudonym: "0000")
  private static let content = Array("{\"token\":\"".utf8) + secret + Array("\"}\n".utf8)

  private static func matcher(
    scope: TextScope = .all, _ change: (inout RedactionLimits) -> Void = { _ in }
  ) throws -> SecretMatcher {
    var limits = RedactionLimits.standard
    change(&limits)
    var builder = MatcherBuilder(limits: limits)
    _ = try builder.add(secret, name: name, scope: scope).get()
    return builder.build()
  }

  private static func around(_ run: [UInt8]) -> [UInt8] { Array("before ".utf8) + run + Array(" after".utf8) }

  private static func streamed(_ matcher: SecretMatcher, _ text: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var stream = RedactingStream(matcher)
    var output: [UInt8] = []
    var start = 0
    while start < text.count {
      let end = min(start + random.number(in: 1...70_000), text.count)
      output += stream.push(text[start..<end])
      start = end
    }
    return output + stream.finish()
  }

  /// Noise that does not shrink.
  private static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return random.bytes(count)
  }

  @Test("A run with a secret in it is masked from its first byte to its last, in both formats, raw and encoded")
  func masked() throws {
    let matcher = try Self.matcher()
    for level in Int32(0)...9 {
      for windowBits in [Int32(31), 15] {
        let run = Deflate.compress(Self.content, windowBits: windowBits, level: level)
        var forms = [
          ("base64", Base64.encodeBytes(run, padded: false)), ("hex", Hex.encodeBytes(run)),
          ("base64url", Base64.encodeBytes(run, alphabet: .urlSafe, padded: false)),
          ("wrapped", Array(Base64.encodeBytes(run, padded: false).split(every: 20).joined(separator: [0x0A, 0x20]))),
        ]
        // The header of zlib's levels 2 to 5 counts where it was encoded only.
        if windowBits == 31 || !(2...5).contains(level) { forms.append(("raw", run)) }
        for (form, text) in forms {
          let result = matcher.redact(Self.around(text))
          #expect(result.text == "before ‹s0·0000› after", "\(form), level \(level), \(windowBits)")
        }
      }
    }
  }

  @Test("Two layers are undone when one or both are compression, three are not")
  func layers() throws {
    let matcher = try Self.matcher()
    let once = Deflate.compress(Self.content)
    for run in [
      Deflate.compress(once), Deflate.compress(Base64.encodeBytes(Self.content)),
      Deflate.compress(Hex.encodeBytes(Self.content)), Deflate.compress(JSONForms.everyCharacter(Self.content)[0]),
    ] {
      #expect(matcher.redact(Self.around(run)).text == "before ‹s0·0000› after")
    }
    for run in [Deflate.compress(Deflate.compress(once)), Deflate.compress(Base64.encodeBytes(once))] {
      #expect(matcher.redact(Self.around(run)).bytes == Self.around(run))
    }
  }

  @Test("A run that is cut off or damaged is searched and masked as far as it goes")
  func incomplete() throws {
    let matcher = try Self.matcher()
    let run = Deflate.compress(Self.content)
    let cut = Array(run.dropLast(9))
    #expect(matcher.redact(Array("before ".utf8) + cut).text == "before ‹s0·0000›")
    #expect(matcher.redact(Self.around(Base64.encodeBytes(cut, padded: false))).text == "before ‹s0·0000› after")
    var damaged = run
    damaged[run.count - 8] ^= 0xFF
    // Where the checksum is wrong the run ends behind it; the length that follows is no part of it.
    let result = matcher.redact(Self.around(damaged))
    #expect(result.bytes == Array("before ‹s0·0000›".utf8) + run.suffix(4) + Array(" after".utf8))
  }

  @Test("Runs without a secret, and what only begins like one, pass unchanged")
  func unchanged() throws {
    let matcher = try Self.matcher()
    let harmless = Deflate.compress(Array("nothing to see".utf8))
    for text in [
      Self.around(harmless), Self.around(Base64.encodeBytes(harmless)), Self.around(Hex.encodeBytes(harmless)),
      [0x1F, 0x8B], [0x1F, 0x8B, 8, 0], [0x78, 0x9C], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3],
      Self.around([0x1F, 0x8B, 8, 0xE0] + harmless.dropFirst(4)), Self.noise(300_000, seed: 3),
    ] {
      #expect(matcher.redact(text).bytes == text)
    }
  }

  @Test("In chosen text, and for secrets that are matched narrowly, nothing is decompressed")
  func scopes() throws {
    let text = Self.around(Deflate.compress(Self.content))
    #expect(try Self.matcher().redact(text, scope: .wholeForms).bytes == text)
    #expect(try Self.matcher(scope: .wholeForms).redact(text).bytes == text)
    var builder = MatcherBuilder()
    #expect(builder.add("pin7".utf8, name: Self.name, weak: .borderOnly) == .success(.borderOnly))
    let pin = Self.around(Deflate.compress(Array(" pin7 ".utf8)))
    #expect(builder.build().redact(pin).bytes == pin)
  }

  @Test("Runs longer than any block are found whole, wherever the text is cut and wherever in them the secret is")
  func long() throws {
    let matcher = try Self.matcher()
    for (seed, size) in [(1, 40_000), (2, 130_000), (3, 300_000)] {
      var random = SeededRandom(seed: UInt64(seed))
      for place in [0, size / 2, size] {
        var content = Self.noise(size, seed: UInt64(seed))
        content.insert(contentsOf: Self.secret, at: place)
        let run = Deflate.compress(content, level: 1)
        let text =
          Self.noise(5000, seed: 9) + run + Self.around(Base64.encodeBytes(run, padded: false))
          + Self.around(Self.secret)
        let expected =
          Self.noise(5000, seed: 9) + Array("‹s0·0000›before ‹s0·0000› afterbefore ‹s0·0000› after".utf8)
        #expect(matcher.redact(text).bytes == expected, "\(size), secret at \(place)")
        #expect(Self.streamed(matcher, text, &random) == expected, "\(size), secret at \(place), cut")
      }
    }
  }

  @Test("A stream waits for the end of a run, not longer than the bound, and for nothing else")
  func holdBack() throws {
    let matcher = try Self.matcher()
    let run = Deflate.compress(Self.noise(200_000, seed: 5), level: 1)
    var stream = RedactingStream(matcher)
    var written = stream.push(Self.noise(10_000, seed: 6) + run.dropLast(100)).count
    #expect(written == 10_000)
    written += stream.push(Array(run.suffix(100)) + Self.noise(matcher.holdBack + 300_000, seed: 7)).count
    #expect(written >= 10_000 + run.count)
  }

  @Test("A run that stands for too much is masked as withheld, in whole texts and in streams; the rest is as it was")
  func bomb() throws {
    let matcher = try Self.matcher()
    let bomb = Deflate.compress([UInt8](repeating: 0x61, count: 2_000_000) + Self.secret)
    #expect(bomb.count < 5000)
    let marker = "before ‹withheld: a compressed part unpacks to too much to check› after"
    for text in [Self.around(bomb), Self.around(Base64.encodeBytes(bomb, padded: false))] {
      let result = matcher.redact(text + Self.secret)
      #expect(result.text == marker + "‹s0·0000›")
      #expect(result.found == [.withheld, Self.name] && result.disposition == .redacted)
      #expect(matcher.containsAny(text) == [.withheld])
    }
    // A run that is searched may hold one that is not.
    let nested = Deflate.compress(Self.noise(100_000, seed: 8) + bomb)
    #expect(matcher.redact(Self.around(nested)).text == marker)
    var random = SeededRandom(seed: 4)
    #expect(Self.streamed(matcher, Self.around(bomb), &random) == Array(marker.utf8))
  }

  @Test("As much as the bound allows is searched still")
  func belowBomb() throws {
    let matcher = try Self.matcher { $0.searchedPerRunByte = 2000 }
    let content = [UInt8](repeating: 0x61, count: 2_000_000) + Self.secret
    #expect(matcher.redact(Self.around(Deflate.compress(content))).text == "before ‹s0·0000› after")
  }

  @Test("Bombs beyond the budget of a text withhold it, whole or in a stream, and cost no more")
  func budget() throws {
    let matcher = try Self.matcher()
    let bomb = Deflate.compress([UInt8](repeating: 0x61, count: 2_000_000))
    let text = (0..<20).flatMap { _ in Self.around(bomb) }
    #expect(matcher.redact(text).disposition == .withheld(.tooMuchWork))
    var stream = RedactingStream(matcher)
    _ = stream.push(text)
    _ = stream.finish()
    #expect(stream.withheld == .tooMuchWork)
    // The fault comes in a block behind which hardly anything follows.
    let block = (text + text + text).prefix(RedactionLimits.blockBytes - 2000)
    let first = [UInt8](repeating: 0x2E, count: RedactionLimits.blockBytes) + block
    for tail in [1, 2001, 2100] {
      let filled = first + [UInt8](repeating: 0x2E, count: tail)
      #expect(matcher.redact(filled).disposition == .withheld(.tooMuchWork), "\(tail) bytes")
    }
    let tight = try Self.matcher {
      $0.inflatedPerByte = 0
      $0.inflatedPerText = 0
    }
    #expect(tight.redact("nothing compressed, x^2").text == "nothing compressed, x^2")
    #expect(tight.redact(Self.around(Deflate.compress(Self.content))).disposition == .withheld(.tooMuchWork))
  }

  @Test("A text with a run longer than may be held back is withheld, though its end comes")
  func tooLong() throws {
    let matcher = try Self.matcher { $0.maximumRunBytes = 5000 }
    for count in [4900, 5100, 100_000] {
      let text = Self.around(Deflate.compress(Self.noise(count, seed: 1)))
      let isTooLong = count > 5000
      #expect(matcher.redact(text).disposition == (isTooLong ? .withheld(.compressedTooLong) : .redacted))
      var random = SeededRandom(seed: UInt64(count))
      let output = Self.streamed(matcher, text, &random)
      guard isTooLong else {
        #expect(output == text)
        continue
      }
      // What was decided before may have left; of the run nothing has.
      let marker = "‹withheld: a compressed part is too long to check›"
      #expect([marker, "before " + marker].contains(String(decoding: output, as: UTF8.self)))
    }
  }

  @Test("Beginnings are found at every offset, and only they are")
  func heads() {
    for seed in 0..<200 {
      var random = SeededRandom(seed: UInt64(seed))
      let parts: [[UInt8]] = [
        [0x1F, 0x8B, 8, 0], [0x1F, 0x8B, 8, 0x20], [0x1F, 0x8B, 9, 0], [0x78, 0x01], [0x78, 0x5E], [0x78, 0x9C],
        [0x78, 0xDA], [0x78], [0x1F], [0x8B], [0x20, 0x21, 0x22],
      ]
      let text = (0..<random.number(in: 1...30)).flatMap { _ in random.element(of: parts) ?? [] }
      for isDecoded in [false, true] {
        let seconds: [UInt8] = isDecoded ? [0x01, 0x5E, 0x9C, 0xDA] : [0x01, 0x9C, 0xDA]
        let expected = text.indices.filter { index in
          guard index + 9 <= text.count else { return false }
          let rest = text[index...].prefix(4)
          return rest.starts(with: [0x1F, 0x8B, 8]) && text[index + 3] < 0x20
            || seconds.contains { rest.starts(with: [0x78, $0]) }
        }
        let found = text.withUnsafeBytes { CompressedRuns.heads(in: $0, isDecoded: isDecoded) }
        #expect(found == expected, "seed \(seed)")
      }
    }
  }
}

extension Array {
  fileprivate func split(every count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}
