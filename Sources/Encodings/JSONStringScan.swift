/// The one reader of what stands between the quotes of a JSON string (RFC 8259 §7).
enum JSONStringScan {
  /// One step of a string: bytes of text and the bytes that they stand for.
  enum Unit {
    case plain(count: Int)
    case escape(count: Int, scalar: UInt32)
  }

  /// Checks from `start` up to an unescaped quote or `limit`, whichever comes first, and says where that is.
  static func check(
    _ bytes: Span<UInt8>, from start: Int, limit: Int
  ) throws(JSONFault) -> (end: Int, hasEscapes: Bool) {
    var position = start
    var hasEscapes = false
    while true {
      position = skipPlain(bytes, from: position, limit: limit)
      guard position < limit, bytes[position] != 0x22 else { return (position, hasEscapes) }
      switch try unit(bytes, at: position, limit: limit) {
      case .plain(let count): position += count
      case .escape(let count, _):
        position += count
        hasEscapes = true
      }
    }
  }

  /// The unit at `position`, which is below `limit` and no quote.
  static func unit(_ bytes: Span<UInt8>, at position: Int, limit: Int) throws(JSONFault) -> Unit {
    let byte = bytes[position]
    if byte < 0x20 { throw .controlCharacter(at: position) }
    if byte < 0x80 && byte != 0x5C { return .plain(count: 1) }
    if byte >= 0x80 {
      guard let count = UTF8Text.sequenceCount(bytes, at: position, limit: limit) else {
        throw .notUTF8(at: position)
      }
      return .plain(count: count)
    }
    guard position + 1 < limit else { throw .unexpectedEnd }
    switch bytes[position + 1] {
    case 0x22: return .escape(count: 2, scalar: 0x22)
    case 0x5C: return .escape(count: 2, scalar: 0x5C)
    case 0x2F: return .escape(count: 2, scalar: 0x2F)
    case 0x62: return .escape(count: 2, scalar: 0x08)
    case 0x66: return .escape(count: 2, scalar: 0x0C)
    case 0x6E: return .escape(count: 2, scalar: 0x0A)
    case 0x72: return .escape(count: 2, scalar: 0x0D)
    case 0x74: return .escape(count: 2, scalar: 0x09)
    case 0x75: return try unicodeEscape(bytes, at: position, limit: limit)
    default: throw .badEscape(at: position)
    }
  }

  private static func unicodeEscape(
    _ bytes: Span<UInt8>, at position: Int, limit: Int
  ) throws(JSONFault) -> Unit {
    let first = try codeUnit(bytes, at: position, limit: limit)
    switch first {
    case 0xD800..<0xDC00:
      guard position + 7 < limit, bytes[position + 6] == 0x5C, bytes[position + 7] == 0x75 else {
        throw .loneSurrogate(at: position)
      }
      let second = try codeUnit(bytes, at: position + 6, limit: limit)
      guard (0xDC00..<0xE000).contains(second) else { throw .loneSurrogate(at: position) }
      return .escape(count: 12, scalar: 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    case 0xDC00..<0xE000: throw .loneSurrogate(at: position)
    default: return .escape(count: 6, scalar: first)
    }
  }

  /// The four hexadecimal digits after the `\u` at `position`.
  private static func codeUnit(_ bytes: Span<UInt8>, at position: Int, limit: Int) throws(JSONFault) -> UInt32 {
    guard position + 6 <= limit else { throw .badEscape(at: position) }
    var value: UInt32 = 0
    for index in position + 2..<position + 6 {
      guard let digit = Hex.value(bytes[index]) else { throw .badEscape(at: position) }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// The first byte that is a quote, a backslash, a control or, unless `acceptsAll`, not ASCII; eight bytes at a time
  /// while there are none.
  static func skipPlain(_ bytes: Span<UInt8>, from start: Int, limit: Int, acceptsAll: Bool = false) -> Int {
    let raw = bytes.bytes
    let ones: UInt64 = 0x0101_0101_0101_0101
    let high = ones << 7
    let notASCII = acceptsAll ? 0 : high
    var position = start
    while position + 8 <= limit {
      let word = raw.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
      let quotes = word ^ (ones &* 0x22)
      let backslashes = word ^ (ones &* 0x5C)
      let controls = (word &- ones &* 0x20) & ~word
      let found = controls | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
      if (found & high) | (word & notASCII) != 0 { break }
      position += 8
    }
    while position < limit {
      let byte = bytes[position]
      if byte < 0x20 || (byte >= 0x80 && !acceptsAll) || byte == 0x22 || byte == 0x5C { break }
      position += 1
    }
    return position
  }
}
