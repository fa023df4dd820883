/// How rows are laid out that every run appends.
enum V05 {
  static let statements = tablesThatGrow

  /// Tables that every run appends to become tables with growing numbers. As trees of their keys alone, a row with values
  /// of more than a kilobyte took a page of its own beside them, and a delivery two pages at random places: its name, and
  /// the index by endpoint, which ended in the name. Now all of it goes to the ends but one entry, the name's.
  private static let tablesThatGrow = [
    """
    CREATE TABLE run_event_next (
      number INTEGER PRIMARY KEY,
      run TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      kind TEXT NOT NULL,
      at INTEGER NOT NULL,
      event BLOB NOT NULL,
      run_values BLOB,
      UNIQUE (run, sequence)
    ) STRICT
    """,
    """
    INSERT INTO run_event_next (run, sequence, kind, at, event, run_values)
    SELECT run, sequence, kind, at, event, run_values FROM run_event ORDER BY run, sequence
    """,
    "DROP TABLE run_event",
    "ALTER TABLE run_event_next RENAME TO run_event",
    """
    CREATE TABLE replay_next (
      number INTEGER PRIMARY KEY,
      key BLOB NOT NULL UNIQUE, expires_at INTEGER, endpoint TEXT, epoch TEXT, run TEXT NOT NULL,
      CHECK ((expires_at IS NULL) = (endpoint IS NOT NULL) AND (endpoint IS NULL) = (epoch IS NULL))
    ) STRICT
    """,
    """
    INSERT INTO replay_next (key, expires_at, endpoint, epoch, run)
    SELECT key, expires_at, endpoint, epoch, run FROM replay
    """,
    "DROP TABLE replay",
    "ALTER TABLE replay_next RENAME TO replay",
    "CREATE INDEX replay_by_expiry ON replay (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX replay_by_endpoint ON replay (endpoint, epoch) WHERE endpoint IS NOT NULL",
  ]
}
