/// Sorts patterns into indexes: the longer the shortest pattern of an index, the fewer places of a text it has to look
/// at; and what holds a zero byte cannot be in a text that has none.
enum WindowIndexes {
  /// An index and what a text must hold to be worth looking at.
  struct Gated: Sendable {
    var index: WindowIndex
    /// All patterns of the index hold a zero byte, as UTF-16 does.
    var needsZeroByte: Bool
    /// How far from a byte of a view its pattern, with what belongs to it, may reach.
    var reach: Int
  }

  /// Windows of one index, as long as that leaves a stride of four.
  private static let maximumWindows = 1 << 19

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
        sizeClass: [8, 12].firstIndex { row.count < $0 } ?? 2)
    }
    let rank = { (group: Group) in (group.needsZeroByte ? 4 : 0) + group.sizeClass }
    let ordered = groups.sorted { rank($0.key) < rank($1.key) }
    return ordered.compactMap { group, chosen in
      let reach = chosen.reduce(0) { max($0, rows[$1].count + Int(max(rows[$1].before, rows[$1].after))) } + 8
      return index(of: chosen, rows, bytes, seed).map {
        Gated(index: $0, needsZeroByte: group.needsZeroByte, reach: reach)
      }
    }
  }

  private static func index(
    of chosen: [Int], _ rows: [PatternTable.Row], _ bytes: [UInt8], _ seed: UInt64
  ) -> WindowIndex? {
    guard let shortest = chosen.map({ rows[$0].count }).min(), shortest > 0 else { return nil }
    let (width, stride) = window(forShortest: shortest, of: chosen.count)
    let hasher = WindowHasher(width: width, seed: seed)
    return bytes.withUnsafeBytes { all in
      let range = { (index: Int) in rows[index].start..<rows[index].start + rows[index].count }
      let windowCount = chosen.reduce(0) { $0 + rows[$1].count - width + 1 }
      var choice = AnchorChoice(hasher: hasher, stride: stride, windowCount: windowCount)
      for index in chosen { choice.count(range(index), of: all) }
      var windows: [(hash: UInt64, entry: WindowIndex.Entry)] = []
      windows.reserveCapacity(chosen.count * stride)
      for index in chosen {
        let pattern = range(index)
        let anchor = choice.anchor(of: pattern, in: all)
        for offset in anchor..<anchor + stride {
          windows.append(
            (
              hash: hasher.hash(ofWindowAt: pattern.lowerBound + offset, in: all),
              entry: .init(pattern: UInt32(truncatingIfNeeded: index), offset: UInt32(truncatingIfNeeded: offset))
            ))
        }
      }
      return WindowIndex(hasher: hasher, stride: stride, windows: windows)
    }
  }

  /// Width and stride with `width + stride - 1 <= shortest`: a wide window is in few other texts, a long stride means
  /// few looks. Of very many patterns a long stride would make an index that no near cache holds.
  static func window(forShortest shortest: Int, of count: Int) -> (width: Int, stride: Int) {
    let width =
      switch shortest {
      case ...4: min(shortest, 4)
      case 5...7: 4
      case 8...9: 5
      case 10...11: 6
      case 12...13: 7
      default: 8
      }
    return (width, min(shortest - width + 1, 16, max(maximumWindows / max(count, 1), 4)))
  }
}
