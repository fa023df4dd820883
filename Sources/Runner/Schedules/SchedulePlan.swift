import Encodings
import Runbooks
import Storage

/// What a schedule has due, by what is stored of it. Pure.
enum SchedulePlan {
  /// Starts that are counted at most, where many were passed over.
  static let mostCounted = 100_000

  /// The slot to be started now; nil where none is due. However many were passed over, one start is made, for the last
  /// of them.
  ///
  /// - Parameter since: when the document was saved: nothing before it is due.
  static func due(
    _ schedule: Schedule, of runbook: String, stored: ScheduleSlot?, since: Instant, now: Instant,
    offset: @escaping ZoneOffset
  ) -> ScheduleSlot? {
    let after = max(stored?.slot ?? since, since)
    guard
      let starts = schedule.starts(after: after, through: now, limit: mostCounted, offset: offset)
    else { return nil }
    return ScheduleSlot(
      runbookID: runbook, schedule: schedule.text, slot: starts.last, missed: Int64(starts.count - 1))
  }
}
