/// Numbers of payment cards: an issuer's range, a length of that issuer, the groups in which cards print it or none, and
/// Luhn's check digit (ISO/IEC 7812-1).
enum CardNumber {
  /// Issuers by their first six digits: the ranges, and the lengths. Thirteen digits are left out (no issuer gives them
  /// out any more, and times in milliseconds have thirteen), and so are the ranges of Maestro that overlap with
  /// ordinary numbers most.
  private static let issuers: [(first: ClosedRange<Int>, counts: Set<Int>)] = [
    (400_000...499_999, [16, 19]),  // Visa
    (510_000...559_999, [16]), (222_100...272_099, [16]),  // Mastercard
    (340_000...349_999, [15]), (370_000...379_999, [15]),  // American Express
    (601_100...601_199, [16, 19]), (644_000...659_999, [16, 19]),  // Discover
    (300_000...305_999, [14]), (309_500...309_599, [14]),  // Diners Club
    (360_000...369_999, [14]), (380_000...399_999, [14]),
    (352_800...358_999, [16, 19]),  // JCB
    (620_000...629_999, [16, 19]),  // UnionPay
  ]

  /// Nineteen digits and the spaces between them, and what ends a sentence.
  static let maximumBytes = 26

  /// Groups of digits as cards print them.
  private static let groupings: [[Int]] = [[4, 4, 4, 4], [4, 4, 4, 4, 3], [4, 6, 5], [4, 6, 4]]

  /// The number that begins at `start`, where a border was seen.
  static func range(at start: Int, _ bytes: Span<UInt8>, _ work: inout Int) -> Range<Int>? {
    // All groupings begin with four digits; most numbers of a log end here.
    guard start + 14 <= bytes.count, TokenAlphabet.digits.contains(bytes[start + 2]),
      TokenAlphabet.digits.contains(bytes[start + 3])
    else { return nil }
    var groups: [Int] = []
    var digits: [UInt8] = []
    var separator: UInt8?
    var index = start
    var end = start
    while index < bytes.count, digits.count <= 19 {
      let byte = bytes[index]
      if TokenAlphabet.digits.contains(byte) {
        digits.append(byte - 0x30)
        index += 1
        end = index
        continue
      }
      guard byte == 0x20 || byte == 0x2D, separator ?? byte == byte, index == end, index + 1 < bytes.count,
        TokenAlphabet.digits.contains(bytes[index + 1])
      else { break }
      separator = byte
      groups.append(digits.count - groups.reduce(0, +))
      index += 1
    }
    work += index - start
    groups.append(digits.count - groups.reduce(0, +))
    guard isTerminated(end, bytes), isIssued(digits, groups), TokenChecksum.isLuhn(digits) else { return nil }
    return start..<end
  }

  private static func isIssued(_ digits: [UInt8], _ groups: [Int]) -> Bool {
    guard (14...19).contains(digits.count), groups.count == 1 || groupings.contains(groups) else { return false }
    // Nineteen digits in one piece are far more often an identifier.
    if groups.count == 1, digits.count == 19 { return false }
    let first = digits.prefix(6).reduce(0) { $0 * 10 + Int($1) }
    return issuers.contains { $0.first.contains(first) && $0.counts.contains(digits.count) }
  }

  /// Whether the number ends here: no character of numbers or words follows, except a full stop at a sentence's end.
  private static func isTerminated(_ end: Int, _ bytes: Span<UInt8>) -> Bool {
    guard end < bytes.count, TokenAlphabet.number.contains(bytes[end]) else { return true }
    return bytes[end] == 0x2E && (end + 1 >= bytes.count || !TokenAlphabet.word.contains(bytes[end + 1]))
  }
}
