import Encodings

/// A time as conditions compare it: the instant that it names, with all digits of its second, whatever its offset is.
struct ComparedTime: Comparable {
  private let instant: Instant
  /// Digits behind the millisecond, without zeros at their end.
  private let rest: [UInt8]

  /// Nil for what is no time as RFC 3339 writes one; without a zone it is read as UTC.
  init?(_ characters: [UInt8]) {
    guard let instant = Transforms.instant(characters) else { return nil }
    self.instant = instant
    // `2026-11-24T16:05:39` is 19 characters; a point and three digits of the millisecond may follow.
    let fraction = characters.count > 19 && characters[19] == 0x2E ? characters[20...] : []
    var rest = Array(fraction.prefix { (0x30...0x39).contains($0) }.dropFirst(3))
    while rest.last == 0x30 { rest.removeLast() }
    self.rest = rest
  }

  static func < (left: ComparedTime, right: ComparedTime) -> Bool {
    left.instant == right.instant ? left.rest.lexicographicallyPrecedes(right.rest) : left.instant < right.instant
  }
}
