/// One field of a cron expression: the numbers that it names, as bits.
struct CronField: Hashable, Sendable {
  /// What a field is about.
  enum Kind: CaseIterable, Sendable {
    case minute
    case hour
    case dayOfMonth
    case month
    case dayOfWeek

    var range: ClosedRange<Int> {
      switch self {
      case .minute: 0...59
      case .hour: 0...23
      case .dayOfMonth: 1...31
      case .month: 1...12
      // Both 0 and 7 are Sunday.
      case .dayOfWeek: 0...7
      }
    }

    var title: String {
      switch self {
      case .minute: "minute"
      case .hour: "hour"
      case .dayOfMonth: "day of month"
      case .month: "month"
      case .dayOfWeek: "day of week"
      }
    }

    /// Names of numbers, from the range's first on.
    fileprivate var names: [String] {
      switch self {
      case .minute, .hour, .dayOfMonth: []
      case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
      case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
      }
    }
  }

  /// Bit n: the number n.
  let bits: UInt64
  /// Whether it begins with an asterisk: then it restricts nothing by itself (crontab(5) of Vixie cron).
  let isWild: Bool

  func contains(_ number: Int) -> Bool { bits & (1 << UInt64(number)) != 0 }

  /// The first number that it names from `number` on; nil where there is none.
  func first(from number: Int) -> Int? {
    guard number < 64 else { return nil }
    let rest = bits & (UInt64.max << UInt64(number))
    return rest == 0 ? nil : rest.trailingZeroBitCount
  }

  /// Reads a list of `*`, numbers, names and ranges, with steps behind `*` and ranges. Throws a sentence without a full
  /// stop.
  init(_ text: Substring, _ kind: Kind) throws(CronFault) {
    var bits: UInt64 = 0
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      for number in try Self.numbers(part, kind) { bits |= 1 << UInt64(number) }
    }
    if kind == .dayOfWeek, bits & (1 << 7) != 0 { bits = (bits | 1) & ~(1 << 7) }
    self.bits = bits
    isWild = text.hasPrefix("*")
  }

  private static func numbers(_ part: Substring, _ kind: Kind) throws(CronFault) -> [Int] {
    let halves = part.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(halves.count), let span = halves.first else {
      throw CronFault("\(kind.title): too many slashes")
    }
    var range: ClosedRange<Int>
    var isRange = true
    if span == "*" {
      range = kind == .dayOfWeek ? 0...6 : kind.range
    } else {
      let ends = span.split(separator: "-", omittingEmptySubsequences: false)
      guard let low = ends.first, let high = ends.last, ends.count <= 2 else {
        throw CronFault("\(kind.title): a range has two ends")
      }
      let from = try number(low, kind)
      let to = try number(high, kind)
      guard from <= to else { throw CronFault("\(kind.title): \(from)-\(to) runs backwards") }
      range = from...to
      isRange = ends.count == 2
    }
    guard halves.count == 2 else { return Array(range) }
    guard isRange else {
      throw CronFault("\(kind.title): a step needs a range; write \(range.lowerBound)-\(kind.range.upperBound)/STEP")
    }
    guard let step = digits(halves[1]), step >= 1, step <= kind.range.upperBound else {
      throw CronFault("\(kind.title): a step is a number from 1 to \(kind.range.upperBound)")
    }
    return Array(stride(from: range.lowerBound, through: range.upperBound, by: step))
  }

  private static func number(_ text: Substring, _ kind: Kind) throws(CronFault) -> Int {
    if let index = kind.names.firstIndex(of: text.lowercased()) { return kind.range.lowerBound + index }
    guard let number = digits(text), kind.range.contains(number) else {
      let names = kind.names.first.map { ", or a name such as \($0)" } ?? ""
      throw CronFault(
        "\(kind.title): a number from \(kind.range.lowerBound) to \(kind.range.upperBound)\(names) is expected")
    }
    return number
  }

  private static func digits(_ text: Substring) -> Int? {
    guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }
}

/// Why a text is no cron expression: one clause, without the text.
package struct CronFault: Error, Hashable, Sendable {
  package let clause: String

  init(_ clause: String) {
    self.clause = clause
  }
}
