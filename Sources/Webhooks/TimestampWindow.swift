package import Encodings

/// How far a request's time may lie from ours. Both ends are inclusive.
package struct TimestampWindow: Hashable, Sendable {
  package let pastMilliseconds: Int64
  package let futureMilliseconds: Int64

  /// - Throws: `WebhookFault.window` when a reach is negative or longer than a week: a longer one would have to be
  ///   remembered that long to keep replays out.
  package init(pastSeconds: Int, futureSeconds: Int) throws(WebhookFault) {
    let allowed = 0...WebhookLimits.windowSeconds
    guard allowed.contains(pastSeconds), allowed.contains(futureSeconds) else { throw .window }
    pastMilliseconds = Int64(pastSeconds) * 1_000
    futureMilliseconds = Int64(futureSeconds) * 1_000
  }

  private init(minute: Void) {
    pastMilliseconds = 60_000
    futureMilliseconds = 60_000
  }

  /// The RFC 1123 timestamp header of any authentication type: one minute both ways.
  package static let oneMinute = TimestampWindow(minute: ())

  package enum Verdict: Hashable, Sendable { case inside, tooOld, tooNew }

  /// Compares at millisecond resolution. A time so far away that the distance does not fit is outside.
  package func judge(_ time: Instant, now: Instant) -> Verdict {
    let (age, overflow) = now.millisecondsSinceEpoch.subtractingReportingOverflow(time.millisecondsSinceEpoch)
    if overflow { return time < now ? .tooOld : .tooNew }
    if age > pastMilliseconds { return .tooOld }
    return age < -futureMilliseconds ? .tooNew : .inside
  }
}
