/// What goes on around runs: failures in a row, what is to be done about them, figures, schedules and the calls of each
/// method. One section for each matter, in the order in which they are made.
enum V03 {
  static let statements = failures + figures + schedules + requests + integrationTokens

  // MARK: Failures in a row, and what is still to be done about them
  // Ids, numbers and words only: what a mail or a notification says is made when it is sent or shown.

  private static let failures = [
    """
    CREATE TABLE failure_streak (runbook TEXT PRIMARY KEY NOT NULL, failures INTEGER NOT NULL, done INTEGER NOT NULL)
      STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE outbox (
      id TEXT PRIMARY KEY NOT NULL,
      kind TEXT NOT NULL,
      state TEXT NOT NULL,
      runbook TEXT NOT NULL,
      run TEXT NOT NULL,
      bundle TEXT NOT NULL,
      failures INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      due_at INTEGER NOT NULL,
      done_at INTEGER,
      problem TEXT
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX outbox_by_due ON outbox (due_at, id) WHERE state = 'pending'",
    "CREATE INDEX outbox_by_end ON outbox (done_at) WHERE done_at IS NOT NULL",
    """
    CREATE TABLE notification (
      login TEXT NOT NULL,
      id TEXT NOT NULL,
      runbook TEXT NOT NULL,
      run TEXT NOT NULL,
      failures INTEGER NOT NULL,
      at INTEGER NOT NULL,
      read_at INTEGER,
      PRIMARY KEY (login, id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX notification_by_time ON notification (at)",
  ]

  // MARK: Figures
  // Rolled up by second and by hour of the start or end; `span` is the length in seconds.

  private static let figures = [
    """
    CREATE TABLE run_tally (
      runbook TEXT NOT NULL,
      span INTEGER NOT NULL,
      since INTEGER NOT NULL,
      started INTEGER NOT NULL,
      finished INTEGER NOT NULL,
      steps INTEGER NOT NULL,
      most_steps INTEGER NOT NULL,
      milliseconds INTEGER NOT NULL,
      most_milliseconds INTEGER NOT NULL,
      PRIMARY KEY (runbook, span, since)
    ) STRICT, WITHOUT ROWID
    """
  ]

  // MARK: Schedules
  // The newest slot of each schedule that was dealt with.

  private static let schedules = [
    """
    CREATE TABLE schedule_slot (
      runbook TEXT NOT NULL, schedule TEXT NOT NULL, slot INTEGER NOT NULL, missed INTEGER NOT NULL,
      PRIMARY KEY (runbook, schedule)
    ) STRICT, WITHOUT ROWID
    """
  ]

  // MARK: Calls by method
  // What was sent and answered stands in the run's events; this finds it.

  private static let requests = [
    """
    CREATE TABLE request_log (
      method TEXT NOT NULL,
      at INTEGER NOT NULL,
      run TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      step TEXT NOT NULL,
      outcome TEXT NOT NULL,
      milliseconds INTEGER,
      sent_bytes INTEGER,
      received_bytes INTEGER,
      PRIMARY KEY (method, at, run, sequence)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX request_log_by_run ON request_log (run)",
  ]

  /// Tokens of authorisation servers, one for each integration, bound to the settings that they were fetched with.
  private static let integrationTokens = [
    """
    CREATE TABLE integration_token (
      integration TEXT PRIMARY KEY NOT NULL, settings TEXT NOT NULL, generation INTEGER NOT NULL,
      updated_at INTEGER NOT NULL, record BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """
  ]
}
