internal import Cryptography

/// The contents of the blocks used lately. Small on purpose: what is not in use should not be in memory.
struct BlockCache {
  /// Blocks of 16 KB of secret memory each.
  static let limit = 32

  /// Most recently used last.
  private var entries: [(block: Int, content: GuardedBytes)] = []

  mutating func content(of block: Int) -> GuardedBytes? {
    guard let index = entries.lastIndex(where: { $0.block == block }) else { return nil }
    let entry = entries[index]
    if index != entries.count - 1 {
      entries.remove(at: index)
      entries.append(entry)
    }
    return entry.content
  }

  mutating func keep(_ content: GuardedBytes, of block: Int) {
    if entries.count >= Self.limit { entries.removeFirst() }
    entries.append((block, content))
  }
}
