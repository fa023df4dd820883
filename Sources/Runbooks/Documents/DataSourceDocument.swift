package import Destinations

/// A database whose rows steps read, and change where it says so (`data_source:`).
package struct DataSourceDocument: Equatable, Sendable {
  /// The name under which steps use it: lower case, so that it can stand in a list of hosts.
  package var id: String
  package var notes: String
  package var place: Place
  package var access: Access
  /// Of one statement, connecting included.
  package var timeout: Duration
  package var maximumRows: Int
  /// Of the answer as JSON.
  package var maximumBytes: Int

  package enum Place: Equatable, Sendable {
    /// A file, as its path below the folder that the operator allows.
    case sqlite(file: String)
    case postgres(PostgresPlace)
  }

  package enum Access: String, Sendable, CaseIterable {
    case readOnly = "read_only"
    case readWrite = "read_write"
  }

  package init(
    id: String, notes: String = "", place: Place, access: Access = .readOnly,
    timeout: Duration = Limits.standardTimeout,
    maximumRows: Int = Limits.standardRows, maximumBytes: Int = Limits.standardBytes
  ) {
    self.id = id
    self.notes = notes
    self.place = place
    self.access = access
    self.timeout = timeout
    self.maximumRows = maximumRows
    self.maximumBytes = maximumBytes
  }

  /// Bounds of what a document can ask for.
  package enum Limits {
    package static let standardTimeout = Duration.seconds(30)
    package static let longestTimeout = Duration.seconds(300)
    package static let standardRows = 1_000
    package static let mostRows = 100_000
    package static let standardBytes = 1_000_000
    package static let mostBytes = 16_000_000
  }

  package var isReadOnly: Bool { access == .readOnly }

  package var dialect: SQLDialect {
    switch place {
    case .sqlite: .sqlite
    case .postgres: .postgres
    }
  }

  /// Where values go that are sent to it: what grants and lists of hosts name.
  package var hostPort: HostPort? {
    switch place {
    case .sqlite: HostPort(sqliteSource: id)
    case .postgres(let place): HostPort("\(place.host):\(place.port)")
    }
  }

  /// The field of the key/value store that it reads.
  package var secretReference: SecretReference? {
    if case .postgres(let place) = self.place { place.password } else { nil }
  }
}

/// A database of a PostgreSQL server.
package struct PostgresPlace: Equatable, Sendable {
  package var host: String
  package var port: Int
  package var database: String
  package var user: String
  /// Nil where the server asks for none.
  package var password: SecretReference?
  package var tls: TLSMode
  /// Certificates in PEM form that may have signed the server's, instead of the system's; empty for the system's.
  package var trust: String

  package enum TLSMode: String, Sendable, CaseIterable {
    /// The certificate and the host's name in it are verified.
    case verifyFull = "verify-full"
    /// Loopback only.
    case off
  }

  package static let standardPort = 5432

  package init(
    host: String, port: Int = PostgresPlace.standardPort, database: String, user: String,
    password: SecretReference? = nil, tls: TLSMode = .verifyFull, trust: String = ""
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.tls = tls
    self.trust = trust
  }
}
