import Destinations
import Labels

/// Carries out one statement at a PostgreSQL server, on the thread that calls it: connects, begins, sends, reads, ends.
struct PostgresRun {
  let server: PostgresServer
  let dial: AllowedDial
  let isReadOnly: Bool
  let limits: StatementLimits
  let watch: StatementWatch

  func rows(of statement: BoundStatement) throws(SourceFault) -> SourceAnswer {
    let connection = try PostgresConnection(
      server, at: dial, isReadOnly: isReadOnly, rowBytes: limits.rowBytes, watch: watch)
    // A transaction that only reads holds a superuser back from changing rows, but not from the server's files and
    // programs.
    if isReadOnly, connection.parameter("is_superuser") != "off" { throw .superuser }
    try connection.run(BoundStatement(fixed: isReadOnly ? "BEGIN TRANSACTION READ ONLY" : "BEGIN TRANSACTION"))
    // The server ends it by itself, whatever becomes of this connection.
    try connection.run(BoundStatement(fixed: "SET LOCAL statement_timeout = \(watch.left)"))
    var rows: AnswerRows?
    try connection.run(statement) { columns throws(SourceFault) in
      rows = try AnswerRows(columns: columns, limits)
    } row: { values throws(SourceFault) in
      try rows?.append(values)
    }
    guard let answer = rows?.finish() else { throw .connect }
    // What was changed is kept only when all of the answer was taken; without this the server undoes it.
    if !isReadOnly { try connection.run(BoundStatement(fixed: "COMMIT")) }
    return answer
  }
}

extension BoundStatement {
  /// A statement of ours, without values.
  init(fixed text: String) {
    self.init(text: text, values: [])
  }
}
