import Encodings
import TestSupport
import Testing

@testable import Labels

/// The model: each byte alone, with the label of where it came from; every transform done byte by byte, the slow way.
private struct Marked: Equatable {
  var bytes: [UInt8] = []
  var labels: [Label] = []

  init(_ pairs: [(UInt8, Label)] = []) {
    bytes = pairs.map(\.0)
    labels = pairs.map(\.1)
  }

  init(_ text: LabeledText) {
    bytes = text.bytes
    labels = Samples.labels(text)
  }

  var pairs: [(UInt8, Label)] { Array(zip(bytes, labels)) }

  func each(_ encode: (UInt8) -> [UInt8]) -> Marked {
    Marked(pairs.flatMap { byte, label in encode(byte).map { ($0, label) } })
  }
}

@Suite("Spans through transforms")
struct SpanModelTests {
  /// Random UTF-8 in runs that may cut through characters, sometimes with a label of the whole, sometimes with empty
  /// values between.
  static func text(_ generator: inout SeededRandom, maximumCount: Int = 40) -> LabeledText {
    let bytes = Array(generator.text(maximumCount: maximumCount).utf8)
    var builder = TextBuilder()
    var rest = bytes[...]
    while !rest.isEmpty || generator.oneIn(4) {
      let count = min(rest.count, generator.number(in: 0...5))
      builder.append(rest.prefix(count), label: generator.element(of: Samples.all) ?? .clear)
      rest = rest.dropFirst(count)
    }
    let base = generator.oneIn(5) ? Samples.encryptedTrigger : .clear
    return builder.finish(form: .text, base: base)
  }

  private static func check(_ result: LabeledText, _ expected: Marked, of text: LabeledText, _ note: String) {
    #expect(Marked(result) == expected, "\(note)")
    #expect(LabelSpanTests.isOrderly(result.spans), "\(note)")
    #expect(result.label == text.label, "the union is lost: \(note)")
  }

  @Test("Escapes that treat every byte by itself keep exact spans", arguments: 0..<60)
  func bytewise(seed: Int) throws {
    var generator = SeededRandom(seed: UInt64(seed))
    for _ in 0..<10 {
      let text = Self.text(&generator)
      let marked = Marked(text)
      for component in PercentEncoding.Component.allCases {
        Self.check(
          Transforms.percentEncoded(text, for: component),
          marked.each { PercentEncoding.encode([$0], for: component) }, of: text, "percent, seed \(seed)")
      }
      Self.check(Transforms.hex(text), marked.each { Hex.encodeBytes([$0]) }, of: text, "hex, seed \(seed)")
      Self.check(
        try Transforms.jsonEscapedContent(text), marked.each { JSONText.escapedContent([$0]) }, of: text,
        "json, seed \(seed)")
      if XMLText.escape(text.bytes) != nil {
        let expected = marked.each { $0 < 0x80 ? XMLText.escape([$0]) ?? [] : [$0] }
        let result = try Transforms.xmlEscaped(text, name: "v")
        Self.check(result, expected, of: text, "xml, seed \(seed)")
        #expect(result.bytes == XMLText.escape(text.bytes))
      }
    }
  }

  @Test("A JSON string made from text gives the text back with its labels", arguments: 0..<60)
  func quotedAndBack(seed: Int) throws {
    var generator = SeededRandom(seed: UInt64(seed) + 100)
    for _ in 0..<10 {
      let text = Self.text(&generator)
      let quoted = try Transforms.jsonQuoted(text)
      var expected = Marked(text).each { JSONText.escapedContent([$0]) }
      let quote = text.bytes.isEmpty ? text.label : text.base
      expected = Marked([(0x22, quote)] + expected.pairs + [(0x22, quote)])
      Self.check(quoted, expected, of: text, "quoted, seed \(seed)")
      #expect(quoted.form == .json)
      let back = try Transforms.unquoted(quoted)
      Self.check(back, Marked(text), of: text, "unquoted, seed \(seed)")
      #expect(Transforms.stringForm(quoted).bytes == text.bytes)
    }
  }

  @Test("Unquoting gives each character the labels of its whole escape, and of nothing else", arguments: 0..<60)
  func unquoted(seed: Int) throws {
    var generator = SeededRandom(seed: UInt64(seed) + 200)
    let units: [(String, String)] = [
      ("a", "a"), ("é", "é"), ("\\n", "\n"), ("\\u0041", "A"), ("\\u00e9", "é"), ("\\ud83d\\ude00", "😀"), ("\\/", "/"),
    ]
    for _ in 0..<20 {
      var builder = TextBuilder()
      var expected: [(UInt8, Label)] = []
      builder.append([0x22], label: .clear)
      for _ in 0..<generator.number(in: 1...8) {
        let (written, meant) = generator.element(of: units) ?? ("a", "a")
        var labels: [Label] = []
        for byte in written.utf8 {
          let label = generator.oneIn(3) ? labels.last ?? .clear : generator.element(of: Samples.all) ?? .clear
          labels.append(label)
          builder.append([byte], label: label)
        }
        if written.utf8.elementsEqual(meant.utf8) {
          expected += zip(meant.utf8, labels).map { ($0, $1) }
        } else {
          let union = Label.join(labels)
          expected += meant.utf8.map { ($0, union) }
        }
      }
      builder.append([0x22], label: .clear)
      let text = builder.finish(form: .json)
      Self.check(try Transforms.unquoted(text), Marked(expected), of: text, "seed \(seed)")
    }
  }

  @Test("A character of base 64 carries the labels of the bytes whose bits it holds", arguments: 0..<60)
  func base64(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed) + 300)
    for _ in 0..<10 {
      let text = Self.text(&generator, maximumCount: 12)
      let labels = Samples.labels(text)
      for padded in [true, false] {
        let result = Transforms.base64(text, padded: padded)
        #expect(result.bytes == Base64.encodeBytes(text.bytes, padded: padded))
        let lastGroup = text.bytes.isEmpty ? 0..<0 : (text.bytes.count - 1) / 3 * 3..<text.bytes.count
        var expected: [Label] = []
        for index in result.bytes.indices {
          let bits = index * 6..<index * 6 + 6
          let sources = labels.indices.filter { $0 * 8 < bits.upperBound && bits.lowerBound < $0 * 8 + 8 }
          let isPadding = result.bytes[index] == UInt8(ascii: "=")
          expected.append(Label.join((isPadding ? Array(lastGroup) : sources).map { labels[$0] }))
        }
        #expect(Samples.labels(result) == expected, "seed \(seed)")
        #expect(result.label == text.label, "seed \(seed)")
        #expect(LabelSpanTests.isOrderly(result.spans))
      }
    }
  }

  @Test("Concatenation keeps every byte's label, those of a whole and those of empty values too", arguments: 0..<60)
  func concatenated(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed) + 400)
    let texts = (0..<4).map { _ in Self.text(&generator) }
    let result = Transforms.concatenate(texts)
    #expect(Marked(result) == Marked(texts.flatMap { Marked($0).pairs }))
    #expect(result.label == Label.join(texts.map(\.label)))
  }

  @Test("A slice has the labels of its bytes, and remembers what was cut off", arguments: 0..<60)
  func sliced(seed: Int) throws {
    var generator = SeededRandom(seed: UInt64(seed) + 500)
    let text = Self.text(&generator)
    let lower = generator.number(in: 0...text.bytes.count)
    let upper = generator.number(in: lower...text.bytes.count)
    let result = try Transforms.slice(text, lower..<upper)
    #expect(Marked(result) == Marked(Array(Marked(text).pairs[lower..<upper])))
    #expect(result.label == text.label)
    #expect(throws: ValueFault.outOfRange) { try Transforms.slice(text, 0..<text.bytes.count + 1) }
  }

  @Test("Form encoding keeps the labels of names and values")
  func formEncoded() {
    let result = Transforms.formEncoded([
      (Samples.text("a b"), Samples.text("x&y", Samples.stored)),
      (Samples.text("n", Samples.variable), Samples.text("")),
    ])
    #expect(Samples.string(result) == "a+b=x%26y&n=")
    let labels = Samples.labels(result)
    #expect(Array(labels[4..<9]) == Array(repeating: Samples.stored, count: 5))
    #expect(labels[10] == Samples.variable)
    #expect(labels[..<4].allSatisfy { $0 == .clear } && labels[9] == .clear && labels[11] == .clear)
  }

  @Test("Sealed bytes of a value read back to it, spans and labels included", arguments: 0..<20)
  func encoded(seed: Int) throws {
    var generator = SeededRandom(seed: UInt64(seed) + 600)
    let text = Self.text(&generator).noting(Samples.stored)
    let back = try #require(LabeledText(encoded: text.encoded[...]))
    #expect(back.bytes == text.bytes && back.spans == text.spans && back.base == text.base)
    #expect(back.trace == text.trace && back.form == text.form && back.label == text.label)
    let bytes = text.encoded
    let cuts = stride(from: 0, to: bytes.count, by: 7)
    #expect(cuts.allSatisfy { LabeledText(encoded: bytes[..<$0]) == nil })
    #expect(LabeledText(encoded: (bytes + [0])[...]) == nil)
  }

  @Test("Stored spans that overlap, run backwards or leave the content are refused")
  func disorder() {
    let spans: [[LabelSpan]] = [
      [LabelSpan(range: 0..<2, label: Samples.stored), LabelSpan(range: 1..<3, label: Samples.variable)],
      [LabelSpan(range: 2..<3, label: Samples.stored), LabelSpan(range: 0..<1, label: Samples.variable)],
      [LabelSpan(range: 0..<4, label: Samples.stored)],
    ]
    for spans in spans {
      let text = LabeledText(bytes: [1, 2, 3], spans: spans, base: .clear, trace: .clear, form: .text)
      #expect(LabeledText(encoded: text.encoded[...]) == nil)
    }
  }
}
