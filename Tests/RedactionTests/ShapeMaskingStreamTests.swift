import TestSupport
import Testing

@testable import Redaction

@Suite("ShapeMaskingStream")
struct ShapeMaskingStreamTests {
  /// An AWS key id whose account is plausible, made here and used nowhere.
  static let token = "AKIA" + "QYLPMN5HHHFPZAM2"

  static func whole(_ text: [UInt8]) -> [UInt8] {
    var stream = ShapeMaskingStream()
    return stream.push(text) + stream.finish()
  }

  @Test("A token is masked by the name of its shape, and everything else leaves as it came")
  func masked() throws {
    let text = Array("id = \(Self.token), next\n".utf8)
    let matches = TokenShapes.all.matches(in: text)
    let match = try #require(matches.first)
    let shown = String(decoding: Self.whole(text), as: UTF8.self)
    #expect(matches.count == 1)
    #expect(shown == "id = ‹\(match.shape)·form›, next\n")
    let plain = Array("nothing here \u{1F511} \n".utf8) + [0xFF, 0x00, 0xFE]
    #expect(Self.whole(plain) == plain)
  }

  @Test("The output is the same however the text is cut", arguments: 1...20)
  func cuts(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var text: [UInt8] = []
    for _ in 0..<40 {
      text += (0..<Int.random(in: 0...2_000, using: &random)).map { _ in UInt8.random(in: 32...126, using: &random) }
      text += " \(Self.token) ".utf8
    }
    let expected = Self.whole(text)
    var stream = ShapeMaskingStream()
    var output: [UInt8] = []
    var rest = text[...]
    while !rest.isEmpty {
      let count = min(rest.count, Int.random(in: 1...9_000, using: &random))
      output += stream.push(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    output += stream.finish()
    #expect(output == expected)
    #expect(stream.counts.values.reduce(0, +) >= 40)
  }
}
