/// What stands beside a match and belongs to it, or speaks against it.
extension ChunkScan {
  /// `range` with the neighbours in the view that belong to the secret in part: a shared digit, padding. They count only
  /// where nothing was left out between.
  func withShared(
    _ range: Range<Int>, _ row: PatternTable.Row, _ view: UnsafeRawBufferPointer, _ maps: [ViewMap]
  ) -> Range<Int> {
    guard row.kind != .fragment else { return widened(range, row, view, maps) }
    var start = range.lowerBound
    var end = range.upperBound
    if row.traits.contains(.sharesFirst), start > 0, row.kind.isDigit(view[start - 1]),
      isClose(start - 1, start - 1, start, maps)
    {
      start -= 1
    }
    if row.traits.contains(.sharesLast), end < view.count, row.kind.isDigit(view[end]),
      isClose(end, end - 1, end, maps)
    {
      end += 1
    }
    var padding = Int(row.padding)
    while padding > 0, end < view.count, view[end] == 0x3D, isClose(end, end - 1, end, maps) {
      end += 1
      padding -= 1
    }
    return start..<end
  }

  /// The `range` of a fragment with what may be the rest of the secret around it.
  private func widened(
    _ range: Range<Int>, _ row: PatternTable.Row, _ view: UnsafeRawBufferPointer, _ maps: [ViewMap]
  ) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    let first = max(start - Int(row.before), 0)
    let last = min(end + Int(row.after), view.count)
    while start > first, Fragments.isTokenByte(view[start - 1]) { start -= 1 }
    while end < last, Fragments.isTokenByte(view[end]) { end += 1 }
    if ChunkScan.isSolid(start..<end, maps) { return start..<end }
    // Something was left out on the way: byte by byte, up to there.
    let (reachedStart, reachedEnd) = (start, end)
    start = range.lowerBound
    end = range.upperBound
    while start > reachedStart, isClose(start - 1, start - 1, start, maps) { start -= 1 }
    while end < reachedEnd, isClose(end, end - 1, end, maps) { end += 1 }
    return start..<end
  }

  /// Whether a neighbour of a match may be counted to it: the next thing in the text, and no long escape of escapes.
  private func isClose(_ neighbour: Int, _ left: Int, _ right: Int, _ maps: [ViewMap]) -> Bool {
    guard let source = ChunkScan.source(of: neighbour..<neighbour + 1, maps), source.count <= 16 else { return false }
    return isNext(left, right, maps)
  }

  /// Whether two neighbours of a view are neighbours in the text, or share a byte of it.
  private func isNext(_ left: Int, _ right: Int, _ maps: [ViewMap]) -> Bool {
    guard let first = ChunkScan.source(of: left..<left + 1, maps),
      let second = ChunkScan.source(of: right..<right + 1, maps)
    else { return false }
    return first.upperBound >= second.lowerBound
  }

  /// Whether a letter, digit or `_` that stands for itself touches `range` of the view.
  func touchesWord(
    _ range: Range<Int>, _ view: UnsafeRawBufferPointer, _ maps: [ViewMap]
  ) -> Bool {
    let before = range.lowerBound - 1
    if before >= 0, isPlainWord(before, view, maps), isNext(before, before + 1, maps) { return true }
    let after = range.upperBound
    return after < view.count && isPlainWord(after, view, maps) && isNext(after - 1, after, maps)
  }

  private func isPlainWord(_ offset: Int, _ view: UnsafeRawBufferPointer, _ maps: [ViewMap]) -> Bool {
    isWordByte(view[offset]) && ChunkScan.source(of: offset..<offset + 1, maps)?.count == 1
  }

  /// Whether nothing was left out and no escape undone in `range`: then all neighbours in it are close.
  private static func isSolid(_ range: Range<Int>, _ maps: [ViewMap]) -> Bool {
    var range = range
    for index in stride(from: maps.count - 1, through: 0, by: -1) {
      guard let below = maps[index].source(of: range) else { return false }
      // What an escape stands for is shorter than the escape.
      guard maps[index].isolatesSegments || below.count == range.count else { return false }
      range = below
    }
    return true
  }
}
