import Encodings

/// Makes a `LabeledText` piece by piece, keeping the spans exact.
struct TextBuilder {
  private(set) var bytes: [UInt8] = []
  private(set) var spans: [LabelSpan] = []
  private var trace = Label.clear

  /// Adds bytes that all carry `label`. No bytes with a label leave an empty span.
  mutating func append(_ piece: some Sequence<UInt8>, label: Label) {
    let start = bytes.count
    bytes.append(contentsOf: piece)
    spans.appendNext(start..<bytes.count, label)
  }

  /// Adds bytes, which are UTF-8, as a JSON string.
  mutating func append(quoted content: [UInt8], label: Label, coversQuotes: Bool) {
    let start = bytes.count
    JSONText.appendQuoted(content, to: &bytes)
    spans.appendNext(coversQuotes ? start..<bytes.count : start + 1..<bytes.count - 1, label)
  }

  /// Adds text that stands in a document in the clear.
  mutating func append(clear text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Adds all of `text`, its label of the whole pressed into the ranges.
  mutating func append(_ text: LabeledText) {
    let start = bytes.count
    bytes.append(contentsOf: text.bytes)
    trace = trace.joined(with: text.trace)
    guard text.base != .clear else {
      for span in text.spans {
        spans.appendNext(start + span.range.lowerBound..<start + span.range.upperBound, span.label)
      }
      return
    }
    for run in text.runs {
      spans.appendNext(start + run.range.lowerBound..<start + run.range.upperBound, run.label)
    }
  }

  /// As `append`, where the whole then takes no more than `limit` bytes as a value. Throws `tooLarge`; nothing is added
  /// then.
  mutating func append(_ text: LabeledText, within limit: Int) throws(ValueFault) {
    guard bytes.count + LabelSpan.sealedBytes * spans.count + text.heldBytes <= limit else {
      throw .tooLarge(limit: limit)
    }
    append(text)
  }

  /// The label of the byte that was added last; clear where there is none.
  var lastLabel: Label {
    guard let last = spans.last, last.range.upperBound == bytes.count, !last.range.isEmpty else { return .clear }
    return last.label
  }

  /// Adds a label that leaves no bytes.
  mutating func note(_ label: Label) { trace = trace.joined(with: label) }

  func finish(form: ValueForm, base: Label = .clear) -> LabeledText {
    LabeledText(bytes: bytes, spans: spans, base: base, trace: trace, form: form)
  }
}
