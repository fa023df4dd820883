/// One search of a text for the shapes of a catalogue.
///
/// One pass looks at each two bytes (`ShapeFilter`); where a form's anchor may be, its next bytes are looked at
/// (`ShapeHead`), and what fits is tried. The end of a run of characters is remembered, so that the forms tried along one
/// run do not walk it again each time.
struct ShapeScan {
  /// A place and the index of its shape.
  struct Found {
    var range: Range<Int>
    var shape: Int
  }

  private let catalogue: TokenShapes
  /// Everything found, overlaps included, roughly in order.
  private(set) var found: [Found] = []
  /// Bytes looked at beyond the one pass, for the tests that bound it.
  private(set) var work = 0
  /// For each part's place in a form and each alphabet, the last run that was walked.
  private var runs: [Range<Int>]

  private static let alphabetCount = TokenAlphabet.allCases.count
  /// The text is filtered in blocks of this size, so that what passes stays in the processor's nearest caches.
  private static let blockBytes = 16 << 10

  /// A search that has found nothing yet.
  init(_ catalogue: TokenShapes) {
    self.catalogue = catalogue
    runs = [Range<Int>](repeating: 0..<0, count: TokenPlan.maximumParts * ShapeScan.alphabetCount)
  }

  /// Searches a text. Once per value.
  mutating func search(_ bytes: Span<UInt8>) {
    var anchors: [Int] = []
    for start in stride(from: 0, to: bytes.count, by: ShapeScan.blockBytes) {
      anchors.removeAll(keepingCapacity: true)
      let candidates = bytes.withUnsafeBytes { text in
        catalogue.filter.appendAnchors(
          in: text, start..<min(start + ShapeScan.blockBytes, text.count), to: &anchors)
        return fitting(anchors, text)
      }
      for candidate in candidates { judge(catalogue.entries[candidate.entry], at: candidate.anchor, bytes) }
    }
  }

  /// The forms whose heads stand at the anchors.
  private func fitting(_ anchors: [Int], _ text: UnsafeRawBufferPointer) -> [(anchor: Int, entry: Int)] {
    var candidates: [(anchor: Int, entry: Int)] = []
    catalogue.starts.withUnsafeBufferPointer { starts in
      catalogue.heads.withUnsafeBufferPointer { heads in
        for anchor in anchors {
          let word = ShapeHead.word(at: anchor, text)
          let pair = Int(word & 0x7F) << 7 | Int(word >> 8 & 0x7F)
          for entry in Int(starts[pair])..<Int(starts[pair + 1]) where heads[entry].fits(word) {
            candidates.append((anchor, entry))
          }
        }
      }
    }
    return candidates
  }

  /// Everything found by place, the longest first, then the first of the catalogue.
  func inOrder() -> [Found] {
    found.sorted {
      ($0.range.lowerBound, -$0.range.upperBound, $0.shape) < ($1.range.lowerBound, -$1.range.upperBound, $1.shape)
    }
  }

  private mutating func judge(_ entry: TokenShapes.Entry, at anchor: Int, _ bytes: Span<UInt8>) {
    let start = anchor - entry.plan.anchorOffset
    guard start >= 0, let range = range(of: entry, at: start, bytes) else { return }
    let check = catalogue.shapes[entry.shape].check
    if check != .none {
      work += range.count
      guard check.passes(bytes, range) else { return }
    }
    found.append(Found(range: range, shape: entry.shape))
  }

  private mutating func range(of entry: TokenShapes.Entry, at start: Int, _ bytes: Span<UInt8>) -> Range<Int>? {
    switch entry.plan.kind {
    case .keyed(let word): return keyed(word, entry.plan, start, bytes)
    case .privateKeyBlock: return PrivateKeyBlock.range(at: start, bytes, &work)
    case .parts, .cardNumber, .accountNumber: break
    }
    guard isBorder(before: start, bytes, entry.before) else { return nil }
    switch entry.plan.kind {
    case .cardNumber: return CardNumber.range(at: start, bytes, &work)
    case .accountNumber: return AccountNumber.range(at: start, bytes, &work)
    case .parts, .keyed, .privateKeyBlock: return parts(of: entry.plan, at: start, bytes)
    }
  }

  private mutating func keyed(_ word: [UInt8], _ plan: TokenPlan, _ start: Int, _ bytes: Span<UInt8>) -> Range<Int>? {
    guard ShapeScan.hasText(word, at: start, bytes) else { return nil }
    var value = start + word.count
    let limit = min(value + TokenPlan.maximumSeparators, bytes.count)
    while value < limit, ShapeScan.isSeparator(bytes[value]) { value += 1 }
    work += value - start
    guard value > start + word.count else { return nil }
    return parts(of: plan, at: value, bytes)
  }

  /// The range of all parts from `start` on, when they match and a border follows.
  private mutating func parts(of plan: TokenPlan, at start: Int, _ bytes: Span<UInt8>) -> Range<Int>? {
    var position = start
    for (place, part) in plan.parts.enumerated() {
      switch part {
      case .text(let text):
        guard ShapeScan.hasText(text, at: position, bytes) else { return nil }
        position += text.count
      case .exactly(let count, let alphabet):
        guard end(ofRunAt: position, alphabet, place, bytes) - position >= count else { return nil }
        position += count
      case .run(let counts, let alphabet):
        let end = end(ofRunAt: position, alphabet, place, bytes)
        guard counts.contains(end - position) else { return nil }
        position = end
      }
    }
    if position < bytes.count, TokenAlphabet.masks[Int(bytes[position])] & plan.after != 0 { return nil }
    return start..<position
  }

  /// Where the characters of the alphabet end that begin at `start`.
  private mutating func end(
    ofRunAt start: Int, _ alphabet: TokenAlphabet, _ place: Int, _ bytes: Span<UInt8>
  ) -> Int {
    let slot = place * ShapeScan.alphabetCount + Int(alphabet.rawValue)
    let known = runs[slot]
    if known.lowerBound <= start, start <= known.upperBound, known.upperBound > 0 { return known.upperBound }
    let masks = TokenAlphabet.masks
    let bit = alphabet.bit
    var index = start
    while index < bytes.count, masks[Int(bytes[index])] & bit != 0 {
      index += 1
      if index == known.lowerBound, index < known.upperBound { index = known.upperBound }
    }
    work += index - start
    runs[slot] = start..<index
    return index
  }

  static func hasText(_ text: [UInt8], at start: Int, _ bytes: Span<UInt8>) -> Bool {
    guard start + text.count <= bytes.count else { return false }
    for offset in text.indices where bytes[start + offset] != text[offset] { return false }
    return true
  }

  /// Space, tab, quotes, `:`, `=`, `>`, `,`, `|`, `(` and `\`.
  private static func isSeparator(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x22, 0x27, 0x3A, 0x3D, 0x3E, 0x2C, 0x7C, 0x28, 0x5C: true
    default: false
    }
  }
}
