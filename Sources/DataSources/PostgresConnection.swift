import CDataSources
import Cryptography
import Destinations
import Glibc
import Labels

/// One connection to a PostgreSQL server, for one statement. It waits on its socket and nowhere else, so that its
/// deadline always holds.
final class PostgresConnection {
  private let connection: OpaquePointer
  private let watch: StatementWatch
  /// Bytes that the server may send until it has finished another row, or another answer.
  private let rowBytes: Int64
  /// Bytes that it had sent when it finished the last one.
  private var bytesBefore: Int64 = 0

  /// Connects to the address that was checked, and to no other: the library looks no name up. With TLS the name is
  /// verified, and versions before 1.2 are refused.
  init(_ server: PostgresServer, at dial: AllowedDial, isReadOnly: Bool, rowBytes: Int64, watch: StatementWatch)
    throws(SourceFault)
  {
    guard chancery_pq_load() == 0 else { throw .noLibrary }
    if let password = server.password { guard password.dial == dial else { throw .otherDestination } }
    var trust: Int32 = -1
    defer { if trust >= 0 { close(trust) } }
    if let own = server.trust, dial.usesTLS {
      let bytes = Array(own.utf8)
      trust = bytes.withUnsafeBytes { chancery_memory_file($0.baseAddress, $0.count) }
      guard trust >= 0 else { throw .tls }
    }
    let roots =
      trust >= 0
      ? "/proc/self/fd/\(trust)"
      : PostgresServer.systemRoots.first { access($0, R_OK) == 0 } ?? PostgresServer.nowhere
    var settings = Self.settings(server, at: dial, roots: roots, isReadOnly: isReadOnly, milliseconds: watch.left)
    defer { for index in settings.indices { settings[index].value.erase() } }
    if let password = server.password {
      settings.append((key: CText("password"), value: CText(password.password)))
    }
    var keys = settings.map { $0.key.pointer } + [nil]
    var values = settings.map { $0.value.pointer } + [nil]
    guard let begun = chancery_pq_connect(&keys, &values) else { throw .connect }
    connection = begun
    self.watch = watch
    self.rowBytes = rowBytes
    try finishConnecting(usesTLS: dial.usesTLS)
  }

  deinit { chancery_pq_finish(connection) }

  private static func settings(
    _ server: PostgresServer, at dial: AllowedDial, roots: String, isReadOnly: Bool, milliseconds: Int64
  ) -> [(key: CText, value: CText)] {
    var host = dial.hostPort.host
    if host.hasPrefix("[") { host = String(host.dropFirst().dropLast()) }
    let options =
      "-c standard_conforming_strings=on -c client_encoding=UTF8 -c DateStyle=ISO -c IntervalStyle=iso_8601 "
      + "-c bytea_output=hex -c extra_float_digits=1 -c idle_in_transaction_session_timeout=\(milliseconds) "
      + "-c default_transaction_read_only=\(isReadOnly ? "on" : "off")"
    let texts = [
      ("host", host), ("hostaddr", dial.address.text), ("port", String(dial.hostPort.port)),
      ("dbname", server.database), ("user", server.user), ("application_name", "chancery"), ("client_encoding", "UTF8"),
      ("options", options), ("sslmode", dial.usesTLS ? "verify-full" : "disable"), ("sslrootcert", roots),
      ("ssl_min_protocol_version", "TLSv1.2"), ("sslcompression", "0"), ("sslcert", PostgresServer.nowhere),
      ("sslkey", PostgresServer.nowhere), ("sslcrl", PostgresServer.nowhere), ("gssencmode", "disable"),
      ("passfile", PostgresServer.nowhere), ("target_session_attrs", "any"), ("keepalives", "1"),
    ]
    return texts.map { (key: CText($0.0), value: CText($0.1)) }
  }

  /// `PostgresPollingStatusType`: 0 failed, 1 reading, 2 writing, 3 ok. `ConnStatusType`: 7 is the TLS handshake, 4 and 5
  /// are the login.
  private func finishConnecting(usesTLS: Bool) throws(SourceFault) {
    var step: Int32 = 2
    var last: Int32 = 2
    while true {
      switch step {
      case 3:
        guard chancery_pq_set_nonblocking(connection) == 0,
          chancery_socket_keep(chancery_pq_socket(connection), usesTLS ? 65_536 : 16_384) == 0
        else { throw .connect }
        return
      case 0:
        switch last {
        case 7: throw .tls
        case 4, 5: throw .login
        default: throw .connect
        }
      default: try wait(forWriting: step == 2)
      }
      let now = chancery_pq_status(connection)
      if now != 1 { last = now }
      step = chancery_pq_connect_poll(connection)
    }
  }

  /// Waits until the socket is ready, a tenth of a second at most before the reasons to stop are asked again.
  private func wait(forWriting isWriting: Bool) throws(SourceFault) {
    while true {
      if let reason = watch.reason { throw reason }
      let socket = chancery_pq_socket(connection)
      guard socket >= 0 else { throw .connect }
      var entry = pollfd(fd: socket, events: Int16(isWriting ? POLLOUT | POLLIN : POLLIN), revents: 0)
      let ready = poll(&entry, 1, Int32(min(100, watch.left)))
      if ready > 0 { return }
      if ready < 0, errno != EINTR { throw .connect }
    }
  }

  /// What the server said of itself when it let us in.
  func parameter(_ name: String) -> String? { chancery_pq_parameter(connection, name).map { String(cString: $0) } }

  /// Sends one statement by the extended protocol, which takes no second one, and gives each row of its answer.
  func run(
    _ statement: BoundStatement, columns: ([[UInt8]]) throws(SourceFault) -> Void = { _ throws(SourceFault) in },
    row: ([ColumnValue]) throws(SourceFault) -> Void = { _ throws(SourceFault) in }
  ) throws(SourceFault) {
    try send(statement)
    var hasColumns = false
    while let result = try next() {
      defer { chancery_pq_clear(result) }
      switch chancery_pq_result_status(result) {
      // PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK
      case 9, 2:
        let count = chancery_pq_columns(result)
        if !hasColumns {
          try columns((0..<count).map { Self.name($0, of: result) })
          hasColumns = true
        }
        for index in 0..<chancery_pq_rows(result) {
          try row((0..<count).map { PostgresValue.read(result, row: index, column: $0) })
        }
      // PGRES_COMMAND_OK
      case 1: break
      default: throw refusal(result)
      }
    }
    if !hasColumns { try columns([]) }
  }

  private static func name(_ column: Int32, of result: OpaquePointer) -> [UInt8] {
    chancery_pq_column_name(result, column).map { Array(String(cString: $0).utf8) } ?? []
  }

  private func send(_ statement: BoundStatement) throws(SourceFault) {
    let parameters = try statement.values.map { value throws(SourceFault) in try PostgresParameter(value) }
    var types = parameters.map(\.type)
    let texts = parameters.map { $0.text.map { CText(bytes: $0) } }
    var values = texts.map { $0?.pointer }
    let code = withExtendedLifetime(texts) {
      chancery_pq_send(connection, statement.text, Int32(parameters.count), &types, &values, nil, nil)
    }
    guard code == 1, chancery_pq_single_rows(connection) == 1 else { throw .disconnected }
  }

  private func next() throws(SourceFault) -> OpaquePointer? {
    while true {
      let flushed = chancery_pq_flush(connection)
      if flushed < 0 { throw .disconnected }
      if flushed == 0, chancery_pq_is_busy(connection) == 0 {
        bytesBefore = max(bytesBefore, received)
        return chancery_pq_next(connection)
      }
      try wait(forWriting: flushed > 0)
      // The library keeps a row until it has all of it, however large: it is not to read on.
      let received = received
      guard received >= 0 else { throw .disconnected }
      guard received - bytesBefore <= rowBytes else { throw .tooLarge(.row) }
      guard chancery_pq_consume(connection) == 1 else { throw .disconnected }
    }
  }

  /// Counted by the system: the library reads as much as it finds. Negative where there is no connection any more.
  private var received: Int64 { chancery_socket_received(chancery_pq_socket(connection)) }

  /// SQLSTATE and nothing else of what the server says: its messages repeat values.
  private func refusal(_ result: OpaquePointer) -> SourceFault {
    guard let state = chancery_pq_result_state(result) else { return .disconnected }
    let code = String(cString: state)
    guard code.utf8.count == 5,
      code.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
    else { return .refused(code: "unknown") }
    // query_canceled, which our own time limit asks for.
    return code == "57014" ? .timeout : .refused(code: code)
  }
}
