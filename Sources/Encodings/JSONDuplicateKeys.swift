/// Finds a key that an object has twice.
enum JSONDuplicateKeys {
  /// Up to here every pair is compared, without allocating; above, a set of hashes keyed per process does it in linear
  /// time, so that chosen keys cannot make it slow.
  private static let pairwiseLimit = 8

  /// The first member of `container` whose key an earlier one has, or nil.
  static func find(in entries: [JSONTapeEntry], of container: Int, _ bytes: Span<UInt8>) -> Int? {
    entries[container].count <= pairwiseLimit
      ? findPairwise(in: entries, of: container, bytes) : findHashed(in: entries, of: container, bytes)
  }

  private static func findPairwise(
    in entries: [JSONTapeEntry], of container: Int, _ bytes: Span<UInt8>
  ) -> Int? {
    let end = Int(entries[container].next)
    var later = Int(entries[container + 1].next)
    while later < end {
      var earlier = container + 1
      while earlier < later {
        if haveSameKey(entries[earlier], entries[later], bytes) { return later }
        earlier = Int(entries[earlier].next)
      }
      later = Int(entries[later].next)
    }
    return nil
  }

  private static func findHashed(
    in entries: [JSONTapeEntry], of container: Int, _ bytes: Span<UInt8>
  ) -> Int? {
    let end = Int(entries[container].next)
    // An open-addressed table of indices into the tape; 0 is free, because the container stands before its members.
    var capacity = 16
    while capacity < Int(entries[container].count) * 2 { capacity *= 2 }
    var table = [Int](repeating: 0, count: capacity)
    var member = container + 1
    while member < end {
      var slot = hash(entries[member], bytes) & (capacity - 1)
      while table[slot] != 0 {
        if haveSameKey(entries[table[slot]], entries[member], bytes) { return member }
        slot = (slot + 1) & (capacity - 1)
      }
      table[slot] = member
      member = Int(entries[member].next)
    }
    return nil
  }

  private static func hash(_ entry: JSONTapeEntry, _ bytes: Span<UInt8>) -> Int {
    var hasher = Hasher()
    if entry.keyHasEscapes {
      JSONText.decoded(bytes, content(entry)).withUnsafeBytes { hasher.combine(bytes: $0) }
    } else {
      bytes.extracting(content(entry)).withUnsafeBytes { hasher.combine(bytes: $0) }
    }
    return hasher.finalize()
  }

  private static func haveSameKey(_ left: JSONTapeEntry, _ right: JSONTapeEntry, _ bytes: Span<UInt8>) -> Bool {
    if left.keyHasEscapes || right.keyHasEscapes {
      return JSONText.decoded(bytes, content(left)) == JSONText.decoded(bytes, content(right))
    }
    let (first, second) = (content(left), content(right))
    return first.count == second.count
      && JSONTapeEntry.equal(bytes.extracting(first), bytes.extracting(second))
  }

  /// The key's text without its quotes.
  private static func content(_ entry: JSONTapeEntry) -> Range<Int> {
    Int(entry.keyStart) + 1..<Int(entry.keyEnd) - 1
  }
}
