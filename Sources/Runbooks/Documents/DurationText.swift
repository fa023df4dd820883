/// Durations as documents write them: a whole number and `ms`, `s`, `m`, `h` or `d`.
package enum DurationText {
  /// The longest that any setting allows: thirty days.
  package static let maximumMilliseconds: Int64 = 30 * 86_400_000

  /// What is written, the largest first. Not `d`, so that a stored document reads and compares as it did before there was
  /// one.
  private static let written: [(name: String, milliseconds: Int64)] = [
    ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
  ]

  private static let units = [(name: "d", milliseconds: Int64(86_400_000))] + written

  /// The form, for the sentence about a text that has another one.
  static let form = "a duration: a whole number and ms, s, m, h or d, such as 30s, at most thirty days"

  /// Reads `30s`. `nil` for anything else, for zero, and beyond the longest.
  package static func parse(_ text: String) -> Duration? {
    let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
    guard digits.count <= 12, digits.first != UInt8(ascii: "0"),
      let number = Int64(String(decoding: digits, as: UTF8.self)),
      let unit = units.first(where: { text.utf8.dropFirst(digits.count).elementsEqual($0.name.utf8) })
    else { return nil }
    let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
    guard !overflow, milliseconds <= maximumMilliseconds else { return nil }
    return .milliseconds(milliseconds)
  }

  /// The text in the largest unit up to hours that is exact; reads back to the same duration.
  package static func text(_ duration: Duration) -> String {
    let milliseconds = milliseconds(duration)
    let unit = written.first { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
    return "\(milliseconds / unit.milliseconds)\(unit.name)"
  }

  /// Whole milliseconds of a duration that came from a document.
  package static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }
}
