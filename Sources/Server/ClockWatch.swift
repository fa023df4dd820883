package import Encodings

/// Whether the machine's clock can be believed. Signatures and replays hang on the wall clock: one that goes back would
/// make old deliveries fresh again. Pure: readings come in, verdicts go out.
package struct ClockWatch: Sendable {
  /// What a reading says.
  package enum Verdict: Equatable, Sendable {
    case steady
    /// Behind the newest reading by more than the window: no start is let in until it has caught up.
    case behind(newest: Instant)
  }

  /// As far as a signature's time may be off, either way.
  static let windowMilliseconds: Int64 = 60_000
  /// How long after a leap forward nothing is deleted by age.
  static let settlingMilliseconds: Int64 = 3_600_000

  private var newest: Instant
  private var last: (wall: Instant, monotonic: Int64)?
  private var leaptAt: Int64?

  /// `newest` is the newest reading of an earlier process, where one was kept.
  package init(newest: Instant?) {
    self.newest = newest ?? Instant(millisecondsSinceEpoch: .min)
  }

  /// Takes a reading of both clocks.
  package mutating func read(wall: Instant, monotonic: Int64) -> Verdict {
    if let last, wall.milliseconds(since: last.wall) - (monotonic - last.monotonic) > Self.windowMilliseconds {
      leaptAt = monotonic
    }
    last = (wall, monotonic)
    let behind = newest.millisecondsSinceEpoch.subtractingReportingOverflow(wall.millisecondsSinceEpoch)
    if !behind.overflow, behind.partialValue > Self.windowMilliseconds { return .behind(newest: newest) }
    newest = max(newest, wall)
    return .steady
  }

  /// What ended before this can be forgotten: the clock may go back by as much as is still believed, and what was too old a
  /// moment ago would be in time again.
  package static func forgettable(at now: Instant) -> Instant {
    now.advanced(byMilliseconds: -windowMilliseconds)
  }

  /// The clock is right, whatever was read before: somebody looked.
  package mutating func accept(_ wall: Instant) { newest = wall }

  /// Whether ages can be believed: the clock has not leapt forward lately, as one does that starts wrong.
  package func isSettled(monotonic: Int64) -> Bool {
    leaptAt.map { monotonic - $0 > Self.settlingMilliseconds } ?? true
  }
}
