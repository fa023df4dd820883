package import Encodings

/// The last so many seconds, the present one included, as pieces of two sizes: whole hours, and seconds at both edges. So
/// a window is exact to the second and read from a bounded number of rows.
package struct TallyWindow: Equatable, Sendable {
  /// A length of time that is rolled up.
  package enum Span: Int64, CaseIterable, Sendable {
    case second = 1
    case hour = 3_600

    /// The second with which the piece that holds this instant begins.
    package func since(_ instant: Instant) -> Int64 {
      let second = Self.floor(instant.millisecondsSinceEpoch, by: 1_000)
      return Self.floor(second, by: rawValue) * rawValue
    }

    private static func floor(_ number: Int64, by divisor: Int64) -> Int64 {
      let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
      return remainder < 0 ? quotient - 1 : quotient
    }
  }

  /// Rows of one span that begin at `from` or later and before `to`, in seconds since the epoch.
  package struct Piece: Equatable, Sendable {
    package let span: Span
    package let from: Int64
    package let to: Int64
  }

  package let pieces: [Piece]

  /// - Parameter seconds: the length, at least 1.
  package init(seconds: Int64, endingAt now: Instant) {
    let to = Span.second.since(now) + 1
    let from = to - max(1, seconds)
    let hour = Span.hour.rawValue
    let firstHour = Span.hour.since(Instant(millisecondsSinceEpoch: (from + hour - 1) * 1_000))
    let lastHour = Span.hour.since(Instant(millisecondsSinceEpoch: to * 1_000))
    let all =
      firstHour >= lastHour
      ? [Piece(span: .second, from: from, to: to)]
      : [
        Piece(span: .second, from: from, to: firstHour), Piece(span: .hour, from: firstHour, to: lastHour),
        Piece(span: .second, from: lastHour, to: to),
      ]
    pieces = all.filter { $0.from < $0.to }
  }

  /// Rows that begin before this second are in no window any more.
  package static func keptSince(_ now: Instant) -> Int64 {
    Span.hour.since(now) - RunFigures.Window.month.rawValue - Span.hour.rawValue
  }
}
