package import Encodings

/// How far the clocks of a zone are ahead of UTC at an instant, in seconds.
package typealias ZoneOffset = @Sendable (Instant) -> Int64

/// When a runbook starts by itself: a cron expression by the clocks of a zone.
///
/// Where clocks go forward, a time that is skipped starts once, right after the gap; where they go back, a time that comes
/// twice starts the first time only. An expression whose hour begins with an asterisk follows the elapsed time instead: it
/// starts in both of the hours, and not for the one that is skipped.
package struct Schedule: Hashable, Sendable {
  package let cron: CronExpression
  /// The IANA name of the zone.
  package let zone: String

  package init(cron: CronExpression, zone: String) {
    self.cron = cron
    self.zone = zone
  }

  /// Where the document names none.
  package static let standardZone = "UTC"

  /// What it is stored and shown by.
  package var text: String { "\(cron.text) \(zone)" }

  /// The first start after this instant; nil where none ever comes, or the years of the calendar end.
  package func next(after instant: Instant, offset: @escaping ZoneOffset) -> Instant? {
    let clock = ZoneClock(offset: offset)
    return cron.followsElapsedTime ? nextElapsed(after: instant, clock) : nextOnWall(after: instant, clock)
  }

  /// Starts after `instant` up to and including `end`, at most `limit`; counted, with the last one.
  package func starts(
    after instant: Instant, through end: Instant, limit: Int, offset: @escaping ZoneOffset
  ) -> (count: Int, last: Instant)? {
    var count = 0
    var last = instant
    while count < limit, let next = next(after: last, offset: offset), next <= end {
      count += 1
      last = next
    }
    return count == 0 ? nil : (count, last)
  }

  // MARK: By the clock on the wall

  /// The starts of minutes by the wall never go back as those minutes go on, so the first one that is later is the next.
  private func nextOnWall(after instant: Instant, _ clock: ZoneClock) -> Instant? {
    var minute = clock.minute(at: instant)
    // A change near by may have shifted minutes to this side of the instant.
    let isSteady = clock.isSteady(around: instant)
    minute.number += isSteady ? 1 : -ZoneClock.reachMinutes
    while let candidate = cron.next(from: minute) {
      let start = clock.start(of: candidate)
      if start > instant { return start }
      minute.number = candidate.number + 1
    }
    return nil
  }

  // MARK: By elapsed time

  private func nextElapsed(after instant: Instant, _ clock: ZoneClock) -> Instant? {
    var from = instant
    var isFirstOpen = true
    // Each turn passes one change of the zone's clocks; a schedule waits at most 41 years.
    for _ in 0..<1_000 {
      let ahead = clock.offset(from)
      var minute = clock.minute(at: from, ahead)
      let isWhole = clock.instant(of: minute, ahead) == from
      if isFirstOpen || !isWhole { minute.number += 1 }
      guard let candidate = cron.next(from: minute) else { return nil }
      let start = clock.instant(of: candidate, ahead)
      if clock.offset(start) == ahead { return start }
      from = clock.change(after: from, before: start)
      isFirstOpen = false
    }
    return nil
  }
}

/// Between instants and the minutes of a zone's clocks.
struct ZoneClock: Sendable {
  let offset: ZoneOffset

  /// Clocks never move by more than a day at once: Samoa left out one in 2011.
  static let reachMinutes: Int64 = 26 * 60
  private static let reach: Int64 = reachMinutes * 60_000

  func minute(at instant: Instant) -> CivilMinute { minute(at: instant, offset(instant)) }

  func minute(at instant: Instant, _ ahead: Int64) -> CivilMinute {
    CivilMinute(number: CivilMinute.floor(instant.secondsSinceEpoch + ahead, 60))
  }

  /// The instant at which a clock that is so far ahead shows the beginning of the minute.
  func instant(of minute: CivilMinute, _ ahead: Int64) -> Instant {
    Instant(secondsSinceEpoch: minute.number * 60 - ahead)
  }

  func isSteady(around instant: Instant) -> Bool {
    let ahead = offset(instant)
    return offset(instant.advanced(byMilliseconds: -Self.reach)) == ahead
      && offset(instant.advanced(byMilliseconds: Self.reach)) == ahead
  }

  /// When the minute first begins, or, where it is skipped, when the gap ends.
  func start(of minute: CivilMinute) -> Instant {
    let middle = instant(of: minute, 0)
    let before = offset(middle.advanced(byMilliseconds: -Self.reach))
    let after = offset(middle.advanced(byMilliseconds: Self.reach))
    let early = instant(of: minute, before)
    guard before != after else { return early }
    let late = instant(of: minute, after)
    let found = [early, late].filter { self.minute(at: $0) == minute && self.instant(of: minute, offset($0)) == $0 }
    if let first = found.min() { return first }
    return change(after: min(early, late).advanced(byMilliseconds: -1_000), before: max(early, late))
  }

  /// The second with which the clocks first show another offset than at `from`, at most at `to`, where they do: one
  /// change lies between.
  func change(after from: Instant, before to: Instant) -> Instant {
    let ahead = offset(from)
    var low = from.secondsSinceEpoch
    var high = to.secondsSinceEpoch
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if offset(Instant(secondsSinceEpoch: middle)) == ahead { low = middle } else { high = middle }
    }
    return Instant(secondsSinceEpoch: high)
  }
}
