/// Reads a JSON text in one pass, without recursion: the open containers are a list of indices, as long as the depth
/// limit at most.
struct JSONTapeBuilder {
  private enum Expectation {
    case value, firstElementOrEnd, firstKeyOrEnd, key, commaOrEnd, end
  }

  private struct Key {
    var start = 0
    var end = 0
    var hasEscapes = false
  }

  private(set) var entries: [JSONTapeEntry] = []
  private let limits: JSONLimits
  private var open: [Int] = []
  private var position = 0
  private var key = Key()
  private var expectation = Expectation.value

  init(limits: JSONLimits) {
    self.limits = limits
  }

  mutating func read(_ bytes: Span<UInt8>) throws(JSONFault) {
    guard bytes.count <= min(limits.maximumBytes, Int(UInt32.max) - 1) else { throw .tooLarge }
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { throw .byteOrderMark }
    entries.reserveCapacity(min(limits.maximumNodes, bytes.count / 12 + 1))
    while true {
      skipWhiteSpace(bytes)
      guard position < bytes.count else {
        if expectation == .end { return }
        throw .unexpectedEnd
      }
      let byte = bytes[position]
      switch expectation {
      case .end: throw .trailingText(at: position)
      case .value: try readValue(byte, bytes)
      case .firstElementOrEnd: if byte == 0x5D { try close(bytes) } else { try readValue(byte, bytes) }
      case .firstKeyOrEnd: if byte == 0x7D { try close(bytes) } else { try readKey(byte, bytes) }
      case .key: try readKey(byte, bytes)
      case .commaOrEnd: try readCommaOrEnd(byte, bytes)
      }
    }
  }

  private mutating func skipWhiteSpace(_ bytes: Span<UInt8>) {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func readCommaOrEnd(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONFault) {
    guard let container = open.last else { throw .trailingText(at: position) }
    let isObject = entries[container].kind == .object
    if byte == 0x2C {
      position += 1
      expectation = isObject ? .key : .value
    } else if byte == (isObject ? 0x7D : 0x5D) {
      try close(bytes)
    } else {
      throw unexpected(bytes)
    }
  }

  private mutating func readKey(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONFault) {
    guard byte == 0x22 else { throw unexpected(bytes) }
    key.start = position
    key.hasEscapes = try readString(bytes)
    key.end = position
    skipWhiteSpace(bytes)
    guard position < bytes.count else { throw .unexpectedEnd }
    guard bytes[position] == 0x3A else { throw unexpected(bytes) }
    position += 1
    expectation = .value
  }

  private mutating func readValue(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONFault) {
    guard entries.count < limits.maximumNodes else { throw .tooManyNodes }
    let start = position
    switch byte {
    case 0x7B: try openContainer(.object)
    case 0x5B: try openContainer(.array)
    case 0x22:
      let hasEscapes = try readString(bytes)
      append(.string, from: start, hasEscapes: hasEscapes)
      finishValue()
    case 0x2D, 0x30...0x39:
      try readNumber(bytes)
      append(.number, from: start)
      finishValue()
    case 0x74: try readLiteral("true", .true, bytes)
    case 0x66: try readLiteral("false", .false, bytes)
    case 0x6E: try readLiteral("null", .null, bytes)
    default: throw unexpected(bytes)
    }
  }

  private mutating func openContainer(_ kind: JSONTape.Kind) throws(JSONFault) {
    guard open.count < limits.maximumDepth else { throw .tooDeep(at: position) }
    open.append(entries.count)
    let start = position
    position += 1
    append(kind, from: start)
    expectation = kind == .object ? .firstKeyOrEnd : .firstElementOrEnd
  }

  private mutating func close(_ bytes: Span<UInt8>) throws(JSONFault) {
    position += 1
    guard let container = open.popLast() else { throw .unexpected(at: position - 1) }
    entries[container].end = UInt32(position)
    entries[container].next = UInt32(entries.count)
    if entries[container].kind == .object, entries[container].count > 1 {
      if let duplicate = JSONDuplicateKeys.find(in: entries, of: container, bytes) {
        throw .duplicateKey(at: Int(entries[duplicate].keyStart))
      }
    }
    finishValue()
  }

  private mutating func append(_ kind: JSONTape.Kind, from start: Int, hasEscapes: Bool = false) {
    entries.append(
      JSONTapeEntry(
        start: UInt32(start), end: UInt32(position), keyStart: UInt32(key.start), keyEnd: UInt32(key.end),
        next: UInt32(entries.count + 1), count: 0, kind: kind, valueHasEscapes: hasEscapes,
        keyHasEscapes: key.hasEscapes))
    key = Key()
  }

  private mutating func finishValue() {
    if let container = open.last {
      entries[container].count += 1
      expectation = .commaOrEnd
    } else {
      expectation = .end
    }
  }

  /// Reads from the opening quote to behind the closing one; true when there was an escape.
  private mutating func readString(_ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
    let (end, hasEscapes) = try JSONStringScan.check(bytes, from: position + 1, limit: bytes.count)
    guard end < bytes.count else { throw .unexpectedEnd }
    position = end + 1
    return hasEscapes
  }

  /// RFC 8259 §6: `-`? (`0` | digit without 0, digits) (`.` digits)? (`e` sign? digits)?
  private mutating func readNumber(_ bytes: Span<UInt8>) throws(JSONFault) {
    let start = position
    if bytes[position] == 0x2D { position += 1 }
    let whole = position
    guard skipDigits(bytes) else { throw .badNumber(at: start) }
    if bytes[whole] == 0x30 && position > whole + 1 { throw .badNumber(at: start) }
    if position < bytes.count, bytes[position] == 0x2E {
      position += 1
      guard skipDigits(bytes) else { throw .badNumber(at: start) }
    }
    if position < bytes.count, bytes[position] | 0x20 == 0x65 {
      position += 1
      if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D { position += 1 }
      guard skipDigits(bytes) else { throw .badNumber(at: start) }
    }
  }

  /// True when there was at least one digit.
  private mutating func skipDigits(_ bytes: Span<UInt8>) -> Bool {
    let start = position
    while position < bytes.count, bytes[position] &- 0x30 <= 9 { position += 1 }
    return position > start
  }

  private mutating func readLiteral(
    _ word: StaticString, _ kind: JSONTape.Kind, _ bytes: Span<UInt8>
  ) throws(JSONFault) {
    let start = position
    for offset in 0..<word.utf8CodeUnitCount {
      guard start + offset < bytes.count else { throw .unexpectedEnd }
      guard bytes[start + offset] == word.utf8Start[offset] else { throw .unexpected(at: start) }
    }
    position += word.utf8CodeUnitCount
    append(kind, from: start)
    finishValue()
  }

  private func unexpected(_ bytes: Span<UInt8>) -> JSONFault {
    UTF8Text.sequenceCount(bytes, at: position, limit: bytes.count) == nil
      ? .notUTF8(at: position) : .unexpected(at: position)
  }
}
