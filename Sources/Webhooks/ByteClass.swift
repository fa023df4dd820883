/// A set of byte values: what one position of a pattern accepts.
struct ByteClass: Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  static let none = ByteClass()
  static let digits = ByteClass(UInt8(ascii: "0")...UInt8(ascii: "9"))
  static let everyByte = ByteClass(0...255)

  init() {}

  init(_ byte: UInt8) { insert(byte) }

  init(_ range: ClosedRange<UInt8>) {
    for byte in range { insert(byte) }
  }

  mutating func insert(_ byte: UInt8) {
    let bit: UInt64 = 1 << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }

  var isEmpty: Bool { words.0 | words.1 | words.2 | words.3 == 0 }

  func union(_ other: ByteClass) -> ByteClass { combined(other) { $0 | $1 } }

  func intersects(_ other: ByteClass) -> Bool { !combined(other) { $0 & $1 }.isEmpty }

  /// Every byte that this set does not hold.
  var inverted: ByteClass { combined(.none) { word, _ in ~word } }

  private func combined(_ other: ByteClass, _ operation: (UInt64, UInt64) -> UInt64) -> ByteClass {
    var result = ByteClass()
    result.words = (
      operation(words.0, other.words.0), operation(words.1, other.words.1),
      operation(words.2, other.words.2), operation(words.3, other.words.3)
    )
    return result
  }
}
