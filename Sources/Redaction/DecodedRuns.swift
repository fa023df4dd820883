internal import CScan

/// Undoes base64 and hexadecimal where a text may hold some, so that what they stand for can be searched.
///
/// Forms find a secret that was encoded by itself or with plain text around it. What was encoded after another step
/// (base64 of base64, of UTF-16, of escaped JSON) is found only by decoding.
///
/// What is hexadecimal from end to end is not decoded as base64 too: a log is full of it, and base64 of as many bytes has
/// other characters, but for one time in thousands of millions.
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
    var runs = RunList(text)
    if let changes { runs.keep(touching: changes) }
    guard runs.count > 0 else { return [] }
    let hexRuns = RunList(hexIn: runs, of: text)
    runs.leaveOut(hexRuns)
    return [(runs, false), (hexRuns, true)].flatMap { list, isHex in
      let parts = list.parted(at: shortest, bits: isHex ? 4 : 6)
      return decoded(parts.long, of: text, isHex: isHex).map { ($0, false) }
        + decoded(parts.short, of: text, isHex: isHex).map { ($0, true) }
    }
  }

  /// All views have one layout: the bytes of each run, and two or three FF. Nothing may seem to continue from one run
  /// into the next: forms across two segments are refused, and FF is part of no escape.
  private static func decoded(_ runs: RunList, of text: UnsafeRawBufferPointer, isHex: Bool) -> [TextView] {
    guard runs.count > 0, let source = text.bytePointer else { return [] }
    let bits = isHex ? 4 : 6
    let count = runs.count
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

    init() {}

    /// The runs of base64 of `text`.
    init(_ text: UnsafeRawBufferPointer) {
      guard let base = text.bytePointer else { return }
      pairs = Self.found(room: text.count / 12 + 1) { chancery_runs(base, text.count, 0, text.count, false, $0) }
      countCharacters()
    }

    /// The runs of hexadecimal digits, which lie in runs of base64.
    init(hexIn runs: RunList, of text: UnsafeRawBufferPointer) {
      guard let base = text.bytePointer else { return }
      pairs = Self.found(room: runs.characters / 12 + runs.count) { pairs in
        var count = 0
        for run in 0..<runs.count where runs.length(run) >= minimumHex {
          let range = (Int(runs.pairs[2 * run]), Int(runs.pairs[2 * run + 1]))
          count += chancery_runs(base, text.count, range.0, range.1, true, pairs + 2 * count)
        }
        return count
      }
      countCharacters()
    }

    var count: Int { pairs.count / 2 }
    func length(_ run: Int) -> Int { Int(pairs[2 * run + 1] - pairs[2 * run]) }

    /// Leaves out the runs at which there is no change.
    mutating func keep(touching changes: [Range<Int>]) {
      var next = 0
      keep { start, end in
        while next < changes.count, changes[next].upperBound < start { next += 1 }
        return next < changes.count && changes[next].lowerBound <= end
      }
    }

    /// Leaves out the runs that are given too.
    mutating func leaveOut(_ others: RunList) {
      guard others.count > 0 else { return }
      var next = 0
      keep { start, end in
        while next < others.count, others.pairs[2 * next] < start { next += 1 }
        return next == others.count || others.pairs[2 * next] != start || others.pairs[2 * next + 1] != end
      }
    }

    /// Those of at least `shortest` bytes, and the others.
    func parted(at shortest: Int, bits: Int) -> (long: RunList, short: RunList) {
      guard minimumHex * bits / 8 < shortest || 11 * bits / 8 < shortest else { return (self, RunList()) }
      var parts = (long: self, short: self)
      parts.long.keep { ($1 - $0) * bits / 8 >= shortest }
      parts.short.keep { ($1 - $0) * bits / 8 < shortest }
      return parts
    }

    private mutating func keep(_ isKept: (Int, Int) -> Bool) {
      var kept = 0
      for run in 0..<count where isKept(Int(pairs[2 * run]), Int(pairs[2 * run + 1])) {
        pairs[2 * kept] = pairs[2 * run]
        pairs[2 * kept + 1] = pairs[2 * run + 1]
        kept += 1
      }
      pairs.removeLast(pairs.count - 2 * kept)
      countCharacters()
    }

    private mutating func countCharacters() { characters = (0..<count).reduce(0) { $0 + length($1) } }

    private static func found(room: Int, _ body: (UnsafeMutablePointer<UInt32>) -> Int) -> [UInt32] {
      [UInt32](unsafeUninitializedCapacity: 2 * room + 2) { pairs, size in
        size = pairs.baseAddress.map { 2 * body($0) } ?? 0
      }
    }
  }
}
