/// Deliveries that carry no signed time are kept as long as the key stands that they fit: endpoint and epoch of that key
/// instead of an end, and a count for each endpoint.
enum V02 {
  static let statements = [
    """
    CREATE TABLE replay_next (
      key BLOB PRIMARY KEY NOT NULL, expires_at INTEGER, endpoint TEXT, epoch TEXT, run TEXT NOT NULL,
      CHECK ((expires_at IS NULL) = (endpoint IS NOT NULL) AND (endpoint IS NULL) = (epoch IS NULL))
    ) STRICT, WITHOUT ROWID
    """,
    "INSERT INTO replay_next (key, expires_at, run) SELECT key, expires_at, run FROM replay",
    "DROP TABLE replay",
    "ALTER TABLE replay_next RENAME TO replay",
    "CREATE INDEX replay_by_expiry ON replay (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX replay_by_endpoint ON replay (endpoint, epoch) WHERE endpoint IS NOT NULL",
    "CREATE TABLE replay_kept (endpoint TEXT PRIMARY KEY NOT NULL, kept INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  ]
}
