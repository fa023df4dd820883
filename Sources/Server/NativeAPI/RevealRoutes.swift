import Access
import Encodings
import Labels
import RunEngine
import Runner
import SecretStore

/// Values shown to people: the only routes that disclose to them. Whoever may, gives a reason, and has the value shown
/// once; where the policies want two persons, the first call asks, another person consents, and a second call shows.
enum RevealRoutes {
  static let routes: [Route] = [
    Route(
      ["POST"], "/api/reveals/kv/{path*}", .token(.reveal, path: "v1/kv/data/{path}"), discloses: .human, showSecret),
    Route(["POST"], "/api/reveals/runs/{id}", .token(.reveal, path: "api/runs/{id}"), discloses: .human, showRun),
    Route(["GET"], "/api/reveals", .token(.read, path: "api/reveals"), list),
    Route(["POST"], "/api/reveals/{id}/consent", .token(.update, path: "api/reveals/{id}"), consent),
    Route(["POST"], "/api/reveals/{id}/decline", .token(.update, path: "api/reveals/{id}"), decline),
  ]

  /// What a person asks with: a reason, or a request that was consented to.
  private enum Order {
    case reason(DisclosureReason)
    case request(RevealID)
  }

  private static func order(_ tape: JSONTape) throws(Problem) -> Order {
    let request = tape.member(tape.root, "request")
    guard let reason = tape.member(tape.root, "reason") else {
      guard let id = request.flatMap({ tape.string($0) }).flatMap({ RevealID($0) }) else {
        throw .invalid(
          field: "reason",
          "Say why: `reason` is one line of 1 to \(AccessLimits.reasonBytes) bytes, which the ledger "
            + "keeps; or give the id of a consented `request`.")
      }
      return .request(id)
    }
    guard request == nil, let text = tape.string(reason), let reason = try? DisclosureReason(text) else {
      throw .invalid(
        field: "reason", "`reason` is one line of 1 to \(AccessLimits.reasonBytes) bytes, with no `request` beside it.")
    }
    return .reason(reason)
  }

  private static func showSecret(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let path: KVPath
    do {
      path = try KVPath("kv/\(request.parameter("path"))")
    } catch {
      throw Problem.invalid(field: "path", error.message)
    }
    let tape = try request.json()
    let order = try order(tape)
    let field = try text("field", in: tape)
    guard let row = try await core.parts.store.secret(path: path.text) else {
      throw Problem.notFound("There is no secret at this path.")
    }
    // Opened before anything is recorded as shown: what does not open, or has no such field, is not shown.
    let version = try SecretShelf(parts: core.parts).open(row)
    if let field, !version.hasField(field) {
      throw Problem.notFound("The secret has no field of this name.")
    }
    let subject = RevealSubject(path: who.path, version: row.version, part: field)
    let permit: DisclosurePermit
    switch try await decide(order, subject, core, who) {
    case .waits(let asked): return answer(asked)
    case .shows(let given): permit = given
    }
    let shown = try DiscloseDoor.reveal(version.value, readAt: who.path, permit: permit).get()
    let fields = try JSONTape(Array(shown.text.utf8))
    return .json { writer in
      writer.beginObject()
      writer.key("version")
      writer.integer(Int64(clamping: row.version))
      writer.key("value")
      if let field, let node = fields.member(fields.root, field) {
        writer.raw(Array(fields.text(node)))
      } else {
        writer.raw(Array(fields.text(fields.root)))
      }
      writer.endObject()
    }
  }

  private static func showRun(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let tape = try request.json()
    let order = try order(tape)
    guard let line = tape.member(tape.root, "seq").flatMap({ tape.integer($0) }), let line = Int(exactly: line),
      line > 0
    else { throw Problem.invalid(field: "seq", "`seq` is the number of a line of the run's log.") }
    let form = try text("as", in: tape) ?? "text"
    guard ["text", "bytes", "opening"].contains(form) else {
      throw Problem.invalid(field: "as", "`as` is text, bytes or opening.")
    }
    if form == "opening" { return try await openCommitment(core, request, who, tape, line: line) }
    guard let name = try text("part", in: tape), let part = RevealedPart(name) else {
      throw Problem.invalid(field: "part", "`part` is \(RevealedPart.names).")
    }
    let reveal = RunReveal(library: core.library)
    guard let run = RunID(request.parameter("id")), let found = try await reveal.find(part, line: line, of: run) else {
      throw Problem.notFound("There is no such run, or its line \(line) has no such part.")
    }
    if form == "bytes", let obstacle = reveal.obstacle(toBytesOf: found) {
      throw ServiceFault.conflict(
        "The part cannot be had as bytes: \(obstacle). As text it is masked where it must be.")
    }
    let subject = RevealSubject(path: who.path, version: UInt64(line), part: name)
    switch try await decide(order, subject, core, who) {
    case .waits(let asked): return answer(asked)
    case .shows(let permit) where form == "bytes":
      let bytes = try reveal.bytes(found, readAt: who.path, permit: permit)
      return answer(line, "base64") { $0.string(Base64.encode(bytes)) }
    case .shows(let permit):
      let shown = try reveal.show(found, readAt: who.path, permit: permit)
      return answer(line, "value") { $0.string(shown.text) }
    }
  }

  /// A value that the run's receipt commits to, beside the salt of its commitment. What a second person consents to, and
  /// what the ledger keeps, says that it is opened, in a way in which no part begins.
  private static func openCommitment(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization, _ tape: JSONTape, line: Int
  ) async throws -> RouteResponse {
    let order = try order(tape)
    guard let name = try text("part", in: tape) else {
      throw Problem.invalid(field: "part", "`part` is what the receipt calls the value, such as `response.body`.")
    }
    let reveal = RunReveal(library: core.library)
    guard let run = RunID(request.parameter("id")),
      let found = try await reveal.findCommitted(name, line: line, of: run)
    else { throw Problem.notFound("There is no such run, or line \(line) of its receipt has no such value.") }
    if let obstacle = reveal.obstacle(toBytesOf: found.value) {
      throw ServiceFault.conflict("The value cannot be opened: \(obstacle).")
    }
    let subject = RevealSubject(path: who.path, version: UInt64(line), part: "opening of \(name)")
    switch try await decide(order, subject, core, who) {
    case .waits(let asked): return answer(asked)
    case .shows(let permit):
      let opening = try reveal.open(found, readAt: who.path, permit: permit)
      return answer(line, "opening") { $0.raw(opening.json) }
    }
  }

  /// A part of a line, in the form that was asked for.
  private static func answer(_ line: Int, _ form: String, _ write: (inout JSONWriter) -> Void) -> RouteResponse {
    .json { writer in
      writer.beginObject()
      writer.key("seq")
      writer.integer(Int64(line))
      writer.key(form)
      write(&writer)
      writer.endObject()
    }
  }

  private enum Decision {
    case waits(RevealRequest)
    case shows(DisclosurePermit)
  }

  /// Records what happens, then says it.
  private static func decide(
    _ order: Order, _ subject: RevealSubject, _ core: ServerCore, _ who: Authorization
  ) async throws -> Decision {
    switch order {
    case .request(let id): .shows(try await core.reveals.take(id, for: subject, by: who))
    case .reason(let reason):
      who.needsSecondPerson
        ? .waits(try await core.reveals.ask(for: subject, by: who, reason: reason))
        : .shows(try await core.reveals.showAtOnce(subject, by: who, reason: reason))
    }
  }

  private static func text(_ name: String, in tape: JSONTape) throws(Problem) -> String? {
    guard let node = tape.member(tape.root, name), tape.kind(node) != .null else { return nil }
    guard let text = tape.string(node) else { throw .invalid(field: name, "`\(name)` must be a text.") }
    return text
  }

  private static func answer(_ request: RevealRequest) -> RouteResponse {
    .json(202) { writer in write(request, to: &writer) }
  }

  private static func list(_ core: ServerCore, _: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    let requests = try await core.reveals.open()
    return .json { writer in
      writer.beginObject()
      writer.key("reveals")
      writer.beginArray()
      for request in requests { write(request, to: &writer) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func id(_ request: RouteRequest) throws -> RevealID {
    guard let id = RevealID(request.parameter("id")) else {
      throw ServiceFault.notFound(kind: "reveal request", name: request.parameter("id"))
    }
    return id
  }

  private static func consent(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let after = try await core.reveals.consent(to: try id(request), by: who)
    return .json { writer in write(after, to: &writer) }
  }

  private static func decline(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let after = try await core.reveals.decline(try id(request), by: who)
    return .json { writer in write(after, to: &writer) }
  }

  private static func write(_ request: RevealRequest, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("request")
    writer.string(request.id.text)
    writer.key("path")
    writer.string(request.subject.path.text)
    writer.key("version")
    writer.integer(Int64(clamping: request.subject.version))
    writer.key("part")
    if let part = request.subject.part { writer.string(part) } else { writer.null() }
    writer.key("requester")
    writer.string(request.requester.text)
    writer.key("reason")
    writer.string(request.reason.text)
    writer.key("state")
    writer.string(request.state.word)
    writer.key("second_person")
    if let person = request.state.secondPerson { writer.string(person.text) } else { writer.null() }
    writer.key("requested_at")
    writer.string(request.requestedAt.rfc3339)
    writer.key("expires_at")
    writer.string(request.expiresAt.rfc3339)
    writer.endObject()
  }
}
