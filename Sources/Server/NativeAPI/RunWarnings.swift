import Encodings
import RunEngine
import Storage

/// What anybody who looks at a run should know of its time (R17).
enum RunWarnings {
  /// Milliseconds from the first step to the end, or to now; nil where it has not begun.
  static func duration(of run: StoredRun, now: Instant) -> Int64? {
    run.startedAt.map { max(0, (run.endedAt ?? now).milliseconds(since: $0)) }
  }

  /// One sentence each; they stand while the run still runs.
  static func of(_ run: StoredRun, now: Instant) -> [String] {
    guard let duration = duration(of: run, now: now), duration > RunFigures.warningMilliseconds else { return [] }
    return [RunFigures.warning]
  }
}
