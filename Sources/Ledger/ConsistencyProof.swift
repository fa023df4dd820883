/// Proof that a larger tree continues a smaller one: nothing of it was changed, only added to.
package struct ConsistencyProof: Hashable, Sendable {
  package let from: UInt64
  package let to: UInt64
  package let path: [MerkleHash]

  package init(from: UInt64, to: UInt64, path: [MerkleHash]) {
    self.from = from
    self.to = to
    self.path = path
  }

  /// RFC 9162 §2.1.4.2. A proof from the empty tree proves nothing and is refused. Total.
  package func verifies(old: MerkleHash, new: MerkleHash) -> Bool {
    guard from > 0, from <= to else { return false }
    guard from != to else { return path.isEmpty && old == new }
    guard !path.isEmpty else { return false }

    var rest = path[...]
    var node = from - 1
    var lastNode = to - 1
    while node & 1 == 1 {
      node >>= 1
      lastNode >>= 1
    }
    // Where the old tree is one complete subtree, its root is not in the path: the verifier has it.
    let first = node == 0 ? old : rest.removeFirst()
    var oldHash = first
    var newHash = first
    for sibling in rest {
      guard lastNode != 0 else { return false }
      if node & 1 == 1 || node == lastNode {
        oldHash = MerkleHash.node(sibling, oldHash)
        newHash = MerkleHash.node(sibling, newHash)
        while node & 1 == 0, node != 0 {
          node >>= 1
          lastNode >>= 1
        }
      } else {
        newHash = MerkleHash.node(newHash, sibling)
      }
      node >>= 1
      lastNode >>= 1
    }
    return lastNode == 0 && oldHash == old && newHash == new
  }
}
