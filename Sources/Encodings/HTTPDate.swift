/// The date of HTTP headers in the one form that RFC 9110 §5.6.7 lets a sender write (`IMF-fixdate`).
package enum HTTPDate {
  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The instant that `text` names when it is exactly `Tue, 29 Apr 2025 11:25:12 GMT`; nil for anything else.
  ///
  /// Letters in their case, one space each, the weekday that belongs to the date, no leap second. The obsolete forms
  /// (RFC 850, asctime) are refused: a signed timestamp has one spelling.
  package static func parse(_ text: some Collection<UInt8>) -> Instant? {
    text.withContiguousBytes(parseSpan)
  }

  /// `instant` as an IMF-fixdate, milliseconds cut. A year of more than four digits is written out in full, which
  /// `parse` refuses.
  package static func format(_ instant: Instant) -> String {
    let date = CivilDate(instant)
    var text = weekdays[date.weekday]
    text.append(", ")
    CivilDate.append(Int64(date.day), digits: 2, to: &text)
    text.append(" \(months[date.month - 1]) ")
    if date.year < 0 { text.append("-") }
    CivilDate.append(abs(date.year), digits: 4, to: &text)
    text.append(" ")
    CivilDate.append(Int64(date.hour), digits: 2, to: &text)
    text.append(":")
    CivilDate.append(Int64(date.minute), digits: 2, to: &text)
    text.append(":")
    CivilDate.append(Int64(date.second), digits: 2, to: &text)
    text.append(" GMT")
    return text
  }

  private static func parseSpan(_ bytes: Span<UInt8>) -> Instant? {
    guard bytes.count == 29, bytes[3] == 0x2C, bytes[4] == 0x20, bytes[7] == 0x20, bytes[11] == 0x20,
      bytes[16] == 0x20, bytes[19] == 0x3A, bytes[22] == 0x3A, spells(" GMT", bytes, at: 25),
      let weekday = weekdays.firstIndex(where: { spells($0, bytes, at: 0) }),
      let month = months.firstIndex(where: { spells($0, bytes, at: 8) }),
      let day = CivilDate.number(bytes, 5..<7), let year = CivilDate.number(bytes, 12..<16),
      let hour = CivilDate.number(bytes, 17..<19), let minute = CivilDate.number(bytes, 20..<22),
      let second = CivilDate.number(bytes, 23..<25)
    else { return nil }
    let date = CivilDate(
      year: Int64(year), month: month + 1, day: day, hour: hour, minute: minute, second: second)
    guard date.isValid, date.weekday == weekday else { return nil }
    return date.instant
  }

  /// Whether the bytes at `offset` are those of `word`; the caller has checked that they are there.
  private static func spells(_ word: String, _ bytes: Span<UInt8>, at offset: Int) -> Bool {
    var index = offset
    for byte in word.utf8 {
      if bytes[index] != byte { return false }
      index += 1
    }
    return true
  }
}
