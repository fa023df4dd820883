import Encodings
import TestSupport
import Testing

@testable import Redaction

@Suite("Token shapes in text without tokens")
struct ShapesFalsePositiveTests {
  @Test("Nothing in the naughty strings has a shape")
  func naughtyStrings() throws {
    for file in ["naughty-strings/blns.txt", "naughty-strings/blns.json", "naughty-strings/blns.base64.json"] {
      let bytes = try Vectors.bytes(file)
      #expect(bytes.count > 10_000)
      #expect(TokenShapes.all.matches(in: bytes) == [])
    }
  }

  @Test("Nothing in the JSON test suite has a shape")
  func jsonSuite() throws {
    var files = 0
    for folder in ["json-test-suite/test_parsing", "json-test-suite/test_transform"] {
      for name in try Vectors.names(in: folder) {
        files += 1
        #expect(TokenShapes.all.matches(in: try Vectors.bytes("\(folder)/\(name)")) == [], "\(name)")
      }
    }
    #expect(files > 300)
  }

  @Test("Random base 64, hexadecimal, digits and letters have hardly any")
  func randomText() {
    var sampler = ShapesSampler(random: SeededRandom(seed: 1))
    for pattern in ["{300000b}", "{300000h}", "{300000n}", "{300000u}"] {
      #expect(TokenShapes.all.matches(in: sampler.token(pattern)) == [], "\(pattern)")
    }
    let words = (0..<20_000).flatMap { _ in sampler.token("{1-60n} ") }
    #expect(TokenShapes.all.matches(in: words) == [])
    let hashes = (0..<10_000).flatMap { _ in sampler.token("{32h} {40h} {64h} {128h}\n") }
    #expect(TokenShapes.all.matches(in: hashes) == [])
    let identifiers = (0..<10_000).flatMap { _ in sampler.token("{8h}-{4h}-{4h}-{4h}-{12h} ") }
    #expect(TokenShapes.all.matches(in: identifiers) == [])
  }
}
