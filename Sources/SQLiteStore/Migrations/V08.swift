/// Runs that repeat others, runs that only show what would happen, and runbooks that are paused.
enum V08 {
  static let statements = [
    "ALTER TABLE run ADD COLUMN retry_of TEXT",
    "ALTER TABLE run ADD COLUMN is_dry INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX run_by_retry ON run (retry_of) WHERE retry_of IS NOT NULL",
    """
    CREATE TABLE runbook_pause (
      runbook TEXT PRIMARY KEY,
      at INTEGER NOT NULL,
      paused_by TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
