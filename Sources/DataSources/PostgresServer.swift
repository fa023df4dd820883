package import Labels

/// A database of a PostgreSQL server, and how it is connected to.
package struct PostgresServer: Sendable {
  package let database: String
  package let user: String
  /// Nil where the server asks for none.
  package let password: SendablePassword?
  /// Certificates in PEM form that may have signed the server's; nil for the system's.
  package let trust: String?

  package init(database: String, user: String, password: SendablePassword?, trust: String?) {
    self.database = database
    self.user = user
    self.password = password
    self.trust = trust
  }

  /// Where the system keeps its roots, by distribution.
  static let systemRoots = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
  ]

  /// A path at which there is no file and can be none: what the library would otherwise look for in a home folder.
  static let nowhere = "/dev/null/none"
}
