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

  /// Memory that SQLite may take for one statement: the database's pages, sorting, temporary tables, the values of a row.
  var sqliteBytes: Int64 { 64 << 20 + 2 * Int64(maximumBytes) }

  /// What a server may send for one row: bytes come as hexadecimal digits, and with them what the protocol and TLS add.
  var rowBytes: Int64 { 1 << 20 + 2 * Int64(maximumBytes) }

  /// Statements that are carried out at once.
  static let threads = 16
}
