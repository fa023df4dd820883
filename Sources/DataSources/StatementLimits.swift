/// What one statement may take.
package struct StatementLimits: Sendable {
  /// Of everything: waiting for a thread, connecting, the statement, reading the rows.
  package let timeout: Duration
  package let maximumRows: Int
  /// Of the answer as JSON.
  package let maximumBytes: Int

  package init(timeout: Duration, maximumRows: Int, maximumBytes: Int) {
    self.timeout = timeout
    self.maximumRows = maximumRows
    self.maximumBytes = maximumBytes
  }

  /// Memory that SQLite may take for one statement beside what it has: sorting, temporary tables.
  static let sqliteBytes: Int64 = 256 << 20
  /// Statements that are carried out at once.
  static let threads = 16
}
