internal import CScan

/// Undoes base64 and hexadecimal where a text may hold some, so that what they stand for can be searched.
///
/// Forms find a secret that was encoded by itself or with plain text around it. What was encoded after another step
/// (base64 of base64, of UTF-16, of escaped JSON) is found only by decoding.
///
/// A run is a stretch of characters of the alphabet that is long enough to hold the shortest form. Where the encoded
/// text begins inside the run is unknown (`token=` is no part of the alphabet, but `path/` is), so each run is decoded
/// with bytes beginning at each bit where they can: 0, 2, 4 and 6 in base64, 0 and 4 in hexadecimal. This also makes
/// the result independent of where a text was cut.
enum DecodedRuns {
  /// The shortest stretch of hexadecimal digits that can spell eight bytes; of base64 it is 11.
  static let minimumHex = 16

  /// The views of `text` that are not empty; each holds many runs, decoded from one bit on. Given `changes`, in order,
  /// only the runs that lie or end at one of them. Runs of less than `shortest` bytes have views by themselves.
  static func views(
    of text: UnsafeRawBufferPointer, touching changes: [Range<Int>]? = nil, shortest: Int = 0
  ) -> [(view: TextView, isShort: Bool)] {
    var runs = RunList()
    runs.add(0..<text.count, of: text, isHex: false)
    if let changes { runs.keep(touching: changes) }
    guard !runs.isEmpty else { return [] }
    var hexRuns = RunList()
    for run in runs.ranges where run.count >= minimumHex { hexRuns.add(run, of: text, isHex: true) }
    return [(runs, false), (hexRuns, true)].flatMap { list, isHex in
      let parts = list.parted(at: shortest, bits: isHex ? 4 : 6)
      return decoded(parts.long, of: text, isHex: isHex).map { ($0, false) }
        + decoded(parts.short, of: text, isHex: isHex).map { ($0, true) }
    }
  }

  /// All views have one layout: the bytes of each run, and two or three FF. Nothing may seem to continue from one run
  /// into the next: forms across two segments are refused, and FF is part of no escape.
  private static func decoded(_ runs: RunList, of text: UnsafeRawBufferPointer, isHex: Bool) -> [TextView] {
    guard !runs.isEmpty, let source = text.bytePointer else { return [] }
    let bits = isHex ? 4 : 6
    let count = runs.pairs.count / 2
    var starts = [UInt32](repeating: 0, count: count)
    let room = runs.characters * bits / 8 + 2 * count + 8
    let decoded = [UInt8](unsafeUninitializedCapacity: room) { output, size in
      size = chancery_decode(source, runs.pairs, count, isHex, output.baseAddress, &starts)
    }
    let segments = (0..<count).map { run in
      ViewMap.Segment(
        view: Int(starts[run]), source: Int(runs.pairs[2 * run]), sourceEnd: Int(runs.pairs[2 * run + 1]), bits: bits)
    }
    return stride(from: 0, to: 8, by: isHex ? 4 : 2).map { skipped in
      let bytes = [UInt8](unsafeUninitializedCapacity: decoded.count) { output, size in
        chancery_align(
          decoded, decoded.count, runs.pairs, starts, count, isHex, UInt32(skipped), output.baseAddress)
        size = decoded.count
      }
      return TextView(bytes: bytes, map: ViewMap(segments: segments, isolatesSegments: true, skippedBits: skipped))
    }
  }

  /// Maximal stretches of characters of an alphabet, in order.
  private struct RunList {
    /// First place and place behind the last of each.
    private(set) var pairs: [UInt32] = []
    /// Characters of all of them.
    private(set) var characters = 0

    var isEmpty: Bool { pairs.isEmpty }
    var ranges: [Range<Int>] {
      stride(from: 0, to: pairs.count, by: 2).map { Int(pairs[$0])..<Int(pairs[$0 + 1]) }
    }

    /// Appends the runs inside `range`.
    mutating func add(_ range: Range<Int>, of text: UnsafeRawBufferPointer, isHex: Bool) {
      guard let base = text.bytePointer else { return }
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * (range.count / 12 + 2)) { room in
        let count = chancery_runs(base, range.lowerBound, range.upperBound, isHex, room.baseAddress)
        for run in 0..<count { append(room[2 * run], room[2 * run + 1]) }
      }
    }

    private mutating func append(_ start: UInt32, _ end: UInt32) {
      pairs.append(start)
      pairs.append(end)
      characters += Int(end - start)
    }

    /// Those of at least `shortest` bytes, and the others.
    func parted(at shortest: Int, bits: Int) -> (long: RunList, short: RunList) {
      var parts = (long: RunList(), short: RunList())
      for index in stride(from: 0, to: pairs.count, by: 2) {
        if Int(pairs[index + 1] - pairs[index]) * bits / 8 >= shortest {
          parts.long.append(pairs[index], pairs[index + 1])
        } else {
          parts.short.append(pairs[index], pairs[index + 1])
        }
      }
      return parts
    }

    /// Leaves out the runs at which there is no change.
    mutating func keep(touching changes: [Range<Int>]) {
      var kept = RunList()
      var next = 0
      for run in ranges {
        while next < changes.count, changes[next].upperBound < run.lowerBound { next += 1 }
        guard next < changes.count else { break }
        if changes[next].lowerBound <= run.upperBound {
          kept.append(UInt32(run.lowerBound), UInt32(run.upperBound))
        }
      }
      self = kept
    }
  }
}
