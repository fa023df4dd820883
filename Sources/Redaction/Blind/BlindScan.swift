/// One search of a text, or of the part of a stream that is at hand, for the secrets of a blind set.
struct BlindScan: MaskedPrinting {
  /// A secret, and the bytes of the text that show it.
  struct Occurrence: Equatable {
    var range: Range<Int>
    var secret: Int
  }

  private let set: BlindSet
  /// Offsets of the text that occurrences may begin at.
  private let wanted: Range<Int>
  private(set) var occurrences: [Occurrence] = []
  /// Bytes that were compared or hashed beyond the pass of the filter (docs/spec/blind-patterns.md §6).
  private(set) var work = 0
  private let budget: Int
  private var scratch: [UInt8] = []

  /// Bytes behind a neighbour's first that still belong to it: the longest escape, and some.
  static let neighbourBytes = 16
  /// What each row costs that has the value of a window, in bytes.
  static let rowWork = 16
  /// What each hash costs beside the bytes that are hashed: its key and its end.
  static let hashWork = 256

  /// A search for occurrences that begin in `wanted`, which may compare and hash so many bytes.
  init(_ set: BlindSet, wanted: Range<Int>, budget: Int) {
    self.set = set
    self.wanted = wanted
    self.budget = budget
  }

  /// Searches the text, and the text with its escapes undone. Gives an offset at or before `kept` from which the next
  /// search of the same stream may begin: no escape and no line break is cut there.
  mutating func search(_ text: [UInt8], keeping kept: Int) throws(RedactionFault) -> Int {
    try text.withRawBytes { (text) throws(RedactionFault) in
      let unwrapped = ByteSurvey(text).hasBreak ? TextView.unwrapped(text) : nil
      if let unwrapped {
        try search(unwrapped, within: [0..<unwrapped.bytes.count])
      } else {
        try search(text, ViewMap(), within: [0..<text.count])
      }
      let unescaped = TextView.unescaped(text)?.view
      if let unescaped { try search(unescaped, within: aroundEscapes(of: unescaped)) }
      return restart((unescaped ?? unwrapped)?.map, kept)
    }
  }

  /// Everything found, by place; of those that begin together the longest first, then the first of the set.
  func inOrder() -> [Occurrence] {
    occurrences.sorted {
      ($0.range.lowerBound, -$0.range.upperBound, $0.secret) < ($1.range.lowerBound, -$1.range.upperBound, $1.secret)
    }
  }

  private mutating func search(_ view: TextView, within ranges: [Range<Int>]) throws(RedactionFault) {
    try view.bytes.withRawBytes { (bytes) throws(RedactionFault) in try search(bytes, view.map, within: ranges) }
  }

  private mutating func search(
    _ bytes: UnsafeRawBufferPointer, _ map: ViewMap, within ranges: [Range<Int>]
  ) throws(RedactionFault) {
    var hits: [BlindFilter.Hit] = []
    for range in ranges { set.filter.appendHits(in: bytes, range, to: &hits) }
    for hit in hits {
      for row in set.rows(hit.value, isLong: hit.isLong) { try judge(row, hit.position, bytes, map) }
    }
  }

  private mutating func judge(
    _ row: BlindSet.Row, _ window: Int, _ bytes: UnsafeRawBufferPointer, _ map: ViewMap
  ) throws(RedactionFault) {
    let secret = set.secrets[row.secret]
    let form = row.form
    let start = window - form.windowStart(rounded: secret.rounded)
    guard start >= 0 else { return }
    guard let first = map.source(of: start..<start + 1)?.lowerBound, first >= wanted.lowerBound,
      first < wanted.upperBound + BlindScan.neighbourBytes
    else { return }
    let most = min(form.count(ofSecret: secret.rounded), bytes.count - start)
    scratch.removeAll(keepingCapacity: true)
    while scratch.count < most {
      let byte = bytes[start + scratch.count]
      guard form.allows(byte, at: scratch.count, isOneWord: secret.isOneWord) else { break }
      scratch.append(form.hashed(byte))
    }
    try spend(scratch.count + BlindScan.rowWork)
    for count in max(secret.rounded - 3, BlindStrength.minimumBytes)...secret.rounded {
      let formCount = form.count(ofSecret: count)
      guard formCount <= scratch.count else { break }
      try spend(formCount + BlindScan.hashWork)
      let tag = scratch.withRawBytes { set.key.tag(form, UnsafeRawBufferPointer(rebasing: $0[..<formCount])) }
      guard tag == row.tag else { continue }
      note(start..<start + formCount, form, count, row.secret, bytes, map)
      return
    }
  }

  private mutating func spend(_ bytes: Int) throws(RedactionFault) {
    work += bytes
    guard work <= budget else { throw RedactionFault(reason: .tooMuchWork) }
  }

  private mutating func note(
    _ range: Range<Int>, _ form: BlindForm, _ count: Int, _ secret: Int, _ bytes: UnsafeRawBufferPointer,
    _ map: ViewMap
  ) {
    guard let exact = map.source(of: range),
      exact.count <= RedactionLimits.maximumSpan(ofForm: range.count)
    else { return }
    var low = range.lowerBound
    var high = range.upperBound
    if form.sharesFirst, low > 0, isDigit(bytes[low - 1], form), touches(low - 1, low, neighbour: low - 1, map) {
      low -= 1
    }
    if form.sharesLast(count: count), high < bytes.count, isDigit(bytes[high], form),
      touches(high - 1, high, neighbour: high, map)
    {
      high += 1
    }
    var padding = form.padding(count: count)
    while padding > 0, high < bytes.count, bytes[high] == 0x3D, touches(high - 1, high, neighbour: high, map) {
      high += 1
      padding -= 1
    }
    guard let whole = map.source(of: low..<high), wanted.contains(whole.lowerBound) else { return }
    occurrences.append(Occurrence(range: whole, secret: secret))
  }

  private func isDigit(_ byte: UInt8, _ form: BlindForm) -> Bool { form.allows(byte, at: 0, isOneWord: true) }

  /// Whether no byte of the text lies between two neighbours in the view, and the one in question is short there.
  private func touches(_ left: Int, _ right: Int, neighbour: Int, _ map: ViewMap) -> Bool {
    guard let before = map.source(of: left..<left + 1), let after = map.source(of: right..<right + 1),
      let source = map.source(of: neighbour..<neighbour + 1)
    else { return false }
    return before.upperBound == after.lowerBound && source.count <= BlindScan.neighbourBytes
  }

  /// The parts of the view in which a form can hold something of an escape. Elsewhere it reads as the text does.
  private func aroundEscapes(of view: TextView) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for segment in view.map.segments where segment.bits == 0 {
      let start = max(segment.view - set.longest, 0)
      let end = min(segment.view + set.longest + BlindScan.neighbourBytes, view.bytes.count)
      if let last = ranges.last, start <= last.upperBound {
        ranges[ranges.count - 1] = last.lowerBound..<end
      } else {
        ranges.append(start..<end)
      }
    }
    return ranges
  }

  private func restart(_ map: ViewMap?, _ kept: Int) -> Int {
    guard let map, !map.segments.isEmpty else { return map == nil ? kept : max(kept - RedactionLimits.maximumKept, 0) }
    var low = 0
    var high = map.segments.count
    while low < high {
      let middle = (low + high) / 2
      if map.segments[middle].source <= kept { low = middle + 1 } else { high = middle }
    }
    let cap = max(kept - RedactionLimits.maximumKept, 0)
    guard low > 0 else { return cap }
    let segment = map.segments[low - 1]
    let start = segment.bits == 0 ? segment.source : min(kept, segment.sourceEnd - 1)
    return max(start, cap)
  }
}
