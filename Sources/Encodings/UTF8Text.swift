/// Questions about bytes that should be UTF-8.
@usableFromInline
package enum UTF8Text {
  /// Whether `bytes` are well-formed UTF-8 (Unicode 15, table 3-7: no overlong form, no surrogate).
  @inlinable
  package static func isValid(_ bytes: some Sequence<UInt8>) -> Bool {
    firstInvalidOffset(bytes) == nil
  }

  /// Where the first ill-formed sequence begins; nil when there is none.
  @inlinable
  package static func firstInvalidOffset(_ bytes: some Sequence<UInt8>) -> Int? {
    bytes.withContiguousBytes { firstInvalidOffset(in: $0) }
  }

  @usableFromInline
  static func firstInvalidOffset(in span: Span<UInt8>) -> Int? {
    var position = 0
    while position < span.count {
      if span[position] < 0x80 {
        position += 1
      } else if let count = sequenceCount(span, at: position, limit: span.count) {
        position += count
      } else {
        return position
      }
    }
    return nil
  }

  /// The number of bytes of the well-formed sequence that begins at `position` and ends before `limit`, else nil.
  static func sequenceCount(_ bytes: Span<UInt8>, at position: Int, limit: Int) -> Int? {
    let lead = bytes[position]
    let count: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0x00..<0x80: return 1
    case 0xC2...0xDF: count = 2
    case 0xE0: (count, second) = (3, 0xA0...0xBF)
    case 0xED: (count, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: count = 3
    case 0xF0: (count, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: count = 4
    case 0xF4: (count, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard limit - position >= count, second.contains(bytes[position + 1]) else { return nil }
    for offset in 2..<max(2, count) where bytes[position + offset] & 0xC0 != 0x80 { return nil }
    return count
  }
}
