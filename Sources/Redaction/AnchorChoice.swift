/// Chooses, for each pattern, at which of its windows the index knows it.
///
/// Many secrets share parts: a prefix of their issuer, the head of a token, the frame of a key file. Windows there
/// would call for a comparison with all of them. So windows of all patterns are counted first, and each pattern is
/// known by the row of windows that the fewest patterns share. Windows of hardly any different bytes are avoided too.
struct AnchorChoice {
  private let hasher: WindowHasher
  private let stride: Int
  private var counts: [UInt8]
  private let shift: UInt64
  private var costs: [Int] = []

  /// For patterns with `windowCount` windows in all.
  init(hasher: WindowHasher, stride: Int, windowCount: Int) {
    self.hasher = hasher
    self.stride = stride
    let bits = min(max(Int.bitWidth - (2 * windowCount).leadingZeroBitCount, 8), 22)
    counts = [UInt8](repeating: 0, count: 1 << bits)
    shift = UInt64(64 - bits)
  }

  /// Counts the windows of the pattern at `range` of `text`.
  mutating func count(_ range: Range<Int>, of text: UnsafeRawBufferPointer) {
    for position in range.lowerBound..<max(range.upperBound - hasher.width + 1, range.lowerBound) {
      let slot = Int(truncatingIfNeeded: hasher.hash(ofWindowAt: position, in: text) &>> shift)
      if counts[slot] < .max { counts[slot] += 1 }
    }
  }

  /// The first offset of the best row of `stride` windows. A pattern shorter than such a row is the caller's bug.
  mutating func anchor(of range: Range<Int>, in text: UnsafeRawBufferPointer) -> Int {
    let windowCount = range.count - hasher.width + 1
    precondition(windowCount >= stride, "the pattern is shorter than a row of windows")
    costs.removeAll(keepingCapacity: true)
    // Neighbours in the window that differ: one less than its stretches of one byte.
    var changes = 0
    let isChange = { (position: Int) in text[position] != text[position - 1] }
    for position in range.lowerBound + 1..<range.lowerBound + hasher.width where isChange(position) { changes += 1 }
    for position in range.lowerBound..<range.lowerBound + windowCount {
      if position > range.lowerBound {
        if isChange(position) { changes -= 1 }
        if isChange(position + hasher.width - 1) { changes += 1 }
      }
      let shared = Int(counts[Int(truncatingIfNeeded: hasher.hash(ofWindowAt: position, in: text) &>> shift)])
      costs.append(shared + (changes <= 1 ? 1 << 16 : 0))
    }
    var sum = costs.prefix(stride).reduce(0, +)
    var best = (offset: 0, cost: sum)
    for offset in 1..<max(windowCount - stride + 1, 1) {
      sum += costs[offset + stride - 1] - costs[offset - 1]
      if sum < best.cost { best = (offset, sum) }
    }
    return best.offset
  }
}
