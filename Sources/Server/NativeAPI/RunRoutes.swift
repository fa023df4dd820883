import Access
import Encodings
import Ledger
import NamedKeys
import RunEngine
import Runner
import Storage

/// Runs and their logs.
enum RunRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/runs", .token(.read, path: "api/runs"), list),
    Route(["GET"], "/api/runs/{id}", .token(.read, path: "api/runs/{id}"), read),
    Route(["GET"], "/api/runs/{id}/log", .token(.read, path: "api/runs/{id}/log"), log),
    Route(["GET"], "/api/runs/{id}/tree", .token(.read, path: "api/runs/{id}/log"), tree),
    Route(["GET"], "/api/runs/{id}/receipt", .token(.read, path: "api/runs/{id}/receipt"), receipt),
    Route(["DELETE"], "/api/runs/{id}", .token(.delete, path: "api/runs/{id}"), delete),
    Route(["POST"], "/api/runs/{id}/cancel", .token(.update, path: "api/runs/{id}"), cancel),
  ]

  private static func list(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    var query = RunQuery()
    if let name = request.query("runbook") { query.runbookID = try await RunbookRoutes.idOfPast(core, name) }
    if let text = request.query("state") {
      guard let state = StoredRunState(rawValue: text) else {
        throw Problem.invalid(field: "state", "`state` is queued, running, succeeded, failed or cancelled.")
      }
      query.state = state
    }
    if let text = request.query("before") {
      guard let before = RunID(text) else { throw Problem.invalid(field: "before", "`before` is a run's id.") }
      query.before = before
    }
    if let text = request.query("trigger") {
      guard let trigger = TriggerKind(rawValue: text) else {
        throw Problem.invalid(field: "trigger", "`trigger` is public, api, schedule or runbook.")
      }
      query.trigger = trigger
    }
    query.reason = request.query("reason")
    if let text = request.query("paused") {
      guard text == "true" else { throw Problem.invalid(field: "paused", "`paused` is true, or is left out.") }
      query.isPaused = true
    }
    query.since = try time("since", request)
    query.until = try time("until", request)
    query.limit = try PageLimit.read(request) ?? query.limit
    let (runs, next) = try await page(query, core, request, who)
    let names = try await names(core)
    return .json { writer in
      writer.beginObject()
      writer.key("runs")
      writer.beginArray()
      for run in runs { write(run, name: names[run.runbookID], core, to: &writer) }
      writer.endArray()
      writer.key("next")
      if let next { writer.string(next.text) } else { writer.null() }
      writer.endObject()
    }
  }

  private static func page(
    _ query: RunQuery, _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> (runs: [StoredRun], next: RunID?) {
    let (text, step) = (request.query("text"), request.query("step"))
    guard text != nil || step != nil else {
      let runs = try await core.parts.store.runs(query)
      return (runs, runs.count == query.limit ? runs.last?.id : nil)
    }
    guard let wanted = RunSearch.Wanted(text: text, step: step) else {
      throw Problem.invalid(
        field: "text", "`text` is 1 to \(RunSearch.Wanted.mostWords) words of \(WordScan.shortest) characters or more.")
    }
    guard let who, let live = try await core.tokens.peek(Dispatch.presented(request)) else {
      throw Problem.unauthenticated
    }
    func mayRead(_ run: RunID) -> Bool {
      core.alsoAllows(.read, "api/runs/\(run.text)/log", for: who, live: live) != nil
    }
    // Asked of a run that there is not, before anything is looked for: so how long it takes tells nothing of those there are.
    guard mayRead(SearchDay.firstID(of: 0)) else {
      throw ServiceFault.denied("A search of logs needs the capability read on `api/runs/*`.")
    }
    return try await RunSearch(library: core.library).page(wanted, query, mayRead: mayRead)
  }

  private static func time(_ name: String, _ request: RouteRequest) throws(Problem) -> Instant? {
    guard let text = request.query(name) else { return nil }
    guard let instant = Instant(rfc3339: text) else {
      throw .invalid(field: name, "`\(name)` is a time such as 2026-01-31T06:00:00Z.")
    }
    return instant
  }

  private static func names(_ core: ServerCore) async throws -> [String: String] {
    Dictionary(
      try await core.parts.store.documents(.runbook).map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
  }

  static func find(_ core: ServerCore, _ request: RouteRequest) async throws -> StoredRun {
    guard let id = RunID(request.parameter("id")), let run = try await core.parts.store.run(id) else {
      throw ServiceFault.notFound(kind: "run", name: request.parameter("id"))
    }
    return run
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let run = try await find(core, request)
    let name = try await core.parts.store.document(.runbook, id: run.runbookID)?.name
    return .json { writer in write(run, name: name, core, to: &writer) }
  }

  private static func write(_ run: StoredRun, name: String?, _ core: ServerCore, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("id")
    writer.string(run.id.text)
    writer.key("runbook_id")
    writer.string(run.runbookID)
    writer.key("runbook")
    if let name { writer.string(name) } else { writer.null() }
    writer.key("state")
    writer.string(run.state.rawValue)
    writer.key("trigger")
    writer.string(run.trigger.rawValue)
    for (key, instant) in [
      ("created_at", run.createdAt), ("started_at", run.startedAt), ("ended_at", run.endedAt),
    ] as [(String, Instant?)] {
      writer.key(key)
      if let instant { writer.string(instant.rfc3339) } else { writer.null() }
    }
    writer.key("retry_of")
    if let original = run.retryOf { writer.string(original.text) } else { writer.null() }
    writer.key("is_dry")
    writer.bool(run.isDry)
    writer.key("steps")
    writer.integer(Int64(run.stepsExecuted))
    writer.key("paused_at")
    if let pause = run.pause, run.isPaused { writer.string(pause.at.rfc3339) } else { writer.null() }
    writer.key("paused_by")
    if let pause = run.pause, run.isPaused { writer.string(pause.by) } else { writer.null() }
    writer.key("waiting")
    if let waiting = run.waiting, !run.isPaused, !run.state.isFinished {
      writer.beginObject()
      writer.key("reason")
      writer.string(waiting.reason.rawValue)
      writer.key("until")
      writer.string(waiting.until.rfc3339)
      writer.endObject()
    } else if run.isPaused || (!run.state.isFinished && core.runner.isPaused(run.runbookID)) {
      writer.beginObject()
      writer.key("reason")
      writer.string("paused")
      writer.key("until")
      writer.null()
      writer.endObject()
    } else if run.state == .queued, core.runner.isHeld(run.runbookID) {
      writer.beginObject()
      writer.key("reason")
      writer.string("disabled")
      writer.key("until")
      writer.null()
      writer.endObject()
    } else {
      writer.null()
    }
    writer.key("failure")
    if let failure = run.failureWord { writer.string(failure) } else { writer.null() }
    let now = core.now()
    writer.key("duration_ms")
    if let duration = RunWarnings.duration(of: run, now: now) { writer.integer(duration) } else { writer.null() }
    writer.key("warnings")
    writer.beginArray()
    for warning in RunWarnings.of(run, now: now) { writer.string(warning) }
    writer.endArray()
    writer.endObject()
  }

  private static func receipt(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let name = try request.query("key").map { try KeyName($0) }
    // Whoever has a receipt signed by a key must be one who may sign with it.
    if let name {
      let path = "api/keys/\(name)/sign"
      guard let live = try await core.tokens.peek(Dispatch.presented(request)),
        core.alsoAllows(.update, path, for: who, live: live) != nil
      else {
        throw ServiceFault.denied(
          "Signing the receipt with the key `\(name)` needs the capability update on `\(path)`.")
      }
    }
    let run = try await find(core, request)
    guard let statement = try await ReceiptWriting(library: core.library).statement(of: run.id) else {
      throw ServiceFault.notFound(kind: "run", name: run.id.text)
    }
    guard let receipt = core.signReceipt(statement) else { throw Problem.sealed }
    guard let name else { return .text(receipt.text) }
    let signed = try await core.keys.sign(receipt, with: name, by: .entity(who.token.entity.text))
    return .text(signed.text)
  }

  private static func cancel(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let run = try await find(core, request)
    do {
      try await core.runner.cancel(run.id, by: who.token.entity.text)
    } catch CommitRefusal.historyMoved {
      throw ServiceFault.conflict("The run has ended already.")
    }
    return .json(202) { writer in
      writer.beginObject()
      writer.key("run_id")
      writer.string(run.id.text)
      writer.endObject()
    }
  }

  private static func delete(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let run = try await find(core, request)
    do {
      try await core.runner.delete([run], by: .entity(who.token.entity.text))
    } catch CommitRefusal.historyMoved {
      throw ServiceFault.conflict("The run has not ended; cancel it first.")
    }
    return .noContent
  }

  /// For pages: the log as server-sent events. A browser asks again when a stream ends; 204 tells it that nothing follows.
  private static func events(
    of run: StoredRun, _ log: RunLog, _ core: ServerCore, _ request: RouteRequest
  ) async throws -> RouteResponse {
    let known = request.header("last-event-id").flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    let after = known ?? request.query("after").flatMap { Int($0) } ?? 0
    if known != nil, run.state.isFinished, try await log.reading(of: run.id, after: after)?.isWhole ?? true {
      return .noContent
    }
    let tail = LogTail(core: core, run: run.id, log: log, form: .events)
    return RouteResponse(
      status: 200, headers: [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")],
      body: .stream(tail.pieces(after: after)))
  }

  private static func tree(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let run = try await find(core, request)
    guard var tree = try await RunLog(library: core.library).tree(of: run.id) else {
      throw ServiceFault.notFound(kind: "run", name: run.id.text)
    }
    let first = try await tree.next()
    // A small one is told in one piece.
    let body: RouteResponse.Body = tree.isWhole ? .bytes(first ?? []) : .stream(LogTail.rest(ofTree: tree, from: first))
    return RouteResponse(status: 200, headers: [("Content-Type", "application/json")], body: body)
  }

  private static func log(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let run = try await find(core, request)
    let log = RunLog(library: core.library)
    if request.accepts("text/event-stream") { return try await events(of: run, log, core, request) }
    let after = request.query("after").flatMap { Int($0) } ?? 0
    let headers = [("Content-Type", "application/jsonl")]
    if request.query("follow") == "true" {
      return RouteResponse(
        status: 200, headers: headers, body: .stream(LogTail(core: core, run: run.id, log: log).pieces(after: after)))
    }
    guard var reading = try await log.reading(of: run.id, after: after) else {
      throw ServiceFault.notFound(kind: "run", name: run.id.text)
    }
    let tail = LogTail(core: core, run: run.id, log: log)
    let first = try await reading.next()
    guard reading.isWhole else {
      return RouteResponse(status: 200, headers: headers, body: .stream(tail.rest(of: reading, from: first)))
    }
    // A short one is told in one piece.
    let present = try await log.present(of: run.id, last: reading.last)
    let bytes = (first.map { tail.form.bytes($0) } ?? []) + (present.map { tail.form.bytes(present: $0) } ?? [])
    return RouteResponse(status: 200, headers: headers, body: .bytes(bytes))
  }
}
