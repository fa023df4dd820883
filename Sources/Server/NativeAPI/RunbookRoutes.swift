import Access
import Destinations
import Encodings
import Labels
import Ledger
import Runbooks
import Runner
import Storage
import Webhooks

/// Runbooks: list, read, import, start, enable and disable, grants.
enum RunbookRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/runbooks", .token(.read, path: "api/runbooks"), list),
    Route(["GET"], "/api/runbooks/{id}", .token(.read, path: "api/runbooks/{id}"), read),
    Route(
      ["POST"], "/api/runbooks/{id}/start", .token(.start, path: "api/runbooks/{id}/start"),
      bodyLimit: Limits.startBody, start),
    Route(["POST"], "/api/runbooks/{id}/enable", .token(.update, path: "api/runbooks/{id}/enable")) {
      core, request, who in
      try await set(true, core, request, who)
    },
    Route(["POST"], "/api/runbooks/{id}/disable", .token(.update, path: "api/runbooks/{id}/disable")) {
      core, request, who in
      try await set(false, core, request, who)
    },
    Route(["POST"], "/api/runbooks/{id}/await", .token(.update, path: "api/runbooks/{id}/await")) {
      core, request, who in
      guard let who else { throw Problem.unauthenticated }
      let end = try await core.handshakes.await(try await find(core, request.parameter("id")).row.id, by: who)
      return .json { writer in
        writer.beginObject()
        writer.key("awaits_key_until")
        writer.string(end.rfc3339)
        writer.endObject()
      }
    },
    Route(["POST"], "/api/runbooks/{id}/grants", .token(.grant, path: "api/runbooks/{id}/grants"), grant),
    Route(
      ["POST"], "/api/import", .token(.create, path: "api/import"), bodyLimit: Limits.importBody, importDocuments),
  ]

  private static func list(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    var all = try await core.library.runbooks()
    if let group = request.query("group") { all = all.filter { $0.document.group == group } }
    let listed = all
    // One that cannot be read is in no group that could be told.
    let broken = try await core.library.unreadable(.runbook)
    let unreadable = request.query("group") == nil ? broken : []
    let view = EndpointView(core, kept: try await core.parts.store.keptReplays())
    var failures: [String: Int] = [:]
    for (row, _) in listed { failures[row.id] = try await core.library.failuresThatDisabled(row) }
    let disabling = failures
    return .json { writer in
      writer.beginObject()
      writer.key("runbooks")
      writer.beginArray()
      for (row, document) in listed {
        writer.beginObject()
        summary(row, document, disabledAfter: disabling[row.id], view, to: &writer)
        writer.endObject()
      }
      writer.endArray()
      UnreadableDocuments.write(unreadable, to: &writer)
      writer.endObject()
    }
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let (row, document) = try await find(core, request.parameter("id"))
    let grants = try await reach(of: try await core.parts.store.grants(runbookID: row.id), core)
    let bundle = try? await core.library.currentBundle(of: document)
    let view = EndpointView(core, kept: try await core.parts.store.keptReplays())
    let failures = try await core.library.failuresThatDisabled(row)
    return .json { writer in
      writer.beginObject()
      summary(row, document, disabledAfter: failures, view, to: &writer)
      writer.key("grants")
      writer.beginArray()
      for (grant, hosts) in grants {
        writer.beginObject()
        writer.key("secret")
        writer.string(grant.secretPath)
        writer.key("hosts")
        writer.beginArray()
        for host in hosts { writer.string(host) }
        writer.endArray()
        writer.key("state")
        writer.string(grant.materialHash == bundle?.material.hex ? "active" : "suspended")
        writer.endObject()
      }
      writer.endArray()
      writer.key("document")
      writer.raw(document.canonicalJSON)
      writer.endObject()
    }
  }

  private static func summary(
    _ row: StoredDocument, _ document: RunbookDocument, disabledAfter failures: Int?, _ view: EndpointView,
    to writer: inout JSONWriter
  ) {
    writer.key("id")
    writer.string(row.id)
    writer.key("name")
    writer.string(row.name)
    writer.key("group")
    if let group = document.group { writer.string(group) } else { writer.null() }
    writer.key("is_active")
    writer.bool(row.isActive)
    if let failures {
      writer.key("disabled_after_failures")
      writer.integer(Int64(failures))
    }
    writer.key("is_paused")
    writer.bool(view.core.runner.isPaused(row.id))
    writer.key("revision")
    writer.integer(Int64(clamping: row.revision))
    writer.key("updated_at")
    writer.string(row.updatedAt.rfc3339)
    writer.key("start")
    writer.string(document.start.publicStart == nil ? "internal" : "public")
    if document.start.publicStart != nil {
      writer.key("start_url")
      writer.string(view.core.startURL(row.id))
    }
    if let profile = view.core.endpoints.snapshot[row.id]?.configuration.challenge {
      writer.key("handshake")
      writer.beginObject()
      writer.key("profile")
      writer.string(profile.name)
      writer.key("other_methods")
      writer.beginArray()
      for method in profile.otherMethods { writer.string(method) }
      writer.endArray()
      writer.key("awaits_key")
      writer.bool(view.core.handshakes.isAwaiting(row.id))
      writer.endObject()
    }
    view.write(document, to: &writer)
  }

  static func find(
    _ core: ServerCore, _ id: String
  ) async throws -> (row: StoredDocument, document: RunbookDocument) {
    guard let found = try await core.library.runbook(id) else {
      throw ServiceFault.notFound(kind: "runbook", name: id)
    }
    return found
  }

  /// The id of a runbook by which runs and items of the outbox are looked for: also of one that was deleted, while there is
  /// something of it. Such a one is known by its id alone.
  static func idOfPast(_ core: ServerCore, _ name: String) async throws -> String {
    if let found = try await core.library.row(of: .runbook, named: name) { return found.id }
    let store = core.parts.store
    var isKnown = try await !store.runs(RunQuery(runbookID: name, limit: 1)).isEmpty
    if !isKnown { isKnown = try await !store.outbox(OutboxQuery(runbookID: name, limit: 1)).isEmpty }
    guard isKnown else { throw ServiceFault.notFound(kind: "runbook", name: name) }
    return name
  }

  private static func start(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let (row, document) = try await find(core, request.parameter("id"))
    let key = try request.idempotencyKey()
    // Before it is asked whether it may start: whoever lost the answer asks again, and is told the run.
    if let known = try await EarlierOrders(parts: core.parts).answer(
      toStartOf: document.id, idempotencyKey: key, by: who)
    {
      return try startAnswer(known, core)
    }
    if let obstacle = document.activationObstacles.first {
      throw ServiceFault.conflict("The runbook `\(row.name)` cannot be started: \(obstacle)")
    }
    guard row.isActive else { throw try await core.library.refusalOfDisabled(row) }
    var payload: [UInt8]?
    if let tape = try request.optionalJSON(), let node = tape.member(tape.root, "payload") {
      payload = Array(tape.text(node))
    }
    let bundle = try await core.library.currentBundle(of: document)
    return try startAnswer(
      try await core.admission.start(
        bundle, payload: payload, idempotencyKey: key, by: who), core)
  }

  /// What a start with a token answers.
  static func startAnswer(_ result: AdmissionResult, _ core: ServerCore) throws -> RouteResponse {
    switch result {
    case .started(let run): return PublicStart.answer(core, run, status: 202, isDuplicate: false)
    case .duplicate(let run): return PublicStart.answer(core, run, status: 202, isDuplicate: true)
    case .malformedBody(let sentence): throw Problem.invalid(field: "payload", sentence)
    case .malformedIdempotencyKey: throw Problem.malformedIdempotencyKey
    case .busy(let seconds): throw Problem.busy(retryAfterSeconds: seconds)
    case .tokenSpent: throw Problem.unauthenticated
    // A start with a token is remembered by nothing, and takes no slot.
    case .replayCapReached, .slotTaken: throw ServiceFault.conflict(WebhookRefusal.replayCapReached.rawValue)
    }
  }

  private static func set(
    _ isActive: Bool, _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    var (row, document) = try await find(core, request.parameter("id"))
    if isActive, let obstacle = document.activationObstacles.first {
      throw ServiceFault.conflict("The runbook `\(row.name)` cannot be activated: \(obstacle)")
    }
    // What its steps call must be there.
    if isActive { _ = try await core.library.currentBundle(of: document) }
    document.setActive(isActive)
    let next = try core.library.row(
      kind: .runbook, id: row.id, name: row.name, isActive: isActive, text: document.canonicalJSON, replacing: row,
      by: who.token.entity.text)
    let draft = LedgerDraft(
      kind: .document, actor: .entity(who.token.entity.text), action: isActive ? "enable" : "disable",
      subject: "runbook/\(row.id)", outcome: "revision \(next.revision)")
    do {
      // Enabling begins a new streak, in the same commit.
      let streak: [Intention] = isActive ? [.account(.beginStreak(runbookID: row.id))] : []
      _ = try await core.parts.store.commit(WriteBatch([.saveDocument(next)] + streak, ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
    row = next
    try await core.endpoints.renew()
    core.runner.hold(!isActive, runbook: row.id)
    return .json { writer in
      writer.beginObject()
      writer.key("id")
      writer.string(row.id)
      writer.key("is_active")
      writer.bool(isActive)
      writer.endObject()
    }
  }

  private static func grant(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let (row, document) = try await find(core, request.parameter("id"))
    var only: String?
    if let tape = try request.optionalJSON(), let node = tape.member(tape.root, "secret") { only = tape.string(node) }
    let granted = try await Granting(library: core.library).grant(document, only: only, by: who)
    guard !granted.isEmpty else {
      throw ServiceFault.notFound(kind: "secret used by runbook \(row.name)", name: only ?? "any")
    }
    try await core.endpoints.renew()
    let reach = try await reach(of: granted, core)
    return .json { writer in
      writer.beginObject()
      writer.key("granted")
      write(reach, to: &writer)
      writer.endObject()
    }
  }

  /// A grant, and where the value can really go: to the hosts that the grant pins and the secret itself names.
  private typealias Reach = (grant: StoredGrant, hosts: [String])

  private static func reach(of grants: [StoredGrant], _ core: ServerCore) async throws -> [Reach] {
    var result: [Reach] = []
    for grant in grants {
      // A secret names hosts as somebody typed them, also without their port: they are compared as places, as a call does.
      let named = try await core.parts.store.secret(path: grant.secretPath)?.hosts
      let allowed = HostClearance(texts: named) ?? .nowhere
      result.append((grant, grant.hosts.filter { text in HostPort(text).map { allowed.allows($0) } ?? false }))
    }
    return result
  }

  private static func write(_ reach: [Reach], to writer: inout JSONWriter) {
    writer.beginArray()
    for (grant, hosts) in reach {
      writer.beginObject()
      writer.key("runbook")
      writer.string(grant.runbookID)
      writer.key("secret")
      writer.string(grant.secretPath)
      writer.key("hosts")
      writer.beginArray()
      for host in hosts { writer.string(host) }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
  }

  private static func importDocuments(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let tape = try request.json()
    guard let list = tape.member(tape.root, "files"), tape.kind(list) == .array, tape.count(list) > 0 else {
      throw Problem.invalid(field: "files", "`files` must be a list of {name, text}.")
    }
    var files: [DocumentFile] = []
    for node in tape.children(list) {
      guard let name = tape.member(node, "name").flatMap({ tape.string($0) }),
        let text = tape.member(node, "text").flatMap({ tape.stringBytes($0) })
      else { throw Problem.invalid(field: "files", "`files` must be a list of {name, text}.") }
      files.append(DocumentFile(name: name, bytes: text))
    }
    let into = tape.member(tape.root, "into").flatMap { tape.string($0) }
    // The token is live: it was let in for this very request.
    let live = try await core.tokens.peek(Dispatch.presented(request))
    let importing = DocumentImport(library: core.library, endpoints: core.endpoints)
    let result = try await importing.run(files, into: into, by: who) { capability, path in
      live.flatMap { core.alsoAllows(capability, path, for: who, live: $0) }
    }
    return try await importAnswer(result, core)
  }

  /// What an import answers, once it is done.
  static func importAnswer(_ result: ImportResult, _ core: ServerCore) async throws -> RouteResponse {
    try await core.runner.renewHolds()
    let reach = try await reach(of: result.granted, core)
    return .json { writer in answer(result, reach, core: core, to: &writer) }
  }

  /// Where an imported runbook is started from outside, or why it is not.
  private static func writeStart(of id: String, _ core: ServerCore, to writer: inout JSONWriter) {
    let snapshot = core.endpoints.snapshot
    if let fault = snapshot.obstacle(toStartOf: id) {
      writer.key("endpoint_fault")
      writer.string(fault)
    } else if snapshot[id]?.configuration.access == .internalAndPublic {
      writer.key("start_url")
      writer.string(core.startURL(id))
    }
  }

  private static func answer(_ result: ImportResult, _ reach: [Reach], core: ServerCore, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("imported")
    writer.beginArray()
    for imported in result.imported {
      writer.beginObject()
      writer.key("kind")
      writer.string(imported.kind.rawValue)
      writer.key("id")
      writer.string(imported.id)
      writer.key("name")
      writer.string(imported.name)
      writer.key("revision")
      writer.integer(Int64(clamping: imported.revision))
      if imported.kind == .runbook { writeStart(of: imported.id, core, to: &writer) }
      writer.endObject()
    }
    writer.endArray()
    writer.key("warnings")
    writer.beginArray()
    for warning in result.warnings { writer.string(warning) }
    writer.endArray()
    writer.key("missing")
    writer.beginArray()
    for missing in result.missing {
      writer.beginObject()
      writer.key("command")
      writer.string(missing.command)
      if let boundTo = missing.boundTo, let url = missing.url {
        writer.key("bound_to")
        writer.string(boundTo)
        writer.key("url")
        writer.string(url)
      }
      writer.endObject()
    }
    for (integration, state) in result.unauthorized {
      writer.beginObject()
      IntegrationRoutes.writeAuthorizing(integration, state, to: &writer)
      writer.endObject()
    }
    writer.endArray()
    writer.key("granted")
    write(reach, to: &writer)
    writer.key("suspended")
    writer.beginArray()
    for (runbook, secret) in result.suspended {
      writer.beginObject()
      writer.key("runbook")
      writer.string(runbook)
      writer.key("secret")
      writer.string(secret)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}
