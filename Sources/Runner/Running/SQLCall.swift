import DataSources
import Destinations
import Egress
import Encodings
import Labels
import RunEngine
import Runbooks

/// Performs one SQL step of a run: put the values beside the statement, check the destination, open the door, send, mark
/// the rows, take the outputs. It changes nothing but the session that it is given, and answers with one event.
struct SQLCall: Sendable {
  let address: EffectAddress
  let step: SQLStep
  let source: DataSourceDocument
  let parts: ServiceParts
  let clearance: RunClearance
  /// How long the step may go on beside its own timeout.
  var bounds = CallBounds()

  init(address: EffectAddress, step: SQLStep, in session: RunSession, parts: ServiceParts) async throws {
    let clearance = try await MaterialReading(parts: parts).clearance(of: session.bundle)
    try self.init(address: address, step: step, in: session, parts: parts, clearance: clearance)
  }

  /// - Parameter clearance: of the session's bundle, read before.
  init(
    address: EffectAddress, step: SQLStep, in session: RunSession, parts: ServiceParts, clearance: RunClearance
  ) throws {
    guard let source = session.bundle.dataSource(step.source) else { throw FailureReason.history }
    self.address = address
    self.step = step
    self.source = source
    self.parts = parts
    self.clearance = clearance
  }

  /// The event that records what happened; never throws, since every way of failing is a reason of the edge. Nil where the
  /// statement has not left, because nothing may any more.
  func perform(in session: inout RunSession) async -> RunEvent? {
    var request: RequestRecord?
    do {
      let rendered = try rendered(in: session)
      request = try record(in: &session)
      let prepared = try await prepare(rendered, in: &session)
      try checkApproval(of: prepared.statement, in: session)
      let taken = try await send(prepared, label: rendered.label, request: request, in: session)
      session = taken.session
      return taken.event
    } catch WithheldRequest.over {
      return nil
    } catch WithheldRequest.late {
      return failed(.limit(.runTime), request, in: &session)
    } catch let fault as SourceFault {
      return failed(FailureReason(fault, source: source.id), request, in: &session)
    } catch {
      return failed(FailureReason(call: error), request, in: &session)
    }
  }

  /// The event that records the question: the statement as the document has it, its values as any viewer may see them, and
  /// the commitment to all that would be sent. Nothing is sent.
  func ask(attempts: Int, in session: inout RunSession) async -> RunEvent {
    do {
      let scope = session.scope
      let sendable = try await opened(try rendered(in: session))
      let values = try step.query.placeholders.map { placeholder throws(ValueFault) in
        (name: placeholder.path.text, value: try scope.value(placeholder.path))
      }
      let request = RequestRecord(
        method: "SQL", url: try session.insert(LabeledText(clear: source.id)),
        headers: try session.insert(RenderedStatement.shown(values)),
        body: try session.insert(LabeledText(clear: step.query.source)))
      return .approvalAsked(
        address, at: parts.clock.now(), request: request,
        commitment: try sendable.commitment(
          source: source.id, step: address.step, visit: address.visit, run: session.id.text, key: session.key),
        attempts: attempts)
    } catch {
      return failed(FailureReason(call: error), nil, in: &session)
    }
  }

  /// What may be sent to the source, at its address as it is now.
  private func opened(_ statement: RenderedStatement) async throws -> SendableStatement {
    try SendDoor.statement(statement, for: try await destination()).get()
  }

  private func destination() async throws -> StatementDestination {
    switch source.place {
    case .sqlite:
      guard let place = source.hostPort else { throw FailureReason.history }
      return .file(place)
    case .postgres(let place): return .server(try await dial(to: place))
    }
  }

  /// Throws where the step's statement has to be approved and is not the approved one.
  private func checkApproval(of statement: SendableStatement, in session: RunSession) throws {
    guard step.approval != nil else { return }
    guard let approved = session.machine.approvedCommitment(of: address),
      try statement.isCommitted(
        to: approved, source: source.id, step: address.step, visit: address.visit, run: session.id.text,
        key: session.key)
    else { throw FailureReason.notApproved(.changed) }
  }

  func failed(
    _ reason: FailureReason, _ request: RequestRecord?, in session: inout RunSession
  ) -> RunEvent {
    .callFailed(
      address, at: parts.clock.now(), reason: session.countedStatement(reason, at: address), request: request,
      response: nil)
  }

  func rendered(in session: RunSession) throws -> RenderedStatement {
    let statement: SQLStatement
    do throws(SQLFault) {
      statement = try SQLStatement(step.query, dialect: source.dialect, isReadOnly: source.isReadOnly)
    } catch {
      throw FailureReason.conversion("the statement: \(error.message)")
    }
    let scope = session.scope
    let pieces = try statement.pieces.flatMap { try Self.pieces(of: $0, in: scope) }
    var room = ValueRoom(limit: scope.values.maximumBytes)
    for piece in pieces {
      switch piece {
      case .text: break
      case .value(let value), .characters(let value): try room.take(value)
      }
    }
    return RenderedStatement(pieces)
  }

  private static func pieces(
    of piece: SQLStatement.Piece, in scope: RunScope
  ) throws(ValueFault) -> [RenderedStatement.Piece] {
    switch piece {
    case .text(let text): return [.text(text)]
    case .value(let placeholder): return [.value(try scope.value(placeholder.path))]
    case .string(let parts):
      var pieces: [RenderedStatement.Piece] = [.text("(")]
      for (index, part) in parts.enumerated() {
        if index > 0 { pieces.append(.text(" || ")) }
        switch part {
        case .literal(let text): pieces.append(.text("'\(text)'"))
        case .value(let placeholder): pieces.append(.characters(try scope.value(placeholder.path)))
        }
      }
      return pieces + [.text(")")]
    }
  }

  /// What the log keeps: the document's own text, in which no value is.
  func record(in session: inout RunSession) throws -> RequestRecord {
    RequestRecord(
      method: "SQL", url: try session.insert(LabeledText(clear: source.id)),
      headers: try session.insert(LabeledText(json: Array("{\"removing\":[],\"headers\":[]}".utf8), label: .clear)),
      body: try session.insert(LabeledText(clear: step.query.source)))
  }

  /// A statement with all that it needs to leave: its destination is checked, and everything in it may go there.
  enum Prepared: Sendable {
    case sqlite(SendableStatement, file: String)
    case postgres(SendableStatement, PostgresServer)

    var statement: SendableStatement {
      switch self {
      case .sqlite(let statement, _), .postgres(let statement, _): statement
      }
    }
  }

  func prepare(_ statement: RenderedStatement, in session: inout RunSession) async throws -> Prepared {
    let sendable = try await opened(statement)
    switch (source.place, sendable.destination) {
    case (.sqlite(let file), _): return .sqlite(sendable, file: file)
    case (.postgres, .file): throw FailureReason.history
    case (.postgres(let place), .server(let dial)):
      var password: SendablePassword?
      if let reference = place.password {
        let secret = try await MaterialReading(parts: parts).secret(reference, clearance: clearance)
        session.registry.learn(secret)
        password = try SendDoor.password(secret, for: dial).get()
      }
      return .postgres(
        sendable,
        PostgresServer(
          database: place.database, user: place.user, password: password, trust: place.trust.isEmpty ? nil : place.trust
        ))
    }
  }

  /// What was taken of an answer: the session that holds it, and the event that records it.
  private struct Taken: Sendable {
    let session: RunSession
    let event: RunEvent
  }

  /// Sends the statement and takes the outputs while the source still waits to hear whether what was changed is kept: where
  /// an output cannot be taken, it is not. That is done in a copy of the session, which counts where the source agrees.
  ///
  /// Throws `WithheldRequest` where the statement may not leave any more.
  private func send(
    _ prepared: Prepared, label: Label, request: RequestRecord?, in session: RunSession
  ) async throws -> Taken {
    // All that comes before this may take a while: whether it may leave, and for how long, is asked here.
    let limits = StatementLimits(
      timeout: try bounds.admit(timeout), maximumRows: source.maximumRows, maximumBytes: source.maximumBytes)
    let began = parts.clock.monotonicMilliseconds()
    let taking = { @Sendable (answer: SourceAnswer) -> TakenAnswer<Taken> in
      var own = session
      let duration = parts.clock.monotonicMilliseconds() - began
      let event = taken(answer, sent: label, after: duration, request: request, in: &own)
      let isKept = if case .callAnswered = event { true } else { false }
      return TakenAnswer(Taken(session: own, event: event), isKept: isKept)
    }
    switch prepared {
    case .sqlite(let sendable, let file):
      return try await parts.dataSources.rows(
        of: sendable, in: .sqlite(file: file), isReadOnly: source.isReadOnly, limits: limits, taking: taking)
    case .postgres(let sendable, let server):
      return try await parts.dataSources.rows(
        of: sendable, in: .postgres(server), isReadOnly: source.isReadOnly, limits: limits, taking: taking)
    }
  }

  /// The address that is connected to: the same rules as for every call, TLS as https and no TLS as plain http.
  private func dial(to place: PostgresPlace) async throws -> AllowedDial {
    let scheme = place.tls == .off ? "http" : "https"
    let url = try CanonicalURL("\(scheme)://\(place.host):\(place.port)/") { parts.rules.allowsPlainHTTP($0) }
    return try await parts.client.resolve(url).first
  }

  /// The shorter of the source's and the step's.
  private var timeout: Duration { step.timeout.map { min($0, source.timeout) } ?? source.timeout }

  /// The event of rows that came: answered, or failed where they cannot be used.
  private func taken(
    _ answer: SourceAnswer, sent: Label, after duration: Int64, request: RequestRecord?, in session: inout RunSession
  ) -> RunEvent {
    do {
      return try take(answer, sent: sent, after: duration, request: request, in: &session)
    } catch {
      return failed(FailureReason(call: error), request, in: &session)
    }
  }

  private func take(
    _ answer: SourceAnswer, sent: Label, after duration: Int64, request: RequestRecord?, in session: inout RunSession
  ) throws -> RunEvent {
    let title = session.bundle.runbook.step(named: address.step)?.title ?? address.step
    let label = LabelProducers.rows(
      step: title, isEncrypted: step.encryptResponse, hosts: clearance.ownHosts, sent: sent)
    var body = try LabeledText(json: answer.json, label: label)
    if !step.encryptResponse { body = SensitiveDefaults.mark(body, holder: title, hosts: clearance.ownHosts) }
    body = ReflectionCheck.mark(body, view: session.registry.view())
    return try take(
      headers: try counts(rows: answer.rows, bytes: answer.json.count, label: label), body: body, after: duration,
      request: request, in: &session)
  }

  /// What stands in the place of headers. How many rows there are tells about what was asked.
  func counts(rows: Int, bytes: Int, label: Label) throws -> LabeledText {
    try LabeledText(json: Array("{\"rows\":\"\(rows)\",\"bytes\":\"\(bytes)\"}".utf8), label: label)
  }

  /// Takes the outputs of rows, wherever they came from.
  func take(
    headers: LabeledText, body: LabeledText, after duration: Int64, request: RequestRecord?,
    in session: inout RunSession
  ) throws -> RunEvent {
    let response = ResponseRecord(
      status: 200, headers: try session.insert(headers), body: try session.insert(body), durationMilliseconds: duration)
    do {
      var scope = session.scope
      scope.answer = RunScope.Answer(status: 200, headers: headers, body: body)
      var handles: [String: ValueHandle] = [:]
      for (name, value) in try VariableTaking.take(
        step.outputs, declared: session.bundle.runbook.variables, hosts: clearance.ownHosts, in: scope)
      {
        handles[name] = try session.insert(value)
      }
      return .callAnswered(address, at: parts.clock.now(), request: request, response: response, variables: handles)
    } catch {
      return .callFailed(
        address, at: parts.clock.now(),
        reason: session.counted(
          FailureReason(call: error).told(of: headers.label, source: source.id), also: body.label),
        request: request, response: response)
    }
  }
}

extension FailureReason {
  init(_ fault: SourceFault, source: String) {
    switch fault {
    case .timeout: self = .timeout
    case .connect: self = .connect
    case .disconnected: self = .disconnected
    case .tls: self = .tls
    case .tooLarge(let excess): self = .valueTooLarge(excess.message)
    case .interrupted: self = .interrupted
    case .columns: self = .source(name: source, code: SourceCode.columns)
    case .value(let what): self = .conversion("\(what), at the data source \(source)")
    case .refused(let code): self = .source(name: source, code: code)
    case .noLibrary: self = .source(name: source, code: SourceCode.noLibrary)
    case .noFolder: self = .source(name: source, code: SourceCode.noFolder)
    case .noFile: self = .source(name: source, code: SourceCode.noFile)
    case .login: self = .source(name: source, code: SourceCode.login)
    case .superuser: self = .source(name: source, code: SourceCode.superuser)
    case .otherDestination: self = .blocked
    }
  }
}

extension FailureReason {
  /// What is recorded of it where a statement with this label was sent to a source. A database says by hundreds of codes
  /// why it failed, and the statement chooses which: where something secret decides, all of them are one. What was wrong
  /// before anything was sent, and what took too long, stays as it is.
  func told(of label: Label, source: String) -> FailureReason {
    guard label.isSecret else { return self }
    switch self {
    case .source(_, let code) where SourceCode.beforeSending.contains(code): return self
    case .source, .tooLarge, .valueTooLarge, .conversion, .unresolved, .parse, .unreadable:
      return .source(name: source, code: SourceCode.failed)
    default: return self
    }
  }
}

extension RunSession {
  /// As `counted`, for a step that sends a statement: which edge it takes is decided by what was sent and by the rows,
  /// and so is whether it comes to its end in time.
  mutating func countedStatement(_ reason: FailureReason, at address: EffectAddress) -> FailureReason {
    guard let step = bundle.runbook.step(named: address.step), case .sql(let sql) = step.kind else {
      return counted(reason)
    }
    let scope = scope
    let sent = Label.join(sql.query.placeholders.compactMap { try? scope.value($0.path).label })
    let label = LabelProducers.rows(step: step.title, isEncrypted: sql.encryptResponse, hosts: .any, sent: sent)
    let told = reason.told(of: label, source: sql.source)
    guard told == .timeout else { return counted(told, also: label) }
    let counted = counted(.tooLarge, also: label)
    return counted == .tooLarge ? .timeout : counted
  }
}
