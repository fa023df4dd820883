/// The first format. Payload columns hold envelopes; all else here is in clear and listed in SECURITY.md.
enum V01 {
  static let statements = [
    """
    CREATE TABLE run (
      id TEXT PRIMARY KEY NOT NULL,
      runbook TEXT NOT NULL,
      bundle TEXT NOT NULL,
      state TEXT NOT NULL,
      trigger TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER,
      steps INTEGER NOT NULL,
      failure TEXT,
      key_slot INTEGER NOT NULL,
      key_generation INTEGER NOT NULL,
      cancel_requested_at INTEGER,
      waiting_for TEXT,
      waiting_until INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX run_by_runbook ON run (runbook, id)",
    "CREATE INDEX run_by_end ON run (ended_at, id) WHERE ended_at IS NOT NULL",
    "CREATE INDEX run_unfinished ON run (id) WHERE state IN ('queued', 'running')",
    """
    CREATE TABLE run_event (
      run TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      kind TEXT NOT NULL,
      at INTEGER NOT NULL,
      event BLOB NOT NULL,
      run_values BLOB,
      PRIMARY KEY (run, sequence)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE bundle (id TEXT PRIMARY KEY NOT NULL, text BLOB NOT NULL) STRICT",
    """
    CREATE TABLE document (
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      revision INTEGER NOT NULL,
      is_active INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      text BLOB NOT NULL,
      PRIMARY KEY (kind, id),
      UNIQUE (kind, name)
    ) STRICT
    """,
    """
    CREATE TABLE sealed_row (
      owner TEXT NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      generation INTEGER NOT NULL,
      bound_to TEXT NOT NULL,
      updated_at INTEGER NOT NULL,
      value BLOB,
      PRIMARY KEY (owner, kind, name)
    ) STRICT
    """,
    """
    CREATE TABLE secret (
      path TEXT NOT NULL,
      version INTEGER NOT NULL,
      hosts TEXT,
      created_at INTEGER NOT NULL,
      fields BLOB NOT NULL,
      PRIMARY KEY (path, version)
    ) STRICT
    """,
    """
    CREATE TABLE secret_grant (
      runbook TEXT NOT NULL,
      secret_path TEXT NOT NULL,
      material TEXT NOT NULL,
      hosts TEXT NOT NULL,
      granted_at INTEGER NOT NULL,
      granted_by TEXT NOT NULL,
      PRIMARY KEY (runbook, secret_path)
    ) STRICT
    """,
    """
    CREATE TABLE token (
      hash BLOB PRIMARY KEY NOT NULL,
      accessor_hash BLOB NOT NULL UNIQUE,
      expires_at INTEGER,
      remaining_uses INTEGER,
      is_revoked INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      record BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE policy (
      name TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, updated_at INTEGER NOT NULL, text BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE reveal (
      id TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, expires_at INTEGER NOT NULL, record BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE login (
      name TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, updated_at INTEGER NOT NULL, record BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE named_key (
      name TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, updated_at INTEGER NOT NULL, record BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE named_key_version (
      name TEXT NOT NULL, number INTEGER NOT NULL, material BLOB NOT NULL, PRIMARY KEY (name, number)
    ) STRICT
    """,
    """
    CREATE TABLE replay (key BLOB PRIMARY KEY NOT NULL, expires_at INTEGER NOT NULL, run TEXT NOT NULL)
      STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX replay_by_expiry ON replay (expires_at)",
    "CREATE TABLE ledger (position INTEGER PRIMARY KEY NOT NULL, entry BLOB NOT NULL) STRICT",
    """
    CREATE TABLE ledger_state (
      id INTEGER PRIMARY KEY CHECK (id = 1), state BLOB NOT NULL, head TEXT
    ) STRICT
    """,
    "CREATE TABLE setting (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT",
    "CREATE TABLE noted_time (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT",
  ]
}
