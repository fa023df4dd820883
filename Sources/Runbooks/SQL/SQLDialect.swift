/// Whose SQL a statement is written in: both quote and comment differently.
package enum SQLDialect: String, Sendable, CaseIterable {
  case sqlite
  case postgres

  /// SQLite: a block comment ends at its first end. PostgreSQL: they nest (documentation §4.1.5).
  var commentsNest: Bool { self == .postgres }
}
