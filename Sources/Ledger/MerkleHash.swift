internal import Cryptography
internal import Encodings

/// A SHA-256 hash of a tree (RFC 6962 §2.1). Leaves and nodes are hashed with different first bytes, so that no leaf
/// can be passed off as a node.
package struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  /// Nil for another length than 32 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.bytes = Array(bytes)
  }

  private init(digest bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The root of the empty tree: the hash of nothing.
  package static let empty = MerkleHash(digest: Digest.sha256([]))
  /// Thirty-two zero bytes: what the first entry says of the one before it.
  static let none = MerkleHash(digest: [UInt8](repeating: 0, count: 32))

  /// `SHA-256(0x00 ‖ entry)`
  package static func leaf(_ entry: some Collection<UInt8>) -> MerkleHash {
    var input: [UInt8] = []
    input.reserveCapacity(entry.count + 1)
    input.append(0x00)
    input.append(contentsOf: entry)
    return MerkleHash(digest: Digest.sha256(input))
  }

  /// `SHA-256(0x01 ‖ left ‖ right)`
  package static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
    var input: [UInt8] = []
    input.reserveCapacity(65)
    input.append(0x01)
    input.append(contentsOf: left.bytes)
    input.append(contentsOf: right.bytes)
    return MerkleHash(digest: Digest.sha256(input))
  }

  package var description: String { Hex.encode(bytes) }
}
