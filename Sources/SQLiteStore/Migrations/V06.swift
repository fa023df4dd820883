/// What documents were before they were saved anew.
enum V06 {
  /// A table with numbers of its own, as texts are longer than a key's tree holds well.
  static let statements = [
    "ALTER TABLE document ADD COLUMN saved_by TEXT",
    """
    CREATE TABLE document_version (
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      revision INTEGER NOT NULL,
      name TEXT NOT NULL,
      is_active INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      saved_by TEXT,
      text BLOB NOT NULL,
      PRIMARY KEY (kind, id, revision)
    ) STRICT
    """,
  ]
}
