/// Bytes with the labels of where they came from: exact ranges, a label of the whole, and a trace.
///
/// The content is visible inside `Labels` only. Other targets hold it, pass it through the named transforms, and let
/// it out through the three doors; there is no accessor, no `map`, no `==`, no coding. Whatever prints it prints a mask.
package struct LabeledText: Sendable {
  /// The content. For `.json`: exactly one valid JSON value, without white space around it.
  let bytes: [UInt8]
  /// Where a part has a label of its own: sorted, not overlapping, neighbours with equal labels joined.
  let spans: [LabelSpan]
  /// Covers every byte: a wholly encrypted body, a hash.
  let base: Label
  /// What decided about this value without leaving bytes in it: the property that selected an element, what was cut off.
  let trace: Label
  package let form: ValueForm
  /// The join of everything that the value was made from.
  package let label: Label

  init(bytes: [UInt8], spans: [LabelSpan], base: Label, trace: Label, form: ValueForm) {
    self.bytes = bytes
    self.spans = spans
    self.base = base
    self.trace = trace
    self.form = form
    self.label = spans.reduce(base.joined(with: trace)) { $0.joined(with: $1.label) }
  }

  /// Text that stands in a document in the clear.
  package init(clear text: String) {
    self.init(bytes: Array(text.utf8), spans: [], base: .clear, trace: .clear, form: .text)
  }

  /// Bytes that all carry `label`, to be read as text.
  package init(text bytes: [UInt8], label: Label) {
    self.init(bytes: bytes, spans: [], base: label, trace: .clear, form: .text)
  }

  /// The size rounded up to a power of two, at least 64: what an uncleared viewer may know of it.
  package var sizeClass: Int {
    var size = 64
    while size < bytes.count { size <<= 1 }
    return size
  }

  /// Whether the value is larger than a limit that stands in the configuration.
  package func exceeds(bytes limit: Int) -> Bool { bytes.count > limit }

  /// The same content with `label` joined over all of it.
  package func labeled(also label: Label) -> LabeledText {
    LabeledText(bytes: bytes, spans: spans, base: base.joined(with: label), trace: trace, form: form)
  }

  /// Every byte in order with the label that covers it, `base` included; empty ranges where an empty value stands.
  var runs: [LabelSpan] {
    guard !spans.isEmpty else { return [LabelSpan(range: 0..<bytes.count, label: base)] }
    var runs: [LabelSpan] = []
    runs.reserveCapacity(spans.count * 2 + 1)
    var position = 0
    for span in spans {
      if span.range.lowerBound > position {
        runs.append(LabelSpan(range: position..<span.range.lowerBound, label: base))
      }
      runs.append(LabelSpan(range: span.range, label: span.label.joined(with: base)))
      position = span.range.upperBound
    }
    if position < bytes.count { runs.append(LabelSpan(range: position..<bytes.count, label: base)) }
    return runs
  }
}

extension LabeledText: Masked {
  package var maskedText: String { "LabeledText(‹masked›)" }
}
