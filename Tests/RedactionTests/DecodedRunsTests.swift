import Encodings
import TestSupport
import Testing

@testable import Redaction

@Suite("Decoded runs")
struct DecodedRunsTests {
  private static func pieces(_ text: [UInt8]) -> [(bytes: [UInt8], sources: [Range<Int>?])] {
    text.withUnsafeBytes { DecodedRuns.views(of: $0) }.map { view, _ in
      (view.bytes, view.bytes.indices.map { view.map.source(of: $0..<$0 + 1) })
    }
  }

  @Test("Whatever is encoded is in one of the views, and each byte leads back to its characters")
  func roundTrip() {
    for seed in 0..<150 {
      var random = SeededRandom(seed: UInt64(seed))
      let content = random.bytes(random.number(in: 8...60))
      let before = TextSampler.secret(&random, count: random.number(in: 0...7))
      let isHex = random.oneIn(2)
      let alphabet: Base64.Alphabet = random.oneIn(2) ? .standard : .urlSafe
      let encoded = isHex ? Hex.encodeBytes(content) : Base64.encodeBytes(content, alphabet: alphabet, padded: false)
      let text = Array("key: ".utf8) + before + encoded + Array("; ".utf8)
      let start = 5 + before.count
      let bits = isHex ? 4 : 6
      let isFound = Self.pieces(text).contains { view in
        guard let range = view.bytes.firstRange(of: content) else { return false }
        return zip(0..., view.sources[range]).allSatisfy { offset, source in
          source == start + 8 * offset / bits..<start + (8 * offset + 7) / bits + 1
        }
      }
      #expect(isFound, "seed \(seed)")
    }
  }

  @Test("Runs that are too short to hold a secret are not decoded")
  func shortRuns() {
    #expect(Self.pieces(Array("words of ten at most: abcdefghij".utf8)).isEmpty)
    #expect(Self.pieces(Array("eleven: abcdefghijk".utf8)).count == 4)
    #expect(Self.pieces(Array("sixteen: 0123456789abcdef".utf8)).count == 2)
    #expect(Self.pieces(Array("sixteen: 0123456789abcdef/g".utf8)).count == 6)
    #expect(Self.pieces([]).isEmpty)
  }

  @Test("Nothing is found across two runs")
  func acrossRuns() throws {
    var builder = MatcherBuilder()
    _ = try builder.add("k7Zq2Wx9TbLm4Rv8k7Qq".utf8, name: SecretName("s", pseudonym: "0000")).get()
    let matcher = builder.build()
    let inner = Base64.encode("k7Zq2Wx9TbLm4Rv8k7Qq".utf8).utf8
    let outer = Base64.encode(Array(inner)).utf8
    #expect(matcher.matches(in: Array(outer)).count == 1)
    var broken = Array(outer)
    broken.insert(0x20, at: 16)
    #expect(matcher.matches(in: broken).isEmpty)
    broken[16] = 0x0A
    #expect(matcher.matches(in: broken).count == 1)
  }

  @Test("Nor does it help that a secret holds the byte between two runs")
  func separator() throws {
    let parts: [[UInt8]] = [Array("k7Zq2Wx9T".utf8), Array("bLm4Rv8k7".utf8)]
    var builder = MatcherBuilder()
    _ = try builder.add(parts[0] + [0xFF] + parts[1], name: SecretName("s", pseudonym: "0000")).get()
    let text = parts.map { Base64.encode($0) }.joined(separator: " ")
    #expect(builder.build().matches(in: Array(text.utf8)).isEmpty)
  }

  @Test("Two layers in any order are undone: escapes, base64, hexadecimal")
  func twoLayers() throws {
    let secret = Array("p\"a/s\\s&w%o<r>d'1".utf8)
    var builder = MatcherBuilder()
    _ = try builder.add(secret, name: SecretName("s", pseudonym: "0000")).get()
    let matcher = builder.build()
    let layers: [(String, ([UInt8]) -> [UInt8])] = [
      ("base64", { Base64.encodeBytes($0) }), ("hex", { Hex.encodeBytes($0) }),
      ("percent", { PercentEncoding.encode($0, for: .unreservedOnly) }), ("json", { JSONText.escapedContent($0) }),
      ("html", { HTMLEscape.escape($0) }),
    ]
    for (inner, encodeInner) in layers {
      for (outer, encodeOuter) in layers {
        let text = Array("<".utf8) + encodeOuter(encodeInner(secret)) + Array(">".utf8)
        let result = matcher.redact(text)
        #expect(result.counts.values.reduce(0, +) == 1, "\(outer) of \(inner)")
        #expect(result.bytes.count <= "<‹s·0000›====>".utf8.count + 4, "\(outer) of \(inner)")
      }
    }
  }
}
