/// When a variable was kept: null of what an earlier release kept. What was granted to a runbook once and is not any more:
/// its logs stay masked for it. What failed runs asked for is listed by when they did: the index has all that lists ask by,
/// so that items which a list leaves out are not read.
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
    "CREATE INDEX outbox_by_creation ON outbox (created_at, id, state, kind, runbook)",
  ]
}
