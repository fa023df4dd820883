/// A point of civil time in whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
package struct Instant: Hashable, Comparable, Sendable {
  /// Milliseconds since the epoch; negative before 1970.
  package var millisecondsSinceEpoch: Int64

  /// The instant this many milliseconds after the epoch.
  package init(millisecondsSinceEpoch: Int64) {
    self.millisecondsSinceEpoch = millisecondsSinceEpoch
  }

  /// The instant this many seconds after the epoch, at the nearest end of the range when it does not fit.
  package init(secondsSinceEpoch: Int64) {
    let (product, overflow) = secondsSinceEpoch.multipliedReportingOverflow(by: 1000)
    millisecondsSinceEpoch = overflow ? (secondsSinceEpoch < 0 ? .min : .max) : product
  }

  /// Whole seconds since the epoch, rounded down.
  package var secondsSinceEpoch: Int64 {
    let (quotient, remainder) = millisecondsSinceEpoch.quotientAndRemainder(dividingBy: 1000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// The instant `milliseconds` later (earlier when negative); stops at the end of the range rather than overflow,
  /// so that no duration that arrives by network can trap.
  package func advanced(byMilliseconds milliseconds: Int64) -> Instant {
    let (sum, overflow) = millisecondsSinceEpoch.addingReportingOverflow(milliseconds)
    return Instant(millisecondsSinceEpoch: overflow ? (milliseconds < 0 ? .min : .max) : sum)
  }

  /// Milliseconds from `other` to this instant; stops at the end of the range rather than overflow.
  package func milliseconds(since other: Instant) -> Int64 {
    let (difference, overflow) = millisecondsSinceEpoch.subtractingReportingOverflow(other.millisecondsSinceEpoch)
    return overflow ? (millisecondsSinceEpoch < 0 ? .min : .max) : difference
  }

  /// Earlier is less.
  package static func < (left: Instant, right: Instant) -> Bool {
    left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
  }
}

extension Instant: CustomStringConvertible {
  /// As `rfc3339`.
  package var description: String { rfc3339 }
}
