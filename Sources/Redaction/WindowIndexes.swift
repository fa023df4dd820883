/// Sorts patterns into indexes: the longer the shortest pattern of an index, the fewer places of a text it has to look
/// at; and what holds a zero byte cannot be in a text that has none.
enum WindowIndexes {
  /// An index and what a text must hold to be worth looking at.
  struct Gated: Sendable {
    var index: WindowIndex
    /// All patterns of the index hold a zero byte, as UTF-16 does.
    var needsZeroByte: Bool
  }

  private struct Group: Hashable {
    var needsZeroByte: Bool
    var sizeClass: Int
  }

  /// The indexes that find all `rows`; as a rule one, and one for UTF-16.
  static func all(_ rows: [PatternTable.Row], _ bytes: [UInt8], _ seed: UInt64) -> [Gated] {
    let groups = Dictionary(grouping: rows.indices) { index in
      let row = rows[index]
      return Group(
        needsZeroByte: bytes[row.start..<row.start + row.count].contains(0),
        sizeClass: [8, 15, 20].firstIndex { row.count < $0 } ?? 3)
    }
    let ordered = groups.sorted {
      ($0.key.needsZeroByte ? 4 : 0) + $0.key.sizeClass < ($1.key.needsZeroByte ? 4 : 0) + $1.key.sizeClass
    }
    return ordered.compactMap { group, chosen in
      index(of: chosen, rows, bytes, seed).map { Gated(index: $0, needsZeroByte: group.needsZeroByte) }
    }
  }

  private static func index(
    of chosen: [Int], _ rows: [PatternTable.Row], _ bytes: [UInt8], _ seed: UInt64
  ) -> WindowIndex? {
    guard let shortest = chosen.map({ rows[$0].count }).min(), shortest > 0 else { return nil }
    let (width, stride) = window(forShortest: shortest)
    let hasher = WindowHasher(width: width, seed: seed)
    return bytes.withUnsafeBytes { all in
      let text = { (index: Int) in
        UnsafeRawBufferPointer(rebasing: all[rows[index].start..<rows[index].start + rows[index].count])
      }
      let windowCount = chosen.reduce(0) { $0 + rows[$1].count - width + 1 }
      var choice = AnchorChoice(hasher: hasher, stride: stride, windowCount: windowCount)
      for index in chosen { choice.count(text(index)) }
      var windows: [(hash: UInt64, pattern: UInt32, offset: UInt32)] = []
      windows.reserveCapacity(chosen.count * stride)
      for index in chosen {
        let pattern = text(index)
        let anchor = choice.anchor(of: pattern)
        for offset in anchor..<anchor + stride {
          windows.append(
            (
              hash: hasher.hash(ofWindowAt: offset, in: pattern), pattern: UInt32(truncatingIfNeeded: index),
              offset: UInt32(truncatingIfNeeded: offset)
            ))
        }
      }
      return WindowIndex(hasher: hasher, stride: stride, windows: windows)
    }
  }

  /// Width and stride with `width + stride - 1 <= shortest`: a wide window is in few other texts, a long stride means
  /// few looks.
  static func window(forShortest shortest: Int) -> (width: Int, stride: Int) {
    let width =
      switch shortest {
      case ...4: min(shortest, 4)
      case 5...7: 4
      case 8...9: 5
      case 10...11: 6
      case 12...13: 7
      default: 8
      }
    return (width, min(shortest - width + 1, 16))
  }
}
