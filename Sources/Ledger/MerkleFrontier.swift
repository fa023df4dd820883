/// The right edge of a tree that grows: the hashes of the complete subtrees that its leaves divide into, the largest
/// first. It is all that is needed to append and to compute the root, and has one hash for each one bit of the size.
package struct MerkleFrontier: Hashable, Sendable {
  package private(set) var size: UInt64 = 0
  private(set) var subtrees: [MerkleHash] = []

  /// The empty tree.
  package init() {}

  /// Nil where the number of hashes is not that of the size's one bits.
  init?(size: UInt64, subtrees: [MerkleHash]) {
    guard subtrees.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.subtrees = subtrees
  }

  /// Appends a leaf: one hash on average, and at most one for each level.
  package mutating func append(_ leaf: MerkleHash) {
    var hash = leaf
    var rest = size
    while rest & 1 == 1, let left = subtrees.popLast() {
      hash = MerkleHash.node(left, hash)
      rest >>= 1
    }
    subtrees.append(hash)
    size += 1
  }

  /// The root (RFC 6962 §2.1) of the leaves so far.
  package var root: MerkleHash {
    guard var root = subtrees.last else { return .empty }
    for left in subtrees.dropLast().reversed() { root = MerkleHash.node(left, root) }
    return root
  }
}
