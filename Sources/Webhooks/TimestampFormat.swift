package import Encodings

/// How a request writes its time.
package enum TimestampFormat: String, Hashable, Sendable, CaseIterable {
  /// Whole seconds since 1970: decimal digits without sign, leading zero, fraction or exponent.
  case unix
  /// Whole milliseconds since 1970, written likewise.
  case unixMilliseconds = "unix-ms"
  /// RFC 3339 §5.6 with capital `T` and `Z`, fraction of 1 to 9 digits, zone required.
  case rfc3339
  /// The IMF-fixdate of RFC 9110 §5.6.7, which is RFC 1123's date with a four-digit year; the weekday must be right.
  case rfc1123

  /// The instant, or nil when the text is not exactly of this form. Fractions below a millisecond are dropped.
  package func parse(_ text: ArraySlice<UInt8>) -> Instant? {
    switch self {
    case .unix:
      guard let seconds = Self.plainInteger(text) else { return nil }
      let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
      return overflow ? nil : Instant(millisecondsSinceEpoch: milliseconds)
    case .unixMilliseconds: return Self.plainInteger(text).map { Instant(millisecondsSinceEpoch: $0) }
    case .rfc3339: return Self.dateTime(text)
    case .rfc1123: return HTTPDate.parse(text)
    }
  }

  /// What text of this format can look like; the loader asks it where a value ends.
  var language: PatternNode {
    let digit = PatternNode.byte(.digits)
    func digits(_ count: Int) -> PatternNode { .repeated(digit, minimum: count, maximum: count) }
    func text(_ literal: StaticString) -> PatternNode { .literal("\(literal)".utf8) }
    switch self {
    case .unix, .unixMilliseconds: return .repeated(digit, minimum: 1, maximum: 19)
    case .rfc3339:
      let sign = PatternNode.byte(ByteClass(UInt8(ascii: "+")).union(ByteClass(UInt8(ascii: "-"))))
      return .sequence([
        digits(4), text("-"), digits(2), text("-"), digits(2), text("T"),
        digits(2), text(":"), digits(2), text(":"), digits(2),
        .repeated(.sequence([text("."), .repeated(digit, minimum: 1, maximum: 9)]), minimum: 0, maximum: 1),
        .choice([text("Z"), .sequence([sign, digits(2), text(":"), digits(2)])]),
      ])
    case .rfc1123:
      let visible = PatternNode.byte(ByteClass(UInt8(ascii: " ")...UInt8(ascii: "~")))
      return .repeated(visible, minimum: 29, maximum: 29)
    }
  }

  private static func plainInteger(_ text: ArraySlice<UInt8>) -> Int64? {
    guard let first = text.first, first != UInt8(ascii: "0") || text.count == 1 else { return nil }
    var value: Int64 = 0
    for byte in text {
      guard ByteClass.digits.contains(byte) else { return nil }
      let (product, tooBig) = value.multipliedReportingOverflow(by: 10)
      let (sum, stillTooBig) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
      if tooBig || stillTooBig { return nil }
      value = sum
    }
    return value
  }

  private static func dateTime(_ text: ArraySlice<UInt8>) -> Instant? {
    let bytes = Array(text)
    guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
      let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
      (1...12).contains(month), (1...daysIn(month, of: year)).contains(day),
      hour < 24, minute < 60, second < 60
    else { return nil }
    var next = 19
    var fraction = 0
    if bytes[next] == UInt8(ascii: ".") {
      let digits = bytes[(next + 1)...].prefix(while: ByteClass.digits.contains)
      guard (1...9).contains(digits.count) else { return nil }
      for index in 0..<3 {
        let place = digits.startIndex + index
        fraction = fraction * 10 + (place < digits.endIndex ? Int(digits[place] - UInt8(ascii: "0")) : 0)
      }
      next += 1 + digits.count
    }
    guard let offset = zoneOffsetMinutes(bytes[next...]) else { return nil }
    let days = daysSinceEpoch(year: year, month: month, day: day)
    let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
    return Instant(millisecondsSinceEpoch: Int64(seconds) * 1_000 + Int64(fraction))
  }

  private static func zoneOffsetMinutes(_ text: ArraySlice<UInt8>) -> Int? {
    if text.elementsEqual("Z".utf8) { return 0 }
    let bytes = Array(text)
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let hour = number(bytes[1..<3]),
      let minute = number(bytes[4..<6]), hour < 24, minute < 60
    else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "+"): return hour * 60 + minute
    case UInt8(ascii: "-"): return -(hour * 60 + minute)
    default: return nil
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.allSatisfy(ByteClass.digits.contains) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func daysIn(_ month: Int, of year: Int) -> Int {
    switch month {
    case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: return 30
    default: return 31
    }
  }

  /// Days from 1970-01-01 in the proleptic Gregorian calendar; years are 0 to 9999 here.
  static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
