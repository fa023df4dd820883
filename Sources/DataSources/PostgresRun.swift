import Destinations
import Labels

/// Carries out one statement at a PostgreSQL server, on the thread that calls it: connects, begins, sends, reads, ends.
struct PostgresRun {
  let server: PostgresServer
  let dial: AllowedDial
  let isReadOnly: Bool
  let limits: StatementLimits
  let watch: StatementWatch

  func rows<Taken: Sendable>(
    of statement: BoundStatement, taking take: (SourceAnswer) -> TakenAnswer<Taken>
  ) throws(SourceFault) -> Taken {
    let connection = try PostgresConnection(
      server, at: dial, isReadOnly: isReadOnly, rowBytes: limits.rowBytes, watch: watch)
    guard connection.parameter("is_superuser") == "off" else { throw .superuser }
    try connection.run(BoundStatement(fixed: isReadOnly ? "BEGIN TRANSACTION READ ONLY" : "BEGIN TRANSACTION"))
    // The server ends it by itself, whatever becomes of this connection.
    try connection.run(BoundStatement(fixed: "SET LOCAL statement_timeout = \(watch.left)"))
    guard try isConfined(connection) else { throw .superuser }
    var rows: AnswerRows?
    try connection.run(statement) { columns throws(SourceFault) in
      rows = try AnswerRows(columns: columns, limits)
    } row: { values throws(SourceFault) in
      try rows?.append(values)
    }
    guard let answer = rows?.finish() else { throw .disconnected }
    let taken = take(answer)
    // What was changed is kept only when all of the answer was taken, and so was what is made of it; without this the
    // server undoes it.
    if !isReadOnly, taken.isKept { try connection.run(BoundStatement(fixed: "COMMIT")) }
    return taken.value
  }

  /// Whether the role neither is, nor can become, one that reaches the server's files and programs: no transaction holds
  /// such a one back from them.
  private func isConfined(_ connection: PostgresConnection) throws(SourceFault) -> Bool {
    var isConfined = false
    try connection.run(
      BoundStatement(fixed: Self.confinement),
      row: { values throws(SourceFault) in
        if case .boolean(true)? = values.first { isConfined = true }
      })
    return isConfined
  }

  private static let confinement =
    "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE (r.rolsuper OR r.rolname IN ('pg_read_server_files', "
    + "'pg_write_server_files', 'pg_execute_server_program')) AND pg_catalog.pg_has_role(session_user, r.oid, 'member'))"
}

extension BoundStatement {
  /// A statement of ours, without values.
  init(fixed text: String) {
    self.init(text: text, values: [])
  }
}
