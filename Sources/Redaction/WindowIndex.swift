internal import CScan

/// Finds the places of a text where one of many patterns may begin, by looking at few windows of the text only.
///
/// A window is `width` bytes. The text is looked at every `stride` bytes; of each pattern the windows at `stride`
/// offsets in a row are known, so wherever the pattern lies, exactly one of them falls on a place that is looked at.
/// The hash of the window, with letters in one case, is looked up in a filter of two bits for each, small enough for the
/// processor's near caches as far as that is possible; hardly any window of ordinary text passes. What passes is looked
/// up in a table of hashes, many at a time, and what is found there is compared byte by byte (`ChunkScan`). So the cost
/// of a byte of text hardly depends on the number of patterns.
struct WindowIndex: Sendable, MaskedPrinting {
  /// A pattern that has a window, at this offset.
  struct Entry: Sendable {
    var pattern: UInt32
    var offset: UInt32
  }

  /// A place of the text where a window of some pattern stands, as far as its hash tells.
  struct Candidate {
    var position: Int
    fileprivate var group: Int
  }

  /// Bytes of a window, at most eight.
  let width: Int
  /// Bytes from one place that is looked at to the next.
  let stride: Int
  private let hasher: WindowHasher
  private let filter: [UInt64]
  private let filterShift: UInt32
  /// The upper half of a hash, and the number of its group plus one; 0 is an empty slot.
  private let slots: [UInt64]
  /// Entries of group g, whose hashes have one upper half, are `entries[starts[g]..<starts[g + 1]]`.
  private let starts: [UInt32]
  private let entries: [Entry]

  /// The index of windows of which the pattern, the offset and the hash are given.
  init(hasher: WindowHasher, stride: Int, windows: [(hash: UInt64, entry: Entry)]) {
    self.hasher = hasher
    self.width = hasher.width
    self.stride = stride
    let bits = WindowIndex.filterBits(windows.count)
    filterShift = UInt32(64 - (bits - 6))
    var filter = [UInt64](repeating: 0, count: 1 << (bits - 6))
    for window in windows {
      filter[Int(window.hash >> UInt64(filterShift))] |= 1 << (window.hash & 63) | 1 << (window.hash >> 6 & 63)
    }

    let ordered = windows.sorted { $0.hash < $1.hash }
    // One to two fifths of the slots are empty, so that looks for what is not there end soon.
    var slots = [UInt64](repeating: 0, count: 1 << WindowIndex.bitWidth(max(windows.count * 5 / 3, 16)))
    let slotMask = slots.count - 1
    var starts: [UInt32] = []
    for (index, window) in ordered.enumerated() where index == 0 || ordered[index - 1].hash >> 32 != window.hash >> 32 {
      starts.append(UInt32(index))
      var place = Int(truncatingIfNeeded: window.hash >> 32) & slotMask
      while slots[place] != 0 { place = (place + 1) & slotMask }
      slots[place] = window.hash & 0xFFFF_FFFF_0000_0000 | UInt64(starts.count)
    }
    starts.append(UInt32(ordered.count))
    self.filter = filter
    self.slots = slots
    self.starts = starts
    entries = ordered.map(\.entry)
  }

  /// Calls `body` for each pattern that has the candidate's window.
  @inline(__always)
  func forEachEntry<E>(of candidate: Candidate, _ body: (Entry) throws(E) -> Void) throws(E) {
    for index in Int(starts[candidate.group])..<Int(starts[candidate.group + 1]) { try body(entries[index]) }
  }

  /// Appends the places in `range` of `text` where a window of a pattern stands that lies inside the range, in order.
  func appendCandidates(in text: UnsafeRawBufferPointer, _ range: Range<Int>, to candidates: inout [Candidate]) {
    guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self), range.count >= width else { return }
    filter.withUnsafeBufferPointer { filter in
      slots.withUnsafeBufferPointer { slots in
        var index = chancery_index(
          mask: hasher.mask, multiplier: hasher.multiplier, width: width, stride: stride, filter: filter.baseAddress,
          filter_shift: filterShift, slots: slots.baseAddress, slot_mask: UInt64(slots.count - 1))
        let room = 4 * Int(CHANCERY_BATCH)
        withUnsafeTemporaryAllocation(of: chancery_hit.self, capacity: room) { hits in
          var position = range.lowerBound
          while position + width <= range.upperBound {
            let count = chancery_search(&index, base, range.upperBound, &position, hits.baseAddress, room)
            for hit in hits[..<count] {
              candidates.append(Candidate(position: Int(hit.position), group: Int(hit.group)))
            }
          }
        }
      }
    }
  }

  /// Four bytes for each window as long as they fit into the nearest cache, else one or two, in at most half a MiB.
  private static func filterBits(_ windowCount: Int) -> Int {
    let generous = bitWidth(max(windowCount * 32, 1 << 10))
    return generous <= 17 ? generous : min(max(bitWidth(windowCount * 8), 17), 22)
  }
  private static func bitWidth(_ count: Int) -> Int { Int.bitWidth - (count - 1).leadingZeroBitCount }
}

/// The hash of a window of text, letters in one case.
struct WindowHasher: Sendable {
  let width: Int
  fileprivate let mask: UInt64
  fileprivate let multiplier: UInt64

  /// For windows of `width` bytes, one to eight. The seed makes collisions unforeseeable; correctness does not rest on
  /// it, since whatever passes is compared.
  init(width: Int, seed: UInt64) {
    precondition((1...8).contains(width), "a window has one to eight bytes")
    self.width = width
    mask = width == 8 ? .max : 1 << UInt64(8 * width) - 1
    multiplier = seed | 1
  }

  /// Of the first `width` bytes of an eight-byte word in memory order.
  @inline(__always)
  func hash(_ word: UInt64) -> UInt64 { chancery_hash(UInt64(littleEndian: word), mask, multiplier) }

  /// Of the window at `position`, which must lie inside `text`.
  @inline(__always)
  func hash(ofWindowAt position: Int, in text: UnsafeRawBufferPointer) -> UInt64 {
    if position + 8 <= text.count { return hash(text.loadUnaligned(fromByteOffset: position, as: UInt64.self)) }
    var word: UInt64 = 0
    for index in 0..<width { word |= UInt64(text[position + index]) << UInt64(8 * index) }
    return hash(UInt64(littleEndian: word))
  }
}
