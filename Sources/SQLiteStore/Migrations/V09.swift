/// Runs that are paused by themselves.
enum V09 {
  static let statements = [
    "ALTER TABLE run ADD COLUMN paused_at INTEGER",
    "ALTER TABLE run ADD COLUMN paused_by TEXT",
    "CREATE INDEX run_by_pause ON run (id) WHERE paused_at IS NOT NULL AND state IN ('queued', 'running')",
  ]
}
