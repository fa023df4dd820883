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
  package var sizeClass: Int { Self.sizeClass(of: bytes.count) }

  /// The same of so many bytes.
  package static func sizeClass(of count: Int) -> Int {
    var size = 64
    while size < count { size <<= 1 }
    return size
  }

  /// Whether the value is larger than a limit that stands in the configuration.
  package func exceeds(bytes limit: Int) -> Bool { bytes.count > limit }

  /// The same content with `label` joined over all of it.
  package func labeled(also label: Label) -> LabeledText {
    // What was only chosen stays that, whatever is laid over it.
    let laid = base.isChoice ? label.ofChoice : label
    return LabeledText(bytes: bytes, spans: spans, base: base.joined(with: laid), trace: trace, form: form)
  }

  /// The same content, with every label also restricted to `hosts`.
  package func restricted(to hosts: HostClearance) -> LabeledText {
    LabeledText(
      bytes: bytes, spans: spans.map { LabelSpan(range: $0.range, label: $0.label.restricted(to: hosts)) },
      base: base.restricted(to: hosts), trace: trace, form: form)
  }

  /// Every byte in order with the label that covers it, `base` included; empty ranges where an empty value stands.
  var runs: [LabelSpan] {
    ownRuns.map { LabelSpan(range: $0.range, label: $0.label.joined(with: base)) }
  }

  /// As `runs`, without `base`.
  var ownRuns: [LabelSpan] {
    guard !spans.isEmpty else { return [LabelSpan(range: 0..<bytes.count, label: .clear)] }
    var runs: [LabelSpan] = []
    runs.reserveCapacity(spans.count * 2 + 1)
    var position = 0
    for span in spans {
      if span.range.lowerBound > position {
        runs.append(LabelSpan(range: position..<span.range.lowerBound, label: .clear))
      }
      runs.append(span)
      position = span.range.upperBound
    }
    if position < bytes.count { runs.append(LabelSpan(range: position..<bytes.count, label: .clear)) }
    return runs
  }

  /// Part of the content with exactly its labels; the label of the whole and the trace stay.
  func sliced(_ range: Range<Int>, form: ValueForm) -> LabeledText {
    LabeledText(bytes: Array(bytes[range]), spans: spans.sliced(range), base: base, trace: trace, form: form)
  }

  /// What it takes when it is sealed: its bytes and its ranges.
  var heldBytes: Int { bytes.count + LabelSpan.sealedBytes * spans.count }

  /// The same content, which was chosen by something that carries `label`: every byte of it tells of that, so a viewer
  /// sees a mask in its place. What covers all of it already is not added again.
  func decided(by label: Label) -> LabeledText {
    let choice = label.ofChoice
    return base.covers(choice) ? self : labeled(also: choice)
  }

  /// Throws `tooManyOrigins` where a label of it names more than a stored one may: it could not be read again.
  package func checkStorable() throws(ValueFault) {
    guard base.isStorable, trace.isStorable, spans.allSatisfy(\.label.isStorable) else {
      throw .tooManyOrigins(limit: Label.maximumOrigins)
    }
  }

  /// The same content with `label` as a further trace.
  func noting(_ label: Label) -> LabeledText {
    LabeledText(bytes: bytes, spans: spans, base: base, trace: trace.joined(with: label), form: form)
  }

  /// The content rewritten run by run by an encoder that treats every byte by itself.
  func rewritten(as form: ValueForm, _ encode: (ArraySlice<UInt8>) -> [UInt8]) -> LabeledText {
    var builder = TextBuilder()
    for run in ownRuns { builder.append(encode(bytes[run.range]), label: run.label) }
    builder.note(trace)
    return builder.finish(form: form, base: base)
  }
}

extension LabeledText: Masked {
  package var maskedText: String { "LabeledText(‹masked›)" }
}
