/// A tree in memory with the hashes of all complete subtrees: for proofs. Holds about two hashes for each leaf; the
/// appending side needs only a `MerkleFrontier`.
package struct MerkleTree: Sendable {
  /// `levels[l][i]` is the hash of leaves i·2^l up to (i+1)·2^l.
  private var levels: [[MerkleHash]] = [[]]

  package init(leaves: some Sequence<MerkleHash> = []) {
    for leaf in leaves { append(leaf) }
  }

  package var size: UInt64 { UInt64(levels[0].count) }

  package mutating func append(_ leaf: MerkleHash) {
    levels[0].append(leaf)
    var level = 0
    while levels[level].count.isMultiple(of: 2) {
      let pair = levels[level].suffix(2)
      guard let left = pair.first, let right = pair.last else { return }
      if level + 1 == levels.count { levels.append([]) }
      levels[level + 1].append(MerkleHash.node(left, right))
      level += 1
    }
  }

  /// The root of the first `size` leaves; nil where there are not so many.
  package func root(size: UInt64) -> MerkleHash? {
    guard size <= self.size else { return nil }
    return size == 0 ? .empty : hash(0..<size)
  }

  /// The proof that leaf `index` is in the tree of the first `size` leaves (RFC 9162 §2.1.3.1); nil where it is not.
  package func inclusionProof(of index: UInt64, size: UInt64) -> InclusionProof? {
    guard index < size, size <= self.size else { return nil }
    var path: [MerkleHash] = []
    var range: Range<UInt64> = 0..<size
    while range.count > 1 {
      let middle = range.lowerBound + Self.split(UInt64(range.count))
      if index < middle {
        path.append(hash(middle..<range.upperBound))
        range = range.lowerBound..<middle
      } else {
        path.append(hash(range.lowerBound..<middle))
        range = middle..<range.upperBound
      }
    }
    return InclusionProof(index: index, size: size, path: path.reversed())
  }

  /// The proof that the tree of the first `to` leaves continues that of the first `from` (RFC 9162 §2.1.4.1); nil where
  /// there are not so many, and for an empty first tree, of which anything is a continuation.
  package func consistencyProof(from: UInt64, to: UInt64) -> ConsistencyProof? {
    guard from > 0, from <= to, to <= size else { return nil }
    var path: [MerkleHash] = []
    var range: Range<UInt64> = 0..<to
    // Whether the part of the old tree in `range` is a whole old tree, whose root the verifier has.
    var isOldRoot = true
    while from != range.upperBound {
      let middle = range.lowerBound + Self.split(UInt64(range.count))
      if from <= middle {
        path.append(hash(middle..<range.upperBound))
        range = range.lowerBound..<middle
      } else {
        path.append(hash(range.lowerBound..<middle))
        range = middle..<range.upperBound
        isOldRoot = false
      }
    }
    if !isOldRoot { path.append(hash(range)) }
    return ConsistencyProof(from: from, to: to, path: path.reversed())
  }

  /// The largest power of two below `count`, which is at least 2.
  private static func split(_ count: UInt64) -> UInt64 {
    1 << UInt64(63 - (count - 1).leadingZeroBitCount)
  }

  /// The hash of the subtree over a range of leaves, as RFC 6962 divides it: not empty, and aligned as `split` makes
  /// it.
  private func hash(_ range: Range<UInt64>) -> MerkleHash {
    let count = UInt64(range.count)
    if count.nonzeroBitCount == 1 {
      let level = count.trailingZeroBitCount
      return levels[level][Int(range.lowerBound >> UInt64(level))]
    }
    let middle = range.lowerBound + Self.split(count)
    return MerkleHash.node(hash(range.lowerBound..<middle), hash(middle..<range.upperBound))
  }
}
