/// Writes the bytes and the map of a `TextView`, leaving out line breaks and the indentation behind them, whether they
/// stand in the text or an escape stands for them.
struct ViewWriter: MaskedPrinting {
  private(set) var bytes: [UInt8] = []
  private(set) var segments: [ViewMap.Segment] = []
  /// Where escapes were, in the view: of no bytes where one stood for a line break.
  private(set) var changes: [Range<Int>] = []
  private let text: UnsafeRawBufferPointer
  private var isInBreak = false

  /// A writer of a view of `text`.
  init(text: UnsafeRawBufferPointer) {
    self.text = text
    bytes.reserveCapacity(text.count)
  }

  /// A line break stands here.
  mutating func enterBreak() { isInBreak = true }

  /// The bytes of `range`, among which is no line break, stand for themselves.
  mutating func copy(_ range: Range<Int>) {
    var start = range.lowerBound
    while isInBreak, start < range.upperBound {
      isInBreak = LineBreaks.continues(true, text[start])
      if isInBreak { start += 1 }
    }
    guard start < range.upperBound else { return }
    if let last = segments.last, last.bits == 8, last.sourceEnd == start {
      segments[segments.count - 1].sourceEnd = range.upperBound
    } else {
      segments.append(.init(view: bytes.count, source: start, sourceEnd: range.upperBound, bits: 8))
    }
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<range.upperBound]))
  }

  /// The escape in `range` stands for `value`.
  mutating func replace(_ range: Range<Int>, by value: EscapeTokens.Value) {
    // An escape that stands for a line break has a segment too, of no bytes: a text must not be cut inside it.
    segments.append(.init(view: bytes.count, source: range.lowerBound, sourceEnd: range.upperBound, bits: 0))
    let before = bytes.count
    EscapeTokens.append(value, to: &bytes)
    if bytes.count == before + 1, let byte = bytes.last {
      isInBreak = LineBreaks.continues(isInBreak, byte)
      if isInBreak { bytes.removeLast() }
    } else {
      isInBreak = false
    }
    changes.append(before..<bytes.count)
  }
}
