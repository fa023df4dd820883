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
    /// Bits of the text below that precede the first byte.
    var skippedBits = 0
  }

  /// In order, and together all of the view. Empty for a copy of the whole text.
  var segments: [Segment] = []
  /// Segments are texts of their own, and nothing may be found across two of them.
  var isolatesSegments = false

  /// The part of the text below from which `range` of the view was made; nil when that is not one text.
  /// `range` must not be empty.
  func source(of range: Range<Int>) -> Range<Int>? {
    guard !segments.isEmpty else { return range }
    let first = index(holding: range.lowerBound)
    let last = index(holding: range.upperBound - 1)
    if isolatesSegments, first != last { return nil }
    let start = element(range.lowerBound, in: segments[first]).lowerBound
    let end = element(range.upperBound - 1, in: segments[last]).upperBound
    return start..<end
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
    let bit = segment.skippedBits + 8 * (offset - segment.view)
    return segment.source + bit / segment.bits..<segment.source + (bit + 7) / segment.bits + 1
  }
}

extension TextView {
  /// `text` without line breaks and the indentation behind them; nil when there are none.
  static func unwrapped(_ text: UnsafeRawBufferPointer) -> TextView? {
    guard text.nextIndex(of: .lineBreaks, from: 0) < text.count else { return nil }
    return made(from: text, undoingEscapes: false)
  }

  /// `text` with escapes undone, and then without line breaks; nil when there are no escapes.
  static func unescaped(_ text: UnsafeRawBufferPointer) -> TextView? {
    guard text.nextIndex(of: .marks, from: 0) < text.count else { return nil }
    return made(from: text, undoingEscapes: true)
  }

  private static func made(from text: UnsafeRawBufferPointer, undoingEscapes: Bool) -> TextView? {
    var writer = ViewWriter(text: text)
    let stops: ByteClass = undoingEscapes ? .marksAndLineBreaks : .lineBreaks
    var escapeCount = 0
    var position = 0
    while position < text.count {
      let stop = text.nextIndex(of: stops, from: position)
      writer.copy(position..<stop)
      position = stop
      guard stop < text.count else { break }
      if LineBreaks.continues(false, text[stop]) {
        writer.enterBreak()
        position += 1
      } else if let token = EscapeTokens.token(at: stop, in: text) {
        escapeCount += 1
        position += token.count
        writer.replace(stop..<position, by: token.value)
      } else {
        writer.copy(stop..<stop + 1)
        position += 1
      }
    }
    if undoingEscapes && escapeCount == 0 { return nil }
    return TextView(bytes: writer.bytes, map: ViewMap(segments: writer.segments))
  }
}
