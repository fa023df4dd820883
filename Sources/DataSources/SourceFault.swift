/// Why a statement brought no rows. Names and codes only: nothing of the statement, of its values or of what the database
/// wrote about them.
package enum SourceFault: Error, Hashable, Sendable {
  case timeout
  /// No connection to the server: no statement was sent.
  case connect
  /// The connection broke after a statement was sent.
  case disconnected
  case tls
  /// More rows or bytes than the source allows, or more memory than a statement may take.
  case tooLarge(StatementExcess)
  /// The service stops.
  case interrupted
  /// Two columns of the answer have the same name.
  case columns
  /// A value is no number, no text or no JSON, as the database has them; which, by its kind and column.
  case value(String)
  /// The database's own code: SQLSTATE, or a name of SQLite's.
  case refused(code: String)
  case noLibrary
  case noFolder
  case noFile
  case login
  /// A source connects with a role that is, or can become, a superuser or one that reaches files and programs.
  case superuser
  /// The statement was not let out for this destination.
  case otherDestination
}
