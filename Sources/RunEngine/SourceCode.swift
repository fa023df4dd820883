/// Codes of data sources that are ours; all others are SQLSTATE or a name of SQLite's.
package enum SourceCode {
  /// The client library of PostgreSQL is not on this machine.
  package static let noLibrary = "libpq5"
  /// The service was started without a folder for SQLite files.
  package static let noFolder = "folder"
  /// The file is not there, is no regular file, or lies outside the folder.
  package static let noFile = "file"
  /// The server did not accept the login.
  package static let login = "login"
  /// The source's role is a superuser, or one that reaches the server's files and programs, or can become one.
  package static let superuser = "superuser"
  /// Two columns of the answer have the same name.
  package static let columns = "columns"
  /// A statement with something secret in it, or whose answer is encrypted, failed: which code it was would tell more than
  /// that it did.
  package static let failed = "failed"

  /// What is known before a statement is sent, and so does not depend on it.
  package static let beforeSending: Set<String> = [noLibrary, noFolder, noFile, login, superuser]

  /// What happened at the source, and what helps.
  static func sentence(of name: String, code: String) -> String {
    let what =
      switch code {
      case noLibrary: "needs PostgreSQL's client library on this machine; install the package libpq5"
      case noFolder:
        "is a file, and the service was started without a folder for them; `serve --sqlite-folder FOLDER` names one"
      case noFile:
        "has no database file at its path; it must lie below the folder of `serve --sqlite-folder`, without links"
      case login: "did not accept the login; check user, password and database"
      case superuser:
        "has a role that is, or can become, a superuser or one that reaches the server's files or programs; give it a "
          + "role of its own"
      case columns: "answered with two columns of the same name; give each its own with AS"
      case failed:
        "did not carry out the statement, or gave an answer that could not be used; which of them is not recorded, because "
          + "the statement or its answer is secret"
      default: "did not carry out the statement (code \(code))"
      }
    return "The data source `\(name)` \(what)."
  }
}
