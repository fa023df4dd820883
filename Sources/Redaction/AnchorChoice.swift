/// Chooses, for each pattern, at which of its windows the index knows it.
///
/// Many secrets share parts: a prefix of their issuer, the head of a token, the frame of a key file. Windows there
/// would call for a comparison with all of them. So windows of all patterns are counted first, and each pattern is
/// known by the row of windows that the fewest patterns share. Windows of hardly any different bytes are avoided too.
struct AnchorChoice {
  private let hasher: WindowHasher
  private let stride: Int
  private var counts: [UInt16]
  private let shift: UInt64

  /// For patterns with `windowCount` windows in all.
  init(hasher: WindowHasher, stride: Int, windowCount: Int) {
    self.hasher = hasher
    self.stride = stride
    let bits = min(max(Int.bitWidth - (4 * windowCount).leadingZeroBitCount, 8), 22)
    counts = [UInt16](repeating: 0, count: 1 << bits)
    shift = UInt64(64 - bits)
  }

  /// Counts the windows of one pattern.
  mutating func count(_ pattern: UnsafeRawBufferPointer) {
    for offset in 0..<max(pattern.count - hasher.width + 1, 0) {
      let slot = Int(hasher.hash(ofWindowAt: offset, in: pattern) &>> shift)
      if counts[slot] < .max { counts[slot] += 1 }
    }
  }

  /// The first offset of the best row of `stride` windows. A pattern shorter than such a row is the caller's bug.
  func anchor(of pattern: UnsafeRawBufferPointer) -> Int {
    let windowCount = pattern.count - hasher.width + 1
    precondition(windowCount >= stride, "the pattern is shorter than a row of windows")
    let costs = (0..<windowCount).map { cost(ofWindowAt: $0, in: pattern) }
    var sum = costs.prefix(stride).reduce(0, +)
    var best = (offset: 0, cost: sum)
    for offset in 1..<max(windowCount - stride + 1, 1) {
      sum += costs[offset + stride - 1] - costs[offset - 1]
      if sum < best.cost { best = (offset, sum) }
    }
    return best.offset
  }

  private func cost(ofWindowAt offset: Int, in pattern: UnsafeRawBufferPointer) -> Int {
    let shared = Int(counts[Int(hasher.hash(ofWindowAt: offset, in: pattern) &>> shift)])
    var distinct = 1
    for index in offset + 1..<offset + hasher.width where pattern[index] != pattern[index - 1] { distinct += 1 }
    return shared + (distinct <= 2 ? 1 << 16 : 0)
  }
}
