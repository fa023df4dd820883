/// What came with this version, in sections.
enum V03 {
  static let statements = integrationTokens

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
