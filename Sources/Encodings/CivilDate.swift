/// A date and time of day in the proleptic Gregorian calendar, UTC.
///
/// The two conversions follow Howard Hinnant's `days_from_civil` and `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
package struct CivilDate: Equatable, Sendable {
  package internal(set) var year: Int64
  package internal(set) var month: Int
  package internal(set) var day: Int
  var hour = 0
  var minute = 0
  var second = 0
  var millisecond = 0

  /// 0 is Sunday.
  package var weekday: Int {
    let days = daysSinceEpoch
    let shifted = (days + 4) % 7
    return Int(shifted < 0 ? shifted + 7 : shifted)
  }

  /// Whether the fields name a day and a time that exist; a leap second does not.
  var isValid: Bool {
    (1...12).contains(month) && day >= 1 && day <= CivilDate.days(inMonth: month, ofYear: year)
      && (0...23).contains(hour) && (0...59).contains(minute) && (0...59).contains(second)
      && (0...999).contains(millisecond)
  }

  /// The instant of this date. The year must have at most four digits, which every parser here makes sure of.
  var instant: Instant {
    let seconds = daysSinceEpoch * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    return Instant(millisecondsSinceEpoch: seconds * 1000 + Int64(millisecond))
  }

  init(year: Int64, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
    self.millisecond = millisecond
  }

  /// The date and time of an instant.
  package init(_ instant: Instant) {
    let seconds = instant.secondsSinceEpoch
    millisecond = Int((instant.millisecondsSinceEpoch % 1000 + 1000) % 1000)
    var (days, secondOfDay) = seconds.quotientAndRemainder(dividingBy: 86_400)
    if secondOfDay < 0 {
      secondOfDay += 86_400
      days -= 1
    }
    hour = Int(secondOfDay / 3600)
    minute = Int(secondOfDay % 3600 / 60)
    second = Int(secondOfDay % 60)

    days += 719_468
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  private var daysSinceEpoch: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func days(inMonth month: Int, ofYear year: Int64) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  /// Appends `number` in decimal with at least `digits` digits.
  static func append(_ number: Int64, digits: Int, to text: inout String) {
    let decimal = String(number)
    for _ in 0..<max(0, digits - decimal.utf8.count) { text.append("0") }
    text.append(decimal)
  }

  /// The number that the bytes of `range` spell in decimal; nil unless each one is a digit. At most 18 digits.
  static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    guard range.upperBound <= bytes.count, range.count <= 18 else { return nil }
    var value = 0
    for index in range {
      let digit = bytes[index] &- 0x30
      guard digit <= 9 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }
}
