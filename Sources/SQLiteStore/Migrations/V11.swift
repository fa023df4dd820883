/// When a variable was kept: null of what an earlier release kept. What was granted to a runbook once and is not any more:
/// its logs stay masked for it.
enum V11 {
  static let statements = [
    "ALTER TABLE kept_variable ADD COLUMN kept_at INTEGER",
    """
    CREATE TABLE past_grant (
      runbook TEXT NOT NULL,
      secret_path TEXT NOT NULL,
      PRIMARY KEY (runbook, secret_path)
    ) STRICT
    """,
  ]
}
