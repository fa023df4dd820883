/// A row as a store keeps it: its number, counted from 0, and the bytes of its entry. Nothing else is stored: the leaf
/// hash follows from the bytes, and the hash of the row before is in them.
package struct LedgerRow: Hashable, Sendable {
  package let index: UInt64
  package let bytes: [UInt8]

  package init(index: UInt64, bytes: [UInt8]) {
    self.index = index
    self.bytes = bytes
  }

  /// The RFC 6962 leaf hash.
  package var leaf: MerkleHash { MerkleHash.leaf(bytes) }
}
