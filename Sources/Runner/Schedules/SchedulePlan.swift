import Encodings
import RunEngine
import Runbooks
import Storage

/// What a schedule has due, by what is stored of it. Pure.
enum SchedulePlan {
  /// The slot to be started now; nil where none is due. However many were passed over, one start is made, for the last
  /// of them.
  ///
  /// - Parameter since: when the document was saved: nothing before it is due.
  static func due(
    _ schedule: Schedule, of runbook: String, stored: ScheduleSlot?, since: Instant, now: Instant,
    offset: @escaping ZoneOffset
  ) -> ScheduleSlot? {
    DueSlot(schedule, taken: stored?.slot, since: since, now: now, offset: offset).map {
      ScheduleSlot(runbookID: runbook, schedule: schedule.text, slot: $0.slot, missed: $0.missed)
    }
  }
}
