/// A text as it is searched: line breaks taken out, escapes undone, or a run decoded; with the way back to the text it
/// was made from.
struct TextView: MaskedPrinting {
  var bytes: [UInt8]
  var map: ViewMap
}

/// Which bytes of the text below a byte of a view was made from.
struct ViewMap {
  /// Bytes of a view that were made from the text below in one manner.
  struct Segment {
    /// Where it begins in the view; it ends where the next begins.
    var view: Int
    /// The text below from which it was made.
    var source: Int
    var sourceEnd: Int
    /// Bits of the view in each byte of the text below: 8 in a copy, 6 in base64, 4 in hexadecimal.
    /// 0: all of it was made from all of the text, an escape.
    var bits: Int
  }

  /// In order, and together all of the view. Empty for a copy of the whole text.
  var segments: [Segment] = []
  /// Segments are texts of their own, and nothing may be found across two of them; behind the bytes that were made from
  /// a segment's source follow others of no meaning.
  var isolatesSegments = false
  /// Bits of each segment's source that precede its first byte.
  var skippedBits = 0

  /// The part of the text below from which `range` of the view was made; nil when that is not one text.
  /// `range` must not be empty.
  func source(of range: Range<Int>) -> Range<Int>? {
    guard !segments.isEmpty else { return range }
    let first = index(holding: range.lowerBound)
    let last = index(holding: range.upperBound - 1)
    if isolatesSegments {
      guard first == last, range.upperBound <= segments[first].view + count(of: segments[first]) else { return nil }
    }
    let start = element(range.lowerBound, in: segments[first]).lowerBound
    let end = element(range.upperBound - 1, in: segments[last]).upperBound
    return start..<end
  }

  /// Bytes of a segment of a decoded run.
  func count(of segment: Segment) -> Int {
    ((segment.sourceEnd - segment.source) * segment.bits - skippedBits) / 8
  }

  /// Index of the segment that holds a byte of the view.
  func index(holding offset: Int) -> Int {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].view <= offset { low = middle + 1 } else { high = middle }
    }
    return max(low - 1, 0)
  }

  private func element(_ offset: Int, in segment: Segment) -> Range<Int> {
    guard segment.bits > 0 else { return segment.source..<segment.sourceEnd }
    let bit = skippedBits + 8 * (offset - segment.view)
    return segment.source + bit / segment.bits..<segment.source + (bit + 7) / segment.bits + 1
  }
}

extension TextView {
  /// `text` without line breaks and the indentation behind them.
  static func unwrapped(_ text: UnsafeRawBufferPointer) -> TextView {
    var writer = ViewWriter(text: text)
    var position = 0
    text.forEachStop(.breaks) { stop in
      if position < stop { writer.copy(position..<stop) }
      writer.enterBreak()
      position = stop + 1
      return true
    }
    if position < text.count { writer.copy(position..<text.count) }
    return TextView(bytes: writer.bytes, map: ViewMap(segments: writer.segments))
  }

  /// `text` with escapes undone, and then without line breaks, and the places where they were; nil when there are none.
  /// Between these places the view has the bytes of `unwrapped`.
  static func unescaped(_ text: UnsafeRawBufferPointer) -> (view: TextView, changes: [Range<Int>])? {
    var hasEscape = false
    text.forEachStop(.marks) { stop in
      hasEscape = EscapeTokens.token(at: stop, in: text) != nil
      return !hasEscape
    }
    guard hasEscape else { return nil }
    var writer = ViewWriter(text: text)
    var position = 0
    text.forEachStop(.breaksAndMarks) { stop in
      // Inside an escape nothing begins.
      guard stop >= position else { return true }
      if LineBreaks.continues(false, text[stop]) {
        if position < stop { writer.copy(position..<stop) }
        writer.enterBreak()
        position = stop + 1
      } else if let token = EscapeTokens.token(at: stop, in: text) {
        if position < stop { writer.copy(position..<stop) }
        position = stop + token.count
        writer.replace(stop..<position, by: token.value)
      }
      return true
    }
    if position < text.count { writer.copy(position..<text.count) }
    return (TextView(bytes: writer.bytes, map: ViewMap(segments: writer.segments)), writer.changes)
  }
}
