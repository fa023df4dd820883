import Encodings

/// Walks spans once, from the start of the bytes to their end.
struct SpanCursor {
  private var rest: ArraySlice<LabelSpan>

  init(_ spans: [LabelSpan]) { rest = spans[...] }

  /// The labels of the empty ranges before or at `position` that were not taken yet, each with its place.
  mutating func takePoints(through position: Int) -> [LabelSpan] {
    var points: [LabelSpan] = []
    while let first = rest.first, first.range.upperBound <= position {
      if first.range.isEmpty { points.append(first) }
      rest.removeFirst()
    }
    return points
  }

  /// The join over a range; ranges must be asked for in order, and empty ranges taken before.
  func label(over range: Range<Int>) -> Label {
    var label = Label.clear
    for span in rest {
      if span.range.lowerBound >= range.upperBound { break }
      if span.range.overlaps(range) { label = label.joined(with: span.label) }
    }
    return label
  }

  /// Where the covering label may change next after `position`, at most `limit`.
  func nextBorder(after position: Int, limit: Int) -> Int {
    for span in rest {
      if span.range.lowerBound > position { return min(limit, span.range.lowerBound) }
      if span.range.upperBound > position { return min(limit, span.range.upperBound) }
    }
    return limit
  }
}

extension [LabelSpan] {
  /// The spans of an encoder's output: a byte carries the label of every input byte of its unit, no more.
  func carried(through map: OffsetMap) -> [LabelSpan] {
    guard !isEmpty else { return [] }
    var result: [LabelSpan] = []
    var cursor = SpanCursor(self)
    for (index, run) in map.runs.enumerated() {
      let end = index + 1 < map.runs.count ? map.runs[index + 1].inputStart : map.inputCount
      var position = run.inputStart
      while position < end {
        let output = run.outputStart + (position - run.inputStart) / run.inputUnit * run.outputUnit
        for point in cursor.takePoints(through: position) { result.appendNext(output..<output, point.label) }
        // A stretch of one-byte units goes to the next border at once, a longer unit by itself.
        let stop = run.inputUnit == 1 ? cursor.nextBorder(after: position, limit: end) : position + run.inputUnit
        let units = (stop - position) / run.inputUnit
        result.appendNext(output..<output + units * run.outputUnit, cursor.label(over: position..<stop))
        position = stop
      }
    }
    let finish = map.outputCount
    for point in cursor.takePoints(through: map.inputCount) { result.appendNext(finish..<finish, point.label) }
    return result
  }

  /// The spans inside `range`, moved so that it starts at 0. An empty range at either border is kept.
  func sliced(_ range: Range<Int>) -> [LabelSpan] {
    var result: [LabelSpan] = []
    // They are in order, so the first one that counts is looked up.
    var first = 0
    var end = count
    while first < end {
      let middle = (first + end) / 2
      if self[middle].range.upperBound < range.lowerBound { first = middle + 1 } else { end = middle }
    }
    for span in self[first...] {
      if span.range.lowerBound > range.upperBound { break }
      let clamped = span.range.clamped(to: range)
      if clamped.isEmpty && !span.range.isEmpty { continue }
      let moved = clamped.lowerBound - range.lowerBound..<clamped.upperBound - range.lowerBound
      result.appendNext(moved, span.label)
    }
    return result
  }
}
