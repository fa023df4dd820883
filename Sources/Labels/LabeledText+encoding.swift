import Encodings

extension LabeledText {
  /// Content, spans and labels in one piece, for the seal door (docs/spec/labels.md). Each distinct label is written
  /// once and named by its place.
  var encoded: [UInt8] {
    var labels: [Label] = []
    // Few labels are compared, many are looked up.
    var places: [Label: Int] = [:]
    func place(_ label: Label) -> UInt64 {
      let isShort = labels.count <= 8
      if let known = isShort ? labels.lastIndex(of: label) : places[label] { return UInt64(known) }
      labels.append(label)
      if isShort, labels.count > 8 {
        for (place, label) in labels.enumerated() { places[label] = place }
      } else if !isShort {
        places[label] = labels.count - 1
      }
      return UInt64(labels.count - 1)
    }
    var body = LengthPrefixed()
    body.reserve(bytes.count + 16 * 5 + 48 * spans.count)
    body.append(UInt64(form.rawValue))
    body.append(bytes)
    body.append(place(base))
    body.append(place(trace))
    body.append(UInt64(spans.count))
    for span in spans {
      body.append(UInt64(span.range.lowerBound))
      body.append(UInt64(span.range.upperBound))
      body.append(place(span.label))
    }
    var fields = LengthPrefixed()
    fields.append(UInt64(labels.count))
    for label in labels { fields.append(label.encoded) }
    fields.append(body.bytes)
    return fields.bytes
  }

  /// Reads what `encoded` wrote; nil for anything else: spans out of order, a label that is not canonical, JSON that
  /// is none.
  init?(encoded bytes: ArraySlice<UInt8>) {
    var reader = LengthPrefixedReader(bytes)
    guard let labelCount = reader.nextNumber(), labelCount <= UInt64(bytes.count) else { return nil }
    var labels: [Label] = []
    for _ in 0..<labelCount {
      guard let field = reader.next(), let label = try? Label(encoded: field) else { return nil }
      labels.append(label)
    }
    guard let body = reader.next(), reader.isAtEnd else { return nil }
    var fields = LengthPrefixedReader(body)
    func label() -> Label? {
      guard let place = fields.nextNumber(), place < labels.count else { return nil }
      return labels[Int(place)]
    }
    guard let form = fields.nextNumber().flatMap({ UInt8(exactly: $0) }).flatMap(ValueForm.init(rawValue:)),
      let content = fields.next().map(Array.init), let base = label(), let trace = label(),
      let spanCount = fields.nextNumber(), spanCount <= UInt64(bytes.count)
    else { return nil }
    var spans: [LabelSpan] = []
    for _ in 0..<spanCount {
      guard let lower = fields.nextNumber(), let upper = fields.nextNumber(), let label = label(),
        lower <= upper, upper <= UInt64(content.count), lower >= UInt64(spans.last?.range.upperBound ?? 0)
      else { return nil }
      spans.append(LabelSpan(range: Int(lower)..<Int(upper), label: label))
    }
    guard fields.isAtEnd else { return nil }
    self.init(bytes: content, spans: spans, base: base, trace: trace, form: form)
  }
}
