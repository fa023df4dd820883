import Encodings
import GRDB
import RunEngine
import Storage

/// What somebody asks of a run that is not over, besides its end: to stand still, and to go on.
extension RunRows {
  /// One that is paused already stays so since then.
  static func pause(_ run: RunID, _ pause: RunPause, in database: Database) throws {
    try database.execute(
      sql: """
        UPDATE run SET paused_by = iif(paused_at IS NULL, ?, paused_by), paused_at = coalesce(paused_at, ?)
        WHERE id = ? AND state IN ('queued', 'running')
        """,
      arguments: [pause.by, pause.at.millisecondsSinceEpoch, run.text])
    if database.changesCount != 1 { throw CommitRefusal.historyMoved(run) }
  }

  static func resume(_ run: RunID, in database: Database) throws {
    try database.execute(
      sql: "UPDATE run SET paused_at = NULL, paused_by = NULL WHERE id = ? AND state IN ('queued', 'running')",
      arguments: [run.text])
    if database.changesCount != 1 { throw CommitRefusal.historyMoved(run) }
  }

  /// What was asked of `old` before it ended reached nobody: it is asked of the run that it started.
  static func handDownRequests(from old: RunID, to new: RunID, in database: Database) throws {
    try database.execute(
      sql: """
        UPDATE run SET (cancel_requested_at, paused_at, paused_by) =
          (SELECT cancel_requested_at, paused_at, paused_by FROM run WHERE id = ?)
        WHERE id = ? AND state IN ('queued', 'running')
          AND EXISTS (SELECT 1 FROM run WHERE id = ? AND (cancel_requested_at IS NOT NULL OR paused_at IS NOT NULL))
        """,
      arguments: [old.text, new.text, old.text])
  }
}
