/// An IPv4 or IPv6 address as a number: two spellings of one address are one value.
package enum IPAddress: Hashable, Sendable {
  case v4(UInt32)
  case v6(high: UInt64, low: UInt64)

  /// Four decimal numbers without leading zeros, or IPv6 text of RFC 4291 §2.2 without brackets and without a
  /// zone. The short, octal and hexadecimal forms of `inet_aton` are refused: readers disagree about them.
  package init?(_ text: String) {
    self.init(bytes: Array(text.utf8))
  }

  init?(bytes: some Collection<UInt8>) {
    if bytes.contains(0x3a) {
      guard let pieces = Self.parseIPv6(Array(bytes)) else { return nil }
      self = .v6(high: Self.join(pieces[0..<4]), low: Self.join(pieces[4..<8]))
    } else {
      guard let number = Self.parseIPv4(bytes) else { return nil }
      self = .v4(number)
    }
  }

  /// Four bytes or sixteen, in network order; nil for any other count.
  package init?(networkBytes bytes: some Collection<UInt8>) {
    switch bytes.count {
    case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
    case 16:
      self = .v6(
        high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
        low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
    default: return nil
    }
  }

  /// Four bytes or sixteen, in network order.
  package var networkBytes: [UInt8] {
    switch self {
    case .v4(let number): (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) }
    case .v6(let high, let low):
      [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
    }
  }

  /// The canonical text without brackets: dotted decimal, or the IPv6 serialisation of the WHATWG URL standard
  /// (lower-case hexadecimal, the first longest run of two or more zero pieces compressed, never dotted).
  package var text: String {
    switch self {
    case .v4: networkBytes.map { String($0) }.joined(separator: ".")
    case .v6: Self.format(pieces)
    }
  }

  /// The eight 16-bit pieces of an IPv6 address; empty for IPv4.
  var pieces: [UInt16] {
    guard case .v6(let high, let low) = self else { return [] }
    return [high, low].flatMap { half in
      (0..<4).map { UInt16(truncatingIfNeeded: half >> (48 - 16 * UInt64($0))) }
    }
  }

  private static func join(_ pieces: ArraySlice<UInt16>) -> UInt64 { pieces.reduce(0) { $0 << 16 | UInt64($1) } }

  private static func format(_ pieces: [UInt16]) -> String {
    var best = 0..<0
    var index = 0
    while index < 8 {
      var end = index
      while end < 8, pieces[end] == 0 { end += 1 }
      if end - index > max(best.count, 1) { best = index..<end }
      index = max(end, index + 1)
    }
    let hex = pieces.map { String($0, radix: 16) }
    guard !best.isEmpty else { return hex.joined(separator: ":") }
    return hex[..<best.lowerBound].joined(separator: ":") + "::" + hex[best.upperBound...].joined(separator: ":")
  }

  static func parseIPv4(_ bytes: some Collection<UInt8>) -> UInt32? {
    let parts = bytes.split(separator: 0x2e, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var number: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy(ASCII.isDigit), part.count == 1 || part.first != 0x30 else {
        return nil
      }
      let value = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
      guard value <= 255 else { return nil }
      number = number << 8 | value
    }
    return number
  }

  /// RFC 4291 §2.2, all three forms; `::` stands for at least one piece.
  private static func parseIPv6(_ bytes: [UInt8]) -> [UInt16]? {
    var text = bytes[...]
    var front: [UInt16] = []
    var back: [UInt16]?
    if text.starts(with: [0x3a]) {
      guard text.starts(with: [0x3a, 0x3a]) else { return nil }
      back = []
      text = text.dropFirst(2)
    }
    while !text.isEmpty {
      let piece = text.prefix { $0 != 0x3a }
      let rest = text.dropFirst(piece.count)
      var values: [UInt16] = []
      if rest.isEmpty, piece.contains(0x2e) {
        guard let number = parseIPv4(piece) else { return nil }
        values = [UInt16(truncatingIfNeeded: number >> 16), UInt16(truncatingIfNeeded: number)]
      } else {
        guard (1...4).contains(piece.count) else { return nil }
        var value: UInt16 = 0
        for byte in piece {
          guard let digit = ASCII.hexValue(byte) else { return nil }
          value = value << 4 | UInt16(digit)
        }
        values = [value]
      }
      if back == nil { front += values } else { back? += values }
      guard front.count + (back?.count ?? 0) <= 8 else { return nil }
      text = rest.dropFirst()
      guard !rest.isEmpty else { break }
      if text.first == 0x3a {
        guard back == nil else { return nil }
        back = []
        text = text.dropFirst()
      } else if text.isEmpty {
        return nil
      }
    }
    guard let back else { return front.count == 8 ? front : nil }
    let missing = 8 - front.count - back.count
    return missing >= 1 ? front + Array(repeating: 0, count: missing) + back : nil
  }
}

extension IPAddress: CustomStringConvertible {
  package var description: String { text }
}
