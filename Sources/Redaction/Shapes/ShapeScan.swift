/// One search of a text for the shapes of a catalogue.
///
/// One pass looks at each two bytes; where a form's anchor may be, the form is tried. The end of a run of characters is
/// remembered, so that the forms tried along one run do not walk it again each time.
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

  /// A search that has found nothing yet.
  init(_ catalogue: TokenShapes) {
    self.catalogue = catalogue
    runs = [Range<Int>](repeating: 0..<0, count: TokenPlan.maximumParts * ShapeScan.alphabetCount)
  }

  /// Searches a text. Once per value.
  mutating func search(_ bytes: Span<UInt8>) {
    guard bytes.count >= 2 else { return }
    let filter = catalogue.filter
    let beginsHere = catalogue.beginsHere
    let masks = TokenAlphabet.masks
    let word = TokenAlphabet.word.bit
    var pair = Int(bytes[0] & 0x7F)
    for index in 1..<bytes.count {
      pair = (pair << 7 | Int(bytes[index] & 0x7F)) & 0x3FFF
      let group = filter[pair]
      guard group != 0 else { continue }
      let start = index - 1
      // Most pairs lie inside a word, where nothing of these groups begins.
      if start > 0, beginsHere[Int(group)], masks[Int(bytes[start - 1])] & word != 0,
        !ShapeScan.mayEndEscape(before: start, bytes)
      {
        continue
      }
      judge(group: Int(group), at: start, bytes)
    }
  }

  /// Everything found by place, the longest first, then the first of the catalogue.
  func inOrder() -> [Found] {
    found.sorted {
      ($0.range.lowerBound, -$0.range.upperBound, $0.shape) < ($1.range.lowerBound, -$1.range.upperBound, $1.shape)
    }
  }

  private mutating func judge(group: Int, at anchor: Int, _ bytes: Span<UInt8>) {
    for entry in catalogue.groups[group] {
      let start = anchor - entry.plan.anchorOffset
      guard start >= 0 else { continue }
      let range: Range<Int>?
      switch entry.plan.kind {
      case .keyed(let word):
        range = keyed(word, entry.plan, start, bytes)
      case .parts:
        range = isBorder(before: start, bytes, entry.before) ? parts(of: entry.plan, at: start, bytes) : nil
      case .privateKeyBlock:
        range = PrivateKeyBlock.range(at: start, bytes, &work)
      case .cardNumber:
        range = isBorder(before: start, bytes, entry.before) ? CardNumber.range(at: start, bytes, &work) : nil
      case .accountNumber:
        range = isBorder(before: start, bytes, entry.before) ? AccountNumber.range(at: start, bytes, &work) : nil
      }
      guard let range else { continue }
      let check = catalogue.shapes[entry.shape].check
      if check != .none {
        work += range.count
        guard check.passes(bytes, range) else { continue }
      }
      found.append(Found(range: range, shape: entry.shape))
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
