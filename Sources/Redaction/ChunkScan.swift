/// A place of a text where a pattern was found.
struct Occurrence {
  /// The secret of a compressed run that was not searched: it may hold any.
  static let withheld = UInt32.max

  /// In the text given to the scan.
  var range: Range<Int>
  var secret: UInt32
  var pattern: UInt32
  /// All of a compressed run in which the pattern is.
  var isRun = false
}

/// Searches one stretch of text for all patterns of a matcher, through all views of it.
///
/// Where a stretch of a longer text begins makes no difference to what is found from `RedactionLimits.context` bytes
/// behind its beginning on, as long as it begins at a `boundary`.
struct ChunkScan: MaskedPrinting {
  let matcher: SecretMatcher
  let scope: TextScope
  let text: UnsafeRawBufferPointer
  /// The text was decompressed.
  private let isInsideRun: Bool
  var occurrences: [Occurrence] = []
  /// The compressed runs of the text.
  var compressed: CompressedSearch
  private var candidates: [WindowIndex.Candidate] = []
  private var workLeft: Int
  /// Maps of the views of escapes, by depth, which say where the text can be cut.
  private var escapeMaps: [[ViewMap]] = []

  /// Scans `text`, which must not outlive the call that lends it. `depth` layers were undone to have it.
  init(
    _ text: UnsafeRawBufferPointer, with matcher: SecretMatcher, scope: TextScope, depth: Int,
    compressed: CompressedSearch
  ) throws(RedactionFault) {
    self.matcher = matcher
    self.scope = scope
    self.text = text
    isInsideRun = depth > 0
    self.compressed = compressed
    workLeft = matcher.limits.candidatesPerCall + matcher.limits.candidatesPerByte * text.count
    guard !matcher.indexes.isEmpty, !text.isEmpty else { return }
    try descend(text, maps: [], depth: depth, isDecoded: false, belowCount: text.count)
    occurrences.sort { left, right in
      (left.range.lowerBound, -left.range.upperBound, left.secret, left.pattern)
        < (right.range.lowerBound, -right.range.upperBound, right.secret, right.pattern)
    }
  }

  /// The last offset, not behind `offset`, at which no escape is cut in two.
  func boundary(atOrBefore offset: Int) -> Int {
    var boundary = offset
    var moved = true
    while moved {
      moved = false
      for maps in escapeMaps {
        guard let escape = ChunkScan.lastEscape(before: boundary, maps), escape.upperBound > boundary else { continue }
        boundary = escape.lowerBound
        moved = true
      }
    }
    return boundary
  }

  /// What a search must know of the view it is in.
  private struct View {
    var hasZeroByte: Bool
    var isDecoded: Bool
    /// Where it differs from the view below, which was searched; nil where that is everywhere.
    var changes: [Range<Int>]?
  }

  /// Searches a text (all of it, or what its runs stand for) and everything that can be made of it. `belowCount` is the
  /// size of the view below.
  private mutating func descend(
    _ bytes: UnsafeRawBufferPointer, maps: [ViewMap], depth: Int, isDecoded: Bool, belowCount: Int
  ) throws(RedactionFault) {
    let survey = ByteSurvey(bytes)
    let place = View(hasZeroByte: survey.hasZeroByte, isDecoded: isDecoded, changes: nil)
    if survey.hasBreak {
      let joined = TextView.unwrapped(bytes)
      let maps = maps + [joined.map]
      try joined.bytes.withRawBytes { (bytes) throws(RedactionFault) in
        try search(bytes, place, maps: maps)
        try descendIntoRuns(bytes, changes: nil, maps: maps, depth: depth)
      }
    } else {
      try search(bytes, place, maps: maps)
      try descendIntoRuns(bytes, changes: nil, maps: maps, depth: depth)
    }
    if survey.hasBinary || isDecoded {
      try descendIntoCompressed(bytes, maps: maps, depth: depth, belowCount: belowCount)
    }
    if survey.hasMark { try descendIntoEscapes(bytes, maps: maps, depth: depth, isDecoded: isDecoded) }
  }

  /// Undoes the escapes in a view and searches what they stand for: only where something has changed, since all else
  /// was searched, and decoded, in the view below.
  private mutating func descendIntoEscapes(
    _ bytes: UnsafeRawBufferPointer, maps: [ViewMap], depth: Int, isDecoded: Bool
  ) throws(RedactionFault) {
    // Escapes are undone before line breaks are taken out: a backslash at the end of a line escapes the break.
    guard depth < RedactionLimits.maximumDepth, let (view, changes) = TextView.unescaped(bytes) else { return }
    let maps = maps + [view.map]
    if !isDecoded { escapeMaps.append(maps) }
    try view.bytes.withRawBytes { (bytes) throws(RedactionFault) in
      let survey = ByteSurvey(bytes)
      try search(bytes, View(hasZeroByte: survey.hasZeroByte, isDecoded: isDecoded, changes: changes), maps: maps)
      try descendIntoRuns(bytes, changes: changes, maps: maps, depth: depth + 1)
      if survey.hasMark { try descendIntoEscapes(bytes, maps: maps, depth: depth + 1, isDecoded: isDecoded) }
    }
  }

  /// Decodes the runs of base64 and hexadecimal in a view, or those that `changes` touch, and searches what they stand
  /// for.
  private mutating func descendIntoRuns(
    _ bytes: UnsafeRawBufferPointer, changes: [Range<Int>]?, maps: [ViewMap], depth: Int
  ) throws(RedactionFault) {
    guard scope != .wholeForms, depth < RedactionLimits.maximumDepth else { return }
    for (view, isShort) in DecodedRuns.views(of: bytes, touching: changes, shortest: matcher.shortestDecoded) {
      let maps = maps + [view.map]
      try view.bytes.withRawBytes { (view) throws(RedactionFault) in
        if isShort {
          // No pattern fits, and what is undone only becomes shorter, unless it was compressed.
          try descendIntoCompressed(view, maps: maps, depth: depth + 1, belowCount: bytes.count)
        } else {
          try descend(view, maps: maps, depth: depth + 1, isDecoded: true, belowCount: bytes.count)
        }
      }
    }
  }

  /// Searches one view; `maps` lead from the text to it.
  private mutating func search(
    _ bytes: UnsafeRawBufferPointer, _ view: View, maps: [ViewMap]
  ) throws(RedactionFault) {
    for gated in matcher.indexes
    where view.hasZeroByte || !gated.needsZeroByte {
      let index = gated.index
      candidates.removeAll(keepingCapacity: true)
      if let changes = view.changes {
        for stretch in ChunkScan.stretches(around: changes, reach: gated.reach, count: bytes.count) {
          index.appendCandidates(in: bytes, stretch, to: &candidates)
        }
      } else {
        index.appendCandidates(in: bytes, 0..<bytes.count, to: &candidates)
      }
      guard !candidates.isEmpty else { continue }
      let found = try matcher.table.withBytes { (patterns) throws(RedactionFault) in
        try compare(candidates, of: index, bytes, patterns)
      }
      for (pattern, range) in found {
        try record(pattern, range, bytes, maps: maps, isDecoded: view.isDecoded)
      }
    }
  }

  /// What lies within `reach` of the changes, each byte once.
  private static func stretches(around changes: [Range<Int>], reach: Int, count: Int) -> [Range<Int>] {
    var stretches: [Range<Int>] = []
    for change in changes {
      let stretch = max(change.lowerBound - reach, 0)..<min(change.upperBound + reach, count)
      if let last = stretches.last, last.upperBound >= stretch.lowerBound {
        stretches[stretches.count - 1] = last.lowerBound..<max(stretch.upperBound, last.upperBound)
      } else {
        stretches.append(stretch)
      }
    }
    return stretches
  }

  private mutating func compare(
    _ candidates: [WindowIndex.Candidate], of index: WindowIndex, _ view: UnsafeRawBufferPointer,
    _ patterns: UnsafeRawBufferPointer
  ) throws(RedactionFault) -> [(UInt32, Range<Int>)] {
    var found: [(UInt32, Range<Int>)] = []
    for candidate in candidates {
      try index.forEachEntry(of: candidate) { (entry) throws(RedactionFault) in
        workLeft -= 1
        guard workLeft >= 0 else { throw RedactionFault(reason: .tooMuchWork) }
        let row = matcher.table.rows[Int(entry.pattern)]
        guard scope == .all || row.kind != .fragment else { return }
        let start = candidate.position - Int(entry.offset)
        guard start >= 0, start + row.count <= view.count else { return }
        let pattern = UnsafeRawBufferPointer(rebasing: patterns[row.start..<row.start + row.count])
        let part = UnsafeRawBufferPointer(rebasing: view[start..<start + row.count])
        if part.equals(pattern, ignoringCase: row.traits.contains(.ignoresCase)) {
          found.append((entry.pattern, start..<start + row.count))
        }
      }
    }
    return found
  }

  /// Takes down a pattern found at `range` of a view, unless a rule forbids it.
  private mutating func record(
    _ pattern: UInt32, _ range: Range<Int>, _ view: UnsafeRawBufferPointer, maps: [ViewMap], isDecoded: Bool
  ) throws(RedactionFault) {
    let row = matcher.table.rows[Int(pattern)]
    let secret = matcher.secrets[Int(row.secret)]
    if (isDecoded || isInsideRun) && (secret.scope == .wholeForms || row.traits.contains(.borderOnly)) { return }
    guard let exact = ChunkScan.source(of: range, maps) else { return }
    guard exact.lowerBound >= 0, exact.upperBound <= text.count else { throw RedactionFault(reason: .internalFault) }
    guard exact.count <= RedactionLimits.maximumSpan(ofForm: row.count) else { return }
    if row.traits.contains(.borderOnly), touchesWord(range, view, maps) { return }
    let whole = withShared(range, row, view, maps)
    guard let source = ChunkScan.source(of: whole, maps) else { return }
    occurrences.append(Occurrence(range: source, secret: row.secret, pattern: pattern))
  }

  /// The part of the text from which `range` of the innermost view was made, or of the view of the first `count` maps.
  static func source(of range: Range<Int>, _ maps: [ViewMap], count: Int? = nil) -> Range<Int>? {
    var range = range
    for index in stride(from: (count ?? maps.count) - 1, through: 0, by: -1) {
      guard let below = maps[index].source(of: range) else { return nil }
      range = below
    }
    return range
  }

  /// The last escape of the innermost view that begins before `offset` of the text; nil when something else does.
  private static func lastEscape(before offset: Int, _ maps: [ViewMap]) -> Range<Int>? {
    guard let segments = maps.last?.segments else { return nil }
    let place = { (index: Int) -> Range<Int> in
      source(of: segments[index].source..<segments[index].sourceEnd, maps, count: maps.count - 1) ?? 0..<0
    }
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if place(middle).lowerBound < offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0, segments[low - 1].bits == 0 else { return nil }
    return place(low - 1)
  }
}
