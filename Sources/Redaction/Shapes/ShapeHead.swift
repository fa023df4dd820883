/// What a form must show in the eight bytes from its anchor on: looked at before the form itself is.
struct ShapeHead: Sendable {
  private enum Kind: Sendable {
    case text
    case digits
    case cardNumber
    case accountNumber
  }

  private let kind: Kind
  /// Which of the eight bytes count, and what they are; the first byte is the lowest.
  private let mask: UInt64
  private let value: UInt64

  /// The head of a form that is ready for the search.
  init(_ plan: TokenPlan) {
    switch plan.kind {
    case .keyed(let word): self.init(text: Array(word[plan.anchorOffset...]))
    case .privateKeyBlock: self.init(text: PrivateKeyBlock.begin)
    case .cardNumber: self.init(.cardNumber, mask: .max, value: 0)
    case .accountNumber: self.init(.accountNumber, mask: .max, value: 0)
    case .parts:
      var offset = 0
      for part in plan.parts {
        switch part {
        case .text(let text) where offset == plan.anchorOffset:
          self.init(text: text)
          return
        case .text(let text): offset += text.count
        case .exactly(let count, _): offset += count
        case .run(let counts, _):
          // Only a form whose first part is a run of digits has its anchor in a run (`TokenPlan.anchor`).
          self.init(.digits, mask: ShapeHead.bytes(counts.lowerBound), value: 0)
          return
        }
      }
      self.init(text: [])
    }
  }

  private init(text: [UInt8]) {
    let value = text.prefix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    self.init(.text, mask: ShapeHead.bytes(text.count), value: value)
  }

  private init(_ kind: Kind, mask: UInt64, value: UInt64) {
    self.kind = kind
    self.mask = mask
    self.value = value
  }

  /// Whether the eight bytes, the first the lowest, may begin the form. Behind the text's end they are zero.
  @inline(__always)
  func fits(_ word: UInt64) -> Bool {
    switch kind {
    case .text: word & mask == value
    case .digits: ShapeHead.areDigits(word, mask)
    case .cardNumber: ShapeHead.beginsCard(word)
    case .accountNumber: ShapeHead.areDigits(word >> 16, ShapeHead.bytes(2))
    }
  }

  /// The eight bytes at `offset` of the text, zeros behind its end.
  @inline(__always)
  static func word(at offset: Int, _ text: UnsafeRawBufferPointer) -> UInt64 {
    if offset &+ 8 <= text.count {
      return UInt64(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    return (offset..<text.count).reversed().reduce(0) { $0 << 8 | UInt64(text[$1]) }
  }

  /// Four digits; then four more, or a separator and three.
  private static func beginsCard(_ word: UInt64) -> Bool {
    guard areDigits(word, bytes(4)) else { return false }
    let separator = word >> 32 & 0xFF
    return separator == 0x20 || separator == 0x2D ? areDigits(word >> 40, bytes(3)) : areDigits(word, .max)
  }

  private static func areDigits(_ word: UInt64, _ mask: UInt64) -> Bool {
    // A digit has 3 in its upper half, and still has it with 6 added. No addition carries once the first test is passed.
    let upper = 0xF0F0_F0F0_F0F0_F0F0 & mask
    let threes = 0x3030_3030_3030_3030 & mask
    return word & upper == threes && ((word & mask) &+ (0x0606_0606_0606_0606 & mask)) & upper == threes
  }

  /// A mask of the first `count` bytes.
  private static func bytes(_ count: Int) -> UInt64 { count >= 8 ? .max : 1 << UInt64(8 * count) - 1 }
}
