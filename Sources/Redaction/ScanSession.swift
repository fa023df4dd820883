internal import Glibc

/// One text on its way through a matcher, block by block: what was decided has left, the rest is held back.
///
/// Occurrences that overlap become one place with one mask. An occurrence that begins before the point up to which the
/// text is decided lies wholly in the buffer, because the buffer ends `holdBack` bytes behind that point, and begins
/// some bytes before it; so what leaves does not depend on how the text was cut into chunks.
struct ScanSession: MaskedPrinting {
  private let matcher: SecretMatcher
  private let scope: TextScope
  private let writesText: Bool
  /// Whether a text of the scope `.wholeForms` that raises the alarm is withheld here, and not by whoever asks.
  private let withholdsAtAlarm: Bool
  /// Layers that were undone to have the text; not 0 inside a compressed run.
  private let depth: Int
  /// Text that has come and is not decided, and a little that is, before it.
  private var buffer: [UInt8] = []
  /// Offset of the buffer in the whole text.
  private var position = 0
  /// Offset in the whole text up to which everything is decided that begins before it.
  private var decided = 0
  /// Offset in the whole text up to which the last mask stands.
  private var maskedUntil = 0
  /// The long secret of which a piece ends at `maskedUntil`.
  private var pieceEndingMask: UInt32?
  /// Bytes that are undecided when the next look at a compressed run is due that has not come to its end.
  private var nextLook = 0
  /// Bytes that may come out of compressed runs yet.
  private(set) var budget: Int
  /// Inside a compressed run: the secrets found, each with the first of its patterns that was.
  private(set) var patterns: [UInt32: UInt32] = [:]

  /// The decided text with masks, when text is written; the owner takes it away.
  private(set) var output: [UInt8] = []
  /// The places, when no text is written.
  private(set) var matches: [SecretMatch] = []
  private(set) var counts: [SecretName: Int] = [:]
  private(set) var found: Set<SecretName> = []
  private(set) var matchCount = 0
  /// Why nothing more is said of this text.
  private(set) var fault: WithheldReason?

  /// A session at the beginning of a text. It either writes the text with masks or lists the places.
  init(matcher: SecretMatcher, scope: TextScope, writesText: Bool, withholdsAtAlarm: Bool = true) {
    self.matcher = matcher
    self.scope = scope
    self.writesText = writesText
    self.withholdsAtAlarm = withholdsAtAlarm
    depth = 0
    budget = matcher.limits.inflatedPerText
  }

  /// A session for the `count` bytes of a compressed run, that says only which patterns are in it.
  init(inside matcher: SecretMatcher, depth: Int, budget: Int, count: Int) {
    self.matcher = matcher
    self.depth = depth
    self.budget = budget
    scope = .all
    writesText = false
    withholdsAtAlarm = true
    // What is larger than this is wiped at its end only as far as the buffer was not copied on the way.
    buffer.reserveCapacity(min(count, 2 * RedactionLimits.blockBytes + matcher.holdBack))
  }

  /// Set when more was found than chance explains.
  var alarm: RedactionAlarm? {
    RedactionAlarm(distinctSecrets: found.count - (found.contains(.withheld) ? 1 : 0), matches: matchCount)
  }

  /// Everything about a text that was scanned to its end.
  var result: RedactionResult {
    RedactionResult(
      bytes: fault.map { Array(Mask.withheld($0).utf8) } ?? output, counts: counts, found: found, alarm: alarm,
      disposition: fault.map { .withheld($0) } ?? .redacted)
  }

  /// Takes a whole text from beginning to end.
  mutating func scanAll(_ bytes: [UInt8]) {
    guard bytes.count <= matcher.limits.maximumTextBytes else { return fail(.tooLarge) }
    if matcher.secrets.isEmpty {
      // Nothing is looked for, so nothing is taken apart either.
      if writesText { output = bytes }
      return
    }
    if writesText { output.reserveCapacity(bytes.count) }
    var start = 0
    while bytes.count - start > RedactionLimits.blockBytes {
      let end = start + RedactionLimits.blockBytes
      take(bytes[start..<end])
      start = end
    }
    budget += matcher.limits.inflatedPerByte * (bytes.count - start)
    buffer += bytes[start...]
    process(isLast: true)
  }

  /// Takes the next chunk, of any size.
  mutating func take(_ chunk: ArraySlice<UInt8>) {
    chunk.withUnsafeBytes { take($0) }
  }

  /// As the other `take`.
  mutating func take(_ chunk: UnsafeRawBufferPointer) {
    var rest = chunk[...]
    while !rest.isEmpty, fault == nil {
      let next = rest.prefix(RedactionLimits.blockBytes)
      if depth == 0 { budget += matcher.limits.inflatedPerByte * next.count }
      buffer += next
      rest = rest.dropFirst(RedactionLimits.blockBytes)
      // A few bytes more than needed are held back, so that text that comes byte by byte is not scanned at each.
      let undecided = position + buffer.count - decided
      if undecided >= max(matcher.holdBack + ScanSession.patience(of: matcher), nextLook) { process(isLast: false) }
    }
  }

  /// Decides all that is held back: no more text comes.
  mutating func takeEnd() {
    if fault == nil { process(isLast: true) }
  }

  /// Refuses to say anything more of this text.
  mutating func fail(_ reason: WithheldReason) {
    guard fault == nil else { return }
    fault = reason
    buffer = []
    matches = []
  }

  /// Overwrites what is left of the text.
  mutating func wipe() {
    buffer.withUnsafeMutableBytes { bytes in
      if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
    }
    buffer = []
  }

  /// Hands over what has been written so far.
  mutating func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  /// Bytes that may wait beside those that must.
  static func patience(of matcher: SecretMatcher) -> Int { matcher.count == 0 ? 0 : 256 }

  private mutating func process(isLast: Bool) {
    // After a fault the buffer is gone, and what was decided of it with it.
    guard fault == nil else { return }
    do throws(RedactionFault) {
      try decide(isLast: isLast)
      if withholdsAtAlarm, scope == .wholeForms, alarm != nil { fail(.tooManySecrets) }
    } catch {
      fail(error.reason)
    }
  }

  /// What `decide` needs of a scan.
  private struct Scan {
    var occurrences: [Occurrence]
    var keptFrom: Int
    var cost: Int
    var isPending: Bool
  }

  private mutating func decide(isLast: Bool) throws(RedactionFault) {
    let matcher = matcher
    let scope = scope
    let depth = depth
    // Taken out, so that it is not copied when its beginning is removed.
    var held = buffer
    buffer = []
    let start = decided - position
    var end = isLast ? held.count : max(held.count - matcher.holdBack, start)
    let search = CompressedSearch(window: start..<end, isLast: isLast, budget: budget)
    let scan = try held.withRawBytes { (text) throws(RedactionFault) -> Scan in
      let scan = try ChunkScan(text, with: matcher, scope: scope, depth: depth, compressed: search)
      // What begins behind a run that goes on is decided with it.
      end = min(end, scan.compressed.pendingFrom ?? end)
      return Scan(
        occurrences: scan.occurrences, keptFrom: scan.boundary(atOrBefore: max(end - RedactionLimits.context, 0)),
        cost: scan.compressed.cost, isPending: scan.compressed.pendingFrom != nil)
    }
    budget -= scan.cost
    write(scan.occurrences, of: held, from: start, to: end)
    decided = position + end
    // Each look at a run begins at its first byte, so the looks become rarer as the run becomes longer.
    let undecided = held.count - end
    let most = matcher.limits.maximumRunBytes + 1
    nextLook = scan.isPending ? min(2 * undecided, max(most, undecided + 1)) : 0
    var keptFrom = scan.keptFrom
    // An escape of an escape may stretch over any amount of line breaks. Rather than keep all that, cut it.
    if end - keptFrom > RedactionLimits.maximumKept { keptFrom = end - RedactionLimits.context }
    held.removeFirst(keptFrom)
    buffer = held
    position += keptFrom
  }

  /// Writes `text[start..<end]`, or lists its places; `occurrences` are those of the whole text, in order.
  private mutating func write(_ occurrences: [Occurrence], of text: [UInt8], from start: Int, to end: Int) {
    if depth > 0 {
      for occurrence in occurrences where (start..<end).contains(occurrence.range.lowerBound) {
        patterns[occurrence.secret] = min(patterns[occurrence.secret] ?? .max, occurrence.pattern)
      }
      return
    }
    var cursor = max(maskedUntil - position, start)
    for occurrence in occurrences where (start..<end).contains(occurrence.range.lowerBound) {
      let range = position + occurrence.range.lowerBound..<position + occurrence.range.upperBound
      let isPiece =
        occurrence.secret != Occurrence.withheld && !occurrence.isRun
        && matcher.table.rows[Int(occurrence.pattern)].traits.contains(.piece)
      let continuesPiece = range.lowerBound == maskedUntil && isPiece && pieceEndingMask == occurrence.secret
      if range.lowerBound < maskedUntil || continuesPiece {
        widen(to: range, occurrence)
      } else {
        if writesText, cursor < occurrence.range.lowerBound { output += text[cursor..<occurrence.range.lowerBound] }
        open(range, occurrence)
      }
      if range.upperBound == maskedUntil { pieceEndingMask = isPiece ? occurrence.secret : nil }
      cursor = max(maskedUntil - position, start)
    }
    if writesText, cursor < end { output += text[cursor..<end] }
  }

  private mutating func open(_ range: Range<Int>, _ occurrence: Occurrence) {
    let name = name(of: occurrence)
    maskedUntil = range.upperBound
    matchCount += 1
    counts[name, default: 0] += 1
    found.insert(name)
    if writesText {
      output +=
        occurrence.secret == Occurrence.withheld
        ? Array(Mask.withheld(.compressedTooMuch).utf8) : matcher.masks[Int(occurrence.secret)]
    } else {
      let kind =
        occurrence.secret == Occurrence.withheld ? .raw : matcher.table.rows[Int(occurrence.pattern)].kind
      matches.append(SecretMatch(range: range, name: name, kind: kind))
    }
  }

  private mutating func widen(to range: Range<Int>, _ occurrence: Occurrence) {
    let name = name(of: occurrence)
    maskedUntil = max(maskedUntil, range.upperBound)
    found.insert(name)
    guard !writesText, let last = matches.indices.last else { return }
    matches[last].range = matches[last].range.lowerBound..<maskedUntil
    if matches[last].name != name, !matches[last].alsoCovers.contains(name) { matches[last].alsoCovers.append(name) }
  }

  private func name(of occurrence: Occurrence) -> SecretName {
    occurrence.secret == Occurrence.withheld ? .withheld : matcher.secrets[Int(occurrence.secret)].name
  }
}
