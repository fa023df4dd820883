package import Encodings
package import Runbooks

/// What a schedule says to people.
package enum ScheduleView {
  /// The first start after this instant; nil where there is none, or the zone is not known here.
  package static func next(of schedule: Schedule, after now: Instant) -> Instant? {
    TimeZones.offset(schedule.zone).flatMap { schedule.next(after: now, offset: $0) }
  }
}
