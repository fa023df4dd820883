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
    // Stricter than the RFC in two points, so that one instant has few spellings: no small letters, and no more
    // digits of a second than any sender writes.
    guard text.count <= 35, text.allSatisfy({ $0 < UInt8(ascii: "a") }) else { return nil }
    let fraction = text.drop { $0 != UInt8(ascii: ".") }.dropFirst().prefix(while: ByteClass.digits.contains)
    return fraction.count > 9 ? nil : Instant(rfc3339: String(decoding: text, as: UTF8.self))
  }
}
