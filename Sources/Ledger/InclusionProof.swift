/// Proof that a leaf stands at a place of a tree: the hashes beside its way to the root, from the leaf up.
package struct InclusionProof: Hashable, Sendable {
  package let index: UInt64
  package let size: UInt64
  package let path: [MerkleHash]

  package init(index: UInt64, size: UInt64, path: [MerkleHash]) {
    self.index = index
    self.size = size
    self.path = path
  }

  /// RFC 9162 §2.1.3.2. Total: any numbers and hashes give an answer.
  package func verifies(leaf: MerkleHash, root: MerkleHash) -> Bool {
    guard index < size else { return false }
    var node = index
    var lastNode = size - 1
    var hash = leaf
    for sibling in path {
      guard lastNode != 0 else { return false }
      if node & 1 == 1 || node == lastNode {
        hash = MerkleHash.node(sibling, hash)
        while node & 1 == 0, node != 0 {
          node >>= 1
          lastNode >>= 1
        }
      } else {
        hash = MerkleHash.node(hash, sibling)
      }
      node >>= 1
      lastNode >>= 1
    }
    return lastNode == 0 && hash == root
  }
}
