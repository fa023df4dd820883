/// What runs have to do with one another and with people: chains of runs, variables that are kept for the next run, and
/// answers to requests that ask for approval.
enum V04 {
  static let statements = [
    "ALTER TABLE run ADD COLUMN parent TEXT",
    "ALTER TABLE run ADD COLUMN depth INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE run ADD COLUMN started_by TEXT",
    """
    CREATE TABLE kept_variable (
      runbook TEXT NOT NULL,
      name TEXT NOT NULL,
      value BLOB NOT NULL,
      PRIMARY KEY (runbook, name)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE approval (
      run TEXT NOT NULL,
      step TEXT NOT NULL,
      visit INTEGER NOT NULL,
      login TEXT NOT NULL,
      is_given INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (run, step, visit, login)
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
