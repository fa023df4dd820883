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

  init(number: Int64) {
    self.number = number
  }

  /// Year, month 1–12 and day 1–31, by the way of H. Hinnant, "chrono-compatible low-level date algorithms".
  var date: (year: Int64, month: Int, day: Int) {
    let shifted = number + 719_468
    let era = CivilMinute.floor(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    )
  }

  /// 0 is Sunday.
  var weekday: Int {
    let remainder = (number + 4) % 7
    return Int(remainder < 0 ? remainder + 7 : remainder)
  }
}
