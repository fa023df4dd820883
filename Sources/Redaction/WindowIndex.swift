/// Finds the places of a text where one of many patterns may begin, by looking at few windows of the text only.
///
/// A window is `width` bytes. The text is looked at every `stride` bytes; of each pattern the windows at `stride`
/// offsets in a row are known, so wherever the pattern lies, exactly one of them falls on a place that is looked at.
/// The hash of the window, with letters in one case, is looked up in a bit filter; hardly any window of ordinary text
/// passes. What passes is looked up in a table of hashes, and what is found there is compared byte by byte (`ChunkScan`).
/// So the cost of a byte of text hardly depends on the number of patterns.
struct WindowIndex: Sendable, MaskedPrinting {
  /// A pattern that has this window at this offset.
  struct Entry: Sendable {
    var tag: UInt32
    var pattern: UInt32
    var offset: UInt32
  }

  /// A place of the text whose window is in the filter.
  struct Candidate {
    var position: Int
    var hash: UInt64
  }

  /// Bytes of a window, at most eight.
  let width: Int
  /// Bytes from one place that is looked at to the next.
  let stride: Int
  private let hasher: WindowHasher
  /// One bit pair per window, both in one word, so that a look costs one access to memory.
  private let filter: [UInt64]
  private let filterShift: UInt64
  /// Entries of bucket b are `entries[starts[b]..<starts[b + 1]]`.
  private let starts: [UInt32]
  private let bucketShift: UInt64
  private let entries: [Entry]

  /// The index of windows of which the pattern, the offset and the hash are given.
  init(hasher: WindowHasher, stride: Int, windows: [(hash: UInt64, pattern: UInt32, offset: UInt32)]) {
    self.hasher = hasher
    self.width = hasher.width
    self.stride = stride

    // 16 to 32 bits of filter a window: about one foreign window of a hundred passes. More would cost more in misses
    // of the processor's caches than it saves in comparisons.
    let wordBits = WindowIndex.bitWidth(max(windows.count / 4, 16))
    filterShift = UInt64(64 - wordBits)
    var filter = [UInt64](repeating: 0, count: 1 << wordBits)
    let bucketBits = WindowIndex.bitWidth(max(windows.count / 2, 16))
    bucketShift = UInt64(64 - bucketBits)
    var starts = [UInt32](repeating: 0, count: 1 << bucketBits + 1)
    for window in windows {
      filter[Int(window.hash >> filterShift)] |= WindowIndex.bits(window.hash)
      starts[Int(window.hash >> bucketShift) + 1] += 1
    }
    for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
    var next = starts
    var entries = [Entry](repeating: Entry(tag: 0, pattern: 0, offset: 0), count: windows.count)
    for window in windows {
      let bucket = Int(window.hash >> bucketShift)
      entries[Int(next[bucket])] = Entry(
        tag: WindowIndex.tag(window.hash), pattern: window.pattern, offset: window.offset)
      next[bucket] += 1
    }
    self.filter = filter
    self.starts = starts
    self.entries = entries
  }

  /// Calls `body` for each pattern that has the candidate's window.
  @inline(__always)
  func forEachEntry<E>(of candidate: Candidate, _ body: (Entry) throws(E) -> Void) throws(E) {
    let bucket = Int(candidate.hash >> bucketShift)
    let tag = WindowIndex.tag(candidate.hash)
    for index in Int(starts[bucket])..<Int(starts[bucket + 1]) where entries[index].tag == tag {
      try body(entries[index])
    }
  }

  /// Appends the places of `text` that pass the filter, in order.
  ///
  /// The unchecked reads stay inside `text`: each loop ends before a read of eight bytes would reach past it, and the
  /// places after that are read byte by byte. The filter is read at the top bits of a hash, which its size covers.
  func appendCandidates(in text: UnsafeRawBufferPointer, to candidates: inout [Candidate]) {
    guard let base = text.baseAddress, text.count >= width else { return }
    filter.withUnsafeBufferPointer { filter in
      guard let words = filter.baseAddress else { return }
      var position = 0
      let lastWhole = text.count - 8
      while position + 3 * stride <= lastWhole {
        let first = hasher.hash(base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        let second = hasher.hash(base.loadUnaligned(fromByteOffset: position + stride, as: UInt64.self))
        let third = hasher.hash(base.loadUnaligned(fromByteOffset: position + 2 * stride, as: UInt64.self))
        let fourth = hasher.hash(base.loadUnaligned(fromByteOffset: position + 3 * stride, as: UInt64.self))
        let firstPasses = passes(first, words)
        let secondPasses = passes(second, words)
        let thirdPasses = passes(third, words)
        let fourthPasses = passes(fourth, words)
        if firstPasses | secondPasses | thirdPasses | fourthPasses != 0 {
          if firstPasses != 0 { candidates.append(Candidate(position: position, hash: first)) }
          if secondPasses != 0 { candidates.append(Candidate(position: position + stride, hash: second)) }
          if thirdPasses != 0 { candidates.append(Candidate(position: position + 2 * stride, hash: third)) }
          if fourthPasses != 0 { candidates.append(Candidate(position: position + 3 * stride, hash: fourth)) }
        }
        position += 4 * stride
      }
      while position + width <= text.count {
        let hash = hasher.hash(ofWindowAt: position, in: text)
        if passes(hash, words) != 0 { candidates.append(Candidate(position: position, hash: hash)) }
        position += stride
      }
    }
  }

  @inline(__always)
  private func passes(_ hash: UInt64, _ words: UnsafePointer<UInt64>) -> UInt64 {
    let word = words[Int(truncatingIfNeeded: hash &>> filterShift)]
    return (word &>> (hash & 63)) & (word &>> (hash &>> 6 & 63)) & 1
  }

  private static func bits(_ hash: UInt64) -> UInt64 { 1 << (hash & 63) | 1 << (hash >> 6 & 63) }
  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 12) }
  private static func bitWidth(_ count: Int) -> Int { Int.bitWidth - (count - 1).leadingZeroBitCount }
}

/// The hash of a window of text, letters in one case.
struct WindowHasher: Sendable {
  let width: Int
  private let mask: UInt64
  private let multiplier: UInt64

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
  func hash(_ word: UInt64) -> UInt64 {
    // Setting bit 5 maps a letter's two cases to one; that it also joins a few other characters costs nothing.
    let folded = UInt64(littleEndian: word) & mask | 0x2020_2020_2020_2020
    let product = folded.multipliedFullWidth(by: multiplier)
    return product.high ^ product.low
  }

  /// Of the window at `position`, which must lie inside `text`.
  func hash(ofWindowAt position: Int, in text: UnsafeRawBufferPointer) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<width { word |= UInt64(text[position + index]) << UInt64(8 * index) }
    return hash(UInt64(littleEndian: word))
  }
}
