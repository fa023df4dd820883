/// A range of bytes that came from somewhere.
///
/// An empty range marks the place where a labelled value with no bytes stands, so that its label is not lost and a
/// viewer sees a mask there too.
struct LabelSpan: Hashable, Sendable {
  var range: Range<Int>
  var label: Label

  /// What a range takes when it is sealed (docs/spec/labels.md).
  static let sealedBytes = 48
}

extension [LabelSpan] {
  /// Adds the next range. Ranges come in order; a clear one leaves no span; one that continues the last span's label
  /// without a gap widens it.
  mutating func appendNext(_ range: Range<Int>, _ label: Label) {
    guard label != .clear else { return }
    guard let last = self.last, last.range.upperBound == range.lowerBound else {
      append(LabelSpan(range: range, label: label))
      return
    }
    if last.label == label {
      self[count - 1].range = last.range.lowerBound..<range.upperBound
    } else if last.range.isEmpty, range.isEmpty {
      self[count - 1].label = last.label.joined(with: label)
    } else {
      append(LabelSpan(range: range, label: label))
    }
  }

  /// As many ranges as a sender may make of one text. Of more, all of the text is one range with all of their labels: what
  /// each range costs later must not be his to decide.
  static let mostFound = 1_000

  /// These ranges of a text of `count` bytes, or one over all of it where there are too many.
  func bounded(over count: Int) -> [LabelSpan] {
    guard self.count > Self.mostFound else { return self }
    return [LabelSpan(range: 0..<count, label: Label.join(Set(map(\.label))))]
  }

  /// Those that share a byte with `range`, and empty ones inside it. They are in order, so the first one is looked up.
  func touching(_ range: Range<Int>) -> ArraySlice<LabelSpan> {
    var first = 0
    var end = count
    while first < end {
      let middle = (first + end) / 2
      if self[middle].range.upperBound <= range.lowerBound { first = middle + 1 } else { end = middle }
    }
    return self[first...].prefix { $0.range.lowerBound < range.upperBound }
  }

  /// Both lists over the same bytes: where two ranges overlap, their labels are joined.
  func merged(with other: [LabelSpan]) -> [LabelSpan] {
    if other.isEmpty { return self }
    if isEmpty { return other }
    let cuts = Set((self + other).flatMap { [$0.range.lowerBound, $0.range.upperBound] }).sorted()
    var result: [LabelSpan] = []
    var mine = self[...]
    var theirs = other[...]
    for (index, start) in cuts.enumerated() {
      let points = [Self.takePoint(at: start, from: &mine), Self.takePoint(at: start, from: &theirs)]
      result.appendNext(start..<start, Label.join(points))
      guard index + 1 < cuts.count else { break }
      let segment = start..<cuts[index + 1]
      let label = Self.label(over: segment, in: &mine).joined(with: Self.label(over: segment, in: &theirs))
      result.appendNext(segment, label)
    }
    return result
  }

  /// The label of the empty range at `position`, if it is the next one.
  private static func takePoint(at position: Int, from spans: inout ArraySlice<LabelSpan>) -> Label {
    while let first = spans.first, !first.range.isEmpty, first.range.upperBound <= position { spans.removeFirst() }
    guard let first = spans.first, first.range == position..<position else { return .clear }
    spans.removeFirst()
    return first.label
  }

  /// The label of a segment that no border of these spans cuts.
  private static func label(over segment: Range<Int>, in spans: inout ArraySlice<LabelSpan>) -> Label {
    while let first = spans.first, first.range.upperBound <= segment.lowerBound { spans.removeFirst() }
    guard let first = spans.first, first.range.lowerBound <= segment.lowerBound else { return .clear }
    return first.label
  }
}
