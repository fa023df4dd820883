import TestSupport
import Testing

@testable import Labels

@Suite("LabelSpan")
struct LabelSpanTests {
  @Test("A text in which more is sensitive than one looks for is sensitive as a whole, with all of its labels")
  func bounded() throws {
    func marked(_ members: [String]) -> LabeledText {
      let json = "[" + members.map { "{\"\($0)\":\"x\"}" }.joined(separator: ",") + "]"
      return SensitiveDefaults.mark(LabeledText(body: Array(json.utf8), label: .clear), holder: "step", hosts: .nowhere)
    }
    let most = [LabelSpan].mostFound
    let each = marked(Array(repeating: "id_token", count: most))
    #expect(each.spans.count == most)
    let all = marked(Array(repeating: "id_token", count: most) + ["access_token"])
    #expect(all.spans.map(\.range) == [0..<all.bytes.count])
    #expect(all.label == marked(["id_token", "access_token"]).label)
    let urls = String(repeating: "http://a@b ", count: most + 1)
    let text = SensitiveDefaults.mark(
      LabeledText(body: Array(urls.utf8), label: .clear), holder: "step", hosts: .nowhere)
    #expect(text.spans.map(\.range) == [0..<text.bytes.count])
  }

  private static func random(_ generator: inout SeededRandom, count: Int) -> [LabelSpan] {
    var spans: [LabelSpan] = []
    var position = 0
    while position < count {
      let end = min(count, position + generator.number(in: 0...4))
      spans.appendNext(position..<end, generator.element(of: Samples.all) ?? .clear)
      position = generator.oneIn(3) ? end + 1 : end
      if end == position, generator.oneIn(2) { position += 1 }
    }
    return spans
  }

  private static func perByte(_ spans: [LabelSpan], count: Int) -> [Label] {
    (0..<count).map { byte in Label.join(spans.filter { $0.range.contains(byte) }.map(\.label)) }
  }

  static func isOrderly(_ spans: [LabelSpan]) -> Bool {
    zip(spans, spans.dropFirst()).allSatisfy { left, right in
      left.range.upperBound <= right.range.lowerBound
        && !(left.range.upperBound == right.range.lowerBound && left.label == right.label)
    } && spans.allSatisfy { $0.label != .clear }
  }

  @Test("Merging two lists joins the labels byte by byte and keeps every empty range's label", arguments: 0..<60)
  func merged(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed))
    for _ in 0..<20 {
      let count = generator.number(in: 0...20)
      let (a, b) = (Self.random(&generator, count: count), Self.random(&generator, count: count))
      let merged = a.merged(with: b)
      #expect(Self.isOrderly(merged), "seed \(seed)")
      let expected = zip(Self.perByte(a, count: count), Self.perByte(b, count: count)).map { $0.joined(with: $1) }
      #expect(Self.perByte(merged, count: count) == expected, "seed \(seed)")
      let union = Label.join((a + b).map(\.label))
      #expect(Label.join(merged.map(\.label)) == union, "seed \(seed)")
    }
  }

  @Test("A slice has exactly the labels of its bytes", arguments: 0..<30)
  func sliced(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed) + 500)
    for _ in 0..<20 {
      let count = generator.number(in: 1...20)
      let spans = Self.random(&generator, count: count)
      let lower = generator.number(in: 0...count)
      let upper = generator.number(in: lower...count)
      let sliced = spans.sliced(lower..<upper)
      #expect(Self.isOrderly(sliced))
      #expect(Self.perByte(sliced, count: upper - lower) == Array(Self.perByte(spans, count: count)[lower..<upper]))
    }
  }

  @Test("An empty range at a border of a slice is kept, since a value with no bytes may stand there")
  func emptyAtBorder() {
    let spans = [LabelSpan(range: 2..<2, label: Samples.stored)]
    #expect(spans.sliced(2..<5) == [LabelSpan(range: 0..<0, label: Samples.stored)])
    #expect(spans.sliced(0..<2) == [LabelSpan(range: 2..<2, label: Samples.stored)])
    #expect(spans.sliced(3..<5).isEmpty)
  }

  @Test("Two empty values in one place join, and an equal neighbour swallows one")
  func emptyRangesJoin() {
    var spans: [LabelSpan] = []
    spans.appendNext(3..<3, Samples.stored)
    spans.appendNext(3..<3, Samples.variable)
    #expect(spans == [LabelSpan(range: 3..<3, label: Samples.stored.joined(with: Samples.variable))])
    var others = [LabelSpan(range: 0..<3, label: Samples.stored)]
    others.appendNext(3..<3, Samples.stored)
    #expect(others == [LabelSpan(range: 0..<3, label: Samples.stored)])
  }
}
