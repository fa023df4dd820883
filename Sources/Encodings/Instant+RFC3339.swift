extension Instant {
  /// The instant in UTC with milliseconds, as RFC 3339 §5.6 writes it: `2026-11-24T16:05:39.123Z`.
  ///
  /// A year outside 0000…9999, which no parser here accepts, is written with its sign (ISO 8601, expanded).
  package var rfc3339: String {
    let date = CivilDate(self)
    var text = ""
    text.reserveCapacity(24)
    if (0...9999).contains(date.year) {
      CivilDate.append(date.year, digits: 4, to: &text)
    } else {
      text.append(date.year < 0 ? "-" : "+")
      CivilDate.append(abs(date.year), digits: 4, to: &text)
    }
    for (separator, number) in [("-", date.month), ("-", date.day), ("T", date.hour), (":", date.minute)] {
      text.append(separator)
      CivilDate.append(Int64(number), digits: 2, to: &text)
    }
    text.append(":")
    CivilDate.append(Int64(date.second), digits: 2, to: &text)
    text.append(".")
    CivilDate.append(Int64(date.millisecond), digits: 3, to: &text)
    text.append("Z")
    return text
  }

  /// The instant that an RFC 3339 §5.6 `date-time` names; nil for anything else.
  ///
  /// Any offset is accepted, `T` and `Z` in either case as the RFC allows; digits after the millisecond are cut.
  /// A leap second (`:60`) is refused, because POSIX time has none.
  package init?(rfc3339 text: String) {
    guard let instant = text.utf8.withContiguousBytes(Instant.parseRFC3339) else { return nil }
    self = instant
  }

  private static func parseRFC3339(_ bytes: Span<UInt8>) -> Instant? {
    guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == 0x74,
      bytes[13] == 0x3A, bytes[16] == 0x3A,
      let year = CivilDate.number(bytes, 0..<4), let month = CivilDate.number(bytes, 5..<7),
      let day = CivilDate.number(bytes, 8..<10), let hour = CivilDate.number(bytes, 11..<13),
      let minute = CivilDate.number(bytes, 14..<16), let second = CivilDate.number(bytes, 17..<19)
    else { return nil }

    var position = 19
    var millisecond = 0
    if bytes[position] == 0x2E {
      position += 1
      let start = position
      var scale = 100
      while position < bytes.count, bytes[position] &- 0x30 <= 9 {
        millisecond += scale * Int(bytes[position] - 0x30)
        scale /= 10
        position += 1
      }
      guard position > start, position < bytes.count else { return nil }
    }

    guard let offsetMinutes = parseOffset(bytes, from: position) else { return nil }
    let date = CivilDate(
      year: Int64(year), month: month, day: day, hour: hour, minute: minute, second: second,
      millisecond: millisecond)
    guard date.isValid else { return nil }
    return date.instant.advanced(byMilliseconds: Int64(offsetMinutes) * -60_000)
  }

  /// `Z` or `±hh:mm` up to the end, in minutes east of Greenwich.
  private static func parseOffset(_ bytes: Span<UInt8>, from position: Int) -> Int? {
    if bytes[position] | 0x20 == 0x7A { return position + 1 == bytes.count ? 0 : nil }
    guard bytes[position] == 0x2B || bytes[position] == 0x2D, position + 6 == bytes.count,
      bytes[position + 3] == 0x3A,
      let hours = CivilDate.number(bytes, position + 1..<position + 3), hours <= 23,
      let minutes = CivilDate.number(bytes, position + 4..<position + 6), minutes <= 59
    else { return nil }
    let total = hours * 60 + minutes
    return bytes[position] == 0x2D ? -total : total
  }
}
