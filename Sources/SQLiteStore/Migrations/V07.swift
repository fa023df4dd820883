/// What finished runs are found by: indices for lists, and blinded words (docs/spec/search-index.md).
enum V07 {
  static let statements = lists + words + calls

  /// A list of a million runs reads what it shows and no more. Of triggers, what is not the usual one.
  private static let lists = [
    "CREATE INDEX run_by_state ON run (state, id) WHERE state NOT IN ('queued', 'running')",
    """
    CREATE INDEX run_by_runbook_and_state ON run (runbook, state, id) WHERE state NOT IN ('queued', 'running')
    """,
    "CREATE INDEX run_by_trigger ON run (trigger, id) WHERE trigger <> 'public'",
  ]

  /// Tests of methods and fetches of tokens are calls too.
  private static let calls = ["ALTER TABLE request_log ADD COLUMN origin TEXT NOT NULL DEFAULT 'run'"]

  /// A run appends one entry. A thousand of them are sorted at a time, so that no word costs a page of its own.
  private static let words = [
    """
    CREATE TABLE search_day (day INTEGER PRIMARY KEY, key_slot INTEGER NOT NULL, key_generation INTEGER NOT NULL) STRICT
    """,
    """
    CREATE TABLE search_entry (run TEXT PRIMARY KEY NOT NULL, day INTEGER NOT NULL, segment INTEGER, tokens BLOB NOT NULL)
      STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX search_entry_unmerged ON search_entry (day, run) WHERE segment IS NULL",
    """
    CREATE TABLE search_segment (
      segment INTEGER PRIMARY KEY, day INTEGER NOT NULL, newest TEXT NOT NULL, removed INTEGER NOT NULL,
      runs BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX search_segment_by_day ON search_segment (day, newest)",
    "CREATE INDEX search_segment_with_gaps ON search_segment (segment) WHERE removed > 0",
    """
    CREATE TABLE search_posting (
      segment INTEGER NOT NULL, token INTEGER NOT NULL, places BLOB NOT NULL, PRIMARY KEY (segment, token)
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
