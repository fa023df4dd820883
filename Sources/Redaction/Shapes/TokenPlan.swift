/// A form made ready for the search: what to look for, how far before it the form begins, and its parts.
struct TokenPlan: Sendable {
  /// A part whose text is bytes.
  enum Part: Sendable {
    case text([UInt8])
    case exactly(Int, TokenAlphabet)
    case run(ClosedRange<Int>, TokenAlphabet)
  }

  /// How the bytes behind the anchor are judged.
  enum Kind: Sendable {
    case parts
    case keyed(word: [UInt8])
    case privateKeyBlock
    case cardNumber
    case accountNumber
  }

  let kind: Kind
  let parts: [Part]
  /// From the form's (or the word's) first byte to the two bytes that the filter knows.
  let anchorOffset: Int
  /// Those two bytes, seven bits each; more than one where they are of an alphabet.
  let anchorPairs: [Int]
  /// What may not stand directly behind.
  let after: UInt32
  /// The most bytes of the form, the word and separators before it included.
  let longest: Int

  /// Parts must be such that each run ends by itself: a run of several lengths must be followed by a text that begins
  /// with a character outside its alphabet. Whatever does not fit is a bug of the catalogue.
  init(_ form: TokenForm) {
    let digits = TokenAlphabet.digits.members
    switch form {
    case .parts(let parts):
      let anchor = TokenPlan.anchor(of: parts)
      self.init(.parts, parts, anchorOffset: anchor.offset, anchorPairs: anchor.pairs)
    case .keyed(let word, let anchor, let parts):
      self.init(
        .keyed(word: Array(word.utf8)), parts, anchorOffset: anchor,
        anchorPairs: [TokenPlan.pair(Array(word.utf8.dropFirst(anchor)))],
        introduction: word.utf8.count + TokenPlan.maximumSeparators)
    case .privateKeyBlock:
      self.init(
        .privateKeyBlock, anchorPairs: [TokenPlan.pair([0x2D, 0x2D])], introduction: PrivateKeyBlock.maximumBytes)
    case .cardNumber:
      self.init(
        .cardNumber, anchorPairs: (0x32...0x36).flatMap { first in digits.map { TokenPlan.pair([first, $0]) } },
        introduction: CardNumber.maximumBytes)
    case .accountNumber:
      self.init(
        .accountNumber, anchorPairs: AccountNumber.lengths.keys.sorted().map { TokenPlan.pair(Array($0.utf8)) },
        introduction: AccountNumber.maximumBytes)
    }
  }

  private init(
    _ kind: Kind, _ parts: [TokenPart] = [], anchorOffset: Int = 0, anchorPairs: [Int], introduction: Int = 0
  ) {
    self.kind = kind
    self.parts = parts.map(TokenPlan.part)
    self.anchorOffset = anchorOffset
    self.anchorPairs = anchorPairs
    after = TokenPlan.after(parts)
    longest = introduction + parts.reduce(0) { $0 + $1.longest }
    precondition(longest + 1 <= TokenShapes.reach, "a form is longer than what a stream holds back")
    precondition(anchorOffset + 16 < TokenShapes.context, "an anchor is too far from the form's beginning")
    precondition(parts.count <= TokenPlan.maximumParts, "a form has too many parts")
  }

  /// Parts of one form.
  static let maximumParts = 12

  /// Bytes that may stand between a word and what it introduces.
  static let maximumSeparators = 16

  /// The first two of the bytes, seven bits each.
  static func pair(_ bytes: [UInt8]) -> Int {
    precondition(bytes.count >= 2 && bytes[0] < 0x80 && bytes[1] < 0x80, "an anchor is two ASCII bytes")
    return Int(bytes[0]) << 7 | Int(bytes[1])
  }

  private static func part(_ part: TokenPart) -> Part {
    switch part {
    case .text(let text): .text(Array(text.utf8))
    case .exactly(let count, let alphabet): .exactly(count, alphabet)
    case .run(let counts, let alphabet): .run(counts, alphabet)
    }
  }

  /// Behind a token stands no word character, and none of its last run's alphabet.
  private static func after(_ parts: [TokenPart]) -> UInt32 {
    switch parts.last {
    case .exactly(_, let alphabet), .run(_, let alphabet): TokenAlphabet.word.bit | alphabet.bit
    case .text, nil: TokenAlphabet.word.bit
    }
  }

  /// The first text of at least two bytes behind parts of fixed length; else the first two characters of all, when
  /// these are digits.
  private static func anchor(of parts: [TokenPart]) -> (offset: Int, pairs: [Int]) {
    var offset = 0
    for part in parts {
      switch part {
      case .text(let text) where text.utf8.count >= 2: return (offset, [pair(Array(text.utf8))])
      case .text(let text): offset += text.utf8.count
      case .exactly(let count, _): offset += count
      case .run(_, let alphabet):
        precondition(offset == 0 && alphabet == .digits, "a form has no anchor")
        return (0, alphabet.members.flatMap { first in alphabet.members.map { pair([first, $0]) } })
      }
    }
    preconditionFailure("a form has no anchor")
  }
}
