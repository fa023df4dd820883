import Encodings

/// A minute by the clock on the wall, in no zone: minutes since 1970-01-01 00:00, Gregorian. Adding and comparing are
/// those of the number.
struct CivilMinute: Hashable, Comparable, Sendable {
  var number: Int64

  init(number: Int64) {
    self.number = number
  }

  init(day: CivilDay, minute: Int64 = 0) {
    number = day.number * 1_440 + minute
  }

  var day: CivilDay { CivilDay(number: Self.floor(number, 1_440)) }
  /// 0 to 1439.
  var minuteOfDay: Int { Int(number - day.number * 1_440) }

  static func < (left: CivilMinute, right: CivilMinute) -> Bool { left.number < right.number }

  /// Division that rounds down.
  static func floor(_ number: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

/// A day by the Gregorian calendar: days since 1970-01-01.
struct CivilDay: Hashable, Sendable {
  let number: Int64

  var date: CivilDate { CivilDate(Instant(secondsSinceEpoch: number * 86_400)) }
}
