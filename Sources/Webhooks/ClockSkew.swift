import Encodings

/// How far the time that a sender signed lay from ours, coarsely: for the operator, who sees by it whether a clock is
/// wrong, a queue is slow or somebody repeats old requests. It is never told to the sender.
package struct ClockSkew: Hashable, Sendable, CustomStringConvertible {
  /// A size class; few, so that counts by class stay few.
  package enum Size: String, Hashable, Sendable, CaseIterable {
    case seconds = "under 10 s"
    case minute = "under 1 min"
    case minutes = "under 10 min"
    case hour = "under 1 h"
    case day = "under 1 day"
    case more = "1 day or more"
  }

  /// Whether the sender's time was behind ours (the request is old) or ahead of it.
  package let isBehind: Bool
  package let size: Size

  init(of time: Instant, now: Instant) {
    let (age, overflow) = now.millisecondsSinceEpoch.subtractingReportingOverflow(time.millisecondsSinceEpoch)
    isBehind = time <= now
    guard !overflow else {
      size = .more
      return
    }
    switch age.magnitude {
    case ..<10_000: size = .seconds
    case ..<60_000: size = .minute
    case ..<600_000: size = .minutes
    case ..<3_600_000: size = .hour
    case ..<86_400_000: size = .day
    default: size = .more
    }
  }

  /// `behind by under 10 min`
  package var description: String { "\(isBehind ? "behind" : "ahead") by \(size.rawValue)" }
}
