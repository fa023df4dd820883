/// Where a ledger stands: all that appending needs. It is stored in the transaction that stores the rows, so that both
/// are there or neither is.
package struct LedgerState: Hashable, Sendable {
  package private(set) var frontier: MerkleFrontier
  /// The leaf hash of the last entry.
  private(set) var last: MerkleHash

  /// The empty ledger.
  package init() {
    frontier = MerkleFrontier()
    last = .none
  }

  /// The number of entries.
  package var size: UInt64 { frontier.size }
  package var root: MerkleHash { frontier.root }

  /// Takes up one more entry and returns its row. `time` is a text of `LedgerDraft.timeText`.
  mutating func append(_ draft: LedgerDraft, at time: [UInt8]) -> LedgerRow {
    let bytes = draft.entry(sequence: size, at: time, previous: last)
    let row = LedgerRow(index: size, bytes: bytes)
    last = row.leaf
    frontier.append(last)
    return row
  }

  /// Takes up a stored row. Throws `misplaced` or `changed` unless it is the next one and follows the last.
  mutating func follow(_ row: LedgerRow) throws(LedgerFault) {
    guard row.index == size else { throw .misplaced(row: row.index) }
    guard let header = LedgerEntryHeader(row.bytes), header.sequence == size, header.previous == last else {
      throw .changed(row: row.index)
    }
    last = row.leaf
    frontier.append(last)
  }

  private static let magic = Array("CHL\u{1}".utf8)

  /// `CHL`, 0x01 · size, 8 bytes big-endian · last leaf hash, 32 bytes · the frontier's hashes, the largest subtree
  /// first.
  package var serialised: [UInt8] {
    var bytes = Self.magic
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: size >> UInt64(shift))) }
    bytes.append(contentsOf: last.bytes)
    for subtree in frontier.subtrees { bytes.append(contentsOf: subtree.bytes) }
    return bytes
  }

  /// Nil for anything that `serialised` does not write.
  package init?(serialised bytes: [UInt8]) {
    guard bytes.count >= 44, bytes.starts(with: Self.magic), (bytes.count - 44) % 32 == 0 else { return nil }
    let size = bytes[4..<12].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let hashes = stride(from: 12, to: bytes.count, by: 32).compactMap { MerkleHash(bytes[$0..<$0 + 32]) }
    guard let last = hashes.first, let frontier = MerkleFrontier(size: size, subtrees: Array(hashes.dropFirst())),
      size > 0 || last == .none
    else { return nil }
    self.last = last
    self.frontier = frontier
  }
}
