package import Encodings

/// The named transforms: everything that may be done to the content of a value outside the doors.
///
/// Each result carries the union of the labels that went in, and its spans are exact: a byte of the result carries
/// the labels of the bytes that it was made from, no more. There is deliberately no general `map`: its closure would
/// carry plaintext out.
package enum Transforms {
  /// All pieces in order, as text. Labels of a whole become spans.
  package static func concatenate(_ pieces: some Sequence<LabeledText>) -> LabeledText {
    var builder = TextBuilder()
    for piece in pieces { builder.append(piece) }
    return builder.finish(form: .text)
  }

  /// Some of the bytes, as text. What was cut off decides what is left, so its label stays as a trace.
  /// Throws `outOfRange`.
  package static func slice(_ text: LabeledText, _ range: Range<Int>) throws(ValueFault) -> LabeledText {
    guard range.lowerBound >= 0, range.upperBound <= text.bytes.count else { throw .outOfRange }
    return text.sliced(range, form: .text).noting(text.label)
  }

  /// The characters as a JSON string, quotes included. The quotes are clear, except around nothing: then they carry
  /// the label of what is not there. Throws `notUTF8`.
  package static func jsonQuoted(_ text: LabeledText) throws(ValueFault) -> LabeledText {
    let content = try jsonEscapedContent(text)
    let quoteLabel = content.bytes.isEmpty ? Label.join(content.spans.map(\.label)) : .clear
    var builder = TextBuilder()
    builder.append([0x22], label: quoteLabel)
    for run in content.ownRuns { builder.append(content.bytes[run.range], label: run.label) }
    builder.append([0x22], label: quoteLabel)
    builder.note(content.trace)
    return builder.finish(form: .json, base: content.base)
  }

  /// The characters as they stand between the quotes of a JSON string. Throws `notUTF8`.
  package static func jsonEscapedContent(_ text: LabeledText) throws(ValueFault) -> LabeledText {
    guard UTF8Text.isValid(text.bytes) else { throw .notUTF8 }
    return text.rewritten(as: .text) { JSONText.escapedContent($0) }
  }

  /// The characters that a JSON string stands for. Throws `notJSON` when the value is no JSON string.
  package static func unquoted(_ text: LabeledText) throws(ValueFault) -> LabeledText {
    guard text.form == .json, text.bytes.count >= 2, text.bytes.first == 0x22,
      let content = JSONText.unescapeMapped(content: text.bytes[1..<text.bytes.count - 1])
    else { throw .notJSON }
    let inner = text.spans.sliced(1..<text.bytes.count - 1)
    var spans = inner.carried(through: content.map)
    if content.bytes.isEmpty { spans = emptySpan(Label.join(text.spans.map(\.label))) }
    // A quote with a label of its own (around an empty string that got company) still counts.
    let quotes = text.spans.sliced(0..<1) + text.spans.sliced(text.bytes.count - 1..<text.bytes.count)
    return LabeledText(
      bytes: content.bytes, spans: spans, base: text.base,
      trace: text.trace.joined(with: Label.join(quotes.map(\.label))), form: .text)
  }

  /// What stands where text is wanted: the characters of a JSON string, else the JSON text; text stays as it is.
  package static func stringForm(_ text: LabeledText) -> LabeledText {
    if let characters = try? unquoted(text) { return characters }
    return LabeledText(bytes: text.bytes, spans: text.spans, base: text.base, trace: text.trace, form: .text)
  }

  /// What stands where a JSON value is wanted: JSON as it is, text as a JSON string. Throws `notUTF8`.
  package static func jsonForm(_ text: LabeledText) throws(ValueFault) -> LabeledText {
    text.form == .json ? text : try jsonQuoted(text)
  }

  /// Percent-encoded (RFC 3986 §2.1).
  package static func percentEncoded(_ text: LabeledText, for component: PercentEncoding.Component) -> LabeledText {
    text.rewritten(as: .text) { PercentEncoding.encode($0, for: component) }
  }

  /// `name=value&name=value` (WHATWG URL standard, form encoding).
  package static func formEncoded(_ pairs: [(name: LabeledText, value: LabeledText)]) -> LabeledText {
    var builder = TextBuilder()
    for (index, pair) in pairs.enumerated() {
      if index > 0 { builder.append(clear: "&") }
      builder.append(percentEncoded(pair.name, for: .formValue))
      builder.append(clear: "=")
      builder.append(percentEncoded(pair.value, for: .formValue))
    }
    return builder.finish(form: .text)
  }

  /// Escaped as XML character data. Throws `notXMLText` with `name` where XML 1.0 forbids a character.
  package static func xmlEscaped(_ text: LabeledText, name: String) throws(ValueFault) -> LabeledText {
    guard XMLText.escape(text.bytes) != nil else { throw .notXMLText(name: name) }
    return text.rewritten(as: .text) { piece in
      // A span may end inside a character, so bytes above ASCII are copied one by one; the whole was checked.
      piece.flatMap { $0 < 0x80 ? XMLText.escape([$0]) ?? [] : [$0] }
    }
  }

  /// Two lower-case digits a byte.
  package static func hex(_ text: LabeledText) -> LabeledText {
    text.rewritten(as: .text) { Hex.encodeBytes($0) }
  }

  /// Base 64 (RFC 4648). A character carries the labels of the bytes whose bits it holds, padding those of the last
  /// group.
  package static func base64(
    _ text: LabeledText, alphabet: Base64.Alphabet = .standard, padded: Bool = true
  ) -> LabeledText {
    let output = Base64.encodeBytes(text.bytes, alphabet: alphabet, padded: padded)
    var spans: [LabelSpan] = []
    var cursor = SpanCursor(text.spans)
    for group in stride(from: 0, to: text.spans.isEmpty ? 0 : text.bytes.count, by: 3) {
      let place = group / 3 * 4
      for point in cursor.takePoints(through: group) { spans.appendNext(place..<place, point.label) }
      let end = min(group + 3, text.bytes.count)
      for character in 0..<min(4, output.count - place) {
        let first = group + [0, 0, 1, 2][character]
        let last = group + [0, 1, 2, 2][character]
        let isPadding = first >= end
        let source = isPadding ? group..<end : first..<min(last + 1, end)
        spans.appendNext(place + character..<place + character + 1, cursor.label(over: source))
      }
    }
    let place = output.count
    for point in cursor.takePoints(through: text.bytes.count) { spans.appendNext(place..<place, point.label) }
    return LabeledText(bytes: output, spans: spans, base: text.base, trace: text.trace, form: .text)
  }

  private static func emptySpan(_ label: Label) -> [LabelSpan] {
    label == .clear ? [] : [LabelSpan(range: 0..<0, label: label)]
  }
}
