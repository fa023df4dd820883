import Access
import Encodings
import RunEngine
import Runner
import Storage

/// Repeating runs, and pausing runs and runbooks.
enum RetryRoutes {
  static let routes: [Route] = [
    Route(["POST"], "/api/runs/{id}/retry", .token(.update, path: "api/runs/{id}/retry"), retry),
    // As cancelling one: by the same right.
    Route(["POST"], "/api/runs/{id}/pause", .token(.update, path: "api/runs/{id}")) { core, request, who in
      try await setRun(true, core, request, who)
    },
    Route(["POST"], "/api/runs/{id}/resume", .token(.update, path: "api/runs/{id}")) { core, request, who in
      try await setRun(false, core, request, who)
    },
    Route(["POST"], "/api/runbooks/{id}/pause", .token(.update, path: "api/runbooks/{id}/pause")) {
      core, request, who in
      try await set(true, core, request, who)
    },
    Route(["POST"], "/api/runbooks/{id}/resume", .token(.update, path: "api/runbooks/{id}/resume")) {
      core, request, who in
      try await set(false, core, request, who)
    },
  ]

  private static func retry(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    var beginning = Retrying.Beginning.failedStep
    var latest = false
    if let tape = try request.optionalJSON() {
      if let node = tape.member(tape.root, "from") {
        guard let named = tape.string(node).flatMap(Retrying.Beginning.init(rawValue:)) else {
          throw Problem.invalid(field: "from", "`from` is start or failed-step.")
        }
        beginning = named
      }
      if let node = tape.member(tape.root, "latest") {
        guard let flag = tape.bool(node) else { throw Problem.invalid(field: "latest", "`latest` is true or false.") }
        latest = flag
      }
    }
    let run = try await RunRoutes.find(core, request)
    try await mayRepeat(run, core, request, who)
    let also = try await also(core, request, who)
    return try RunbookRoutes.startAnswer(
      try await Retrying(runner: core.runner).retry(
        run, from: beginning, latest: latest, idempotencyKey: try request.idempotencyKey(), by: who, also: also),
      core)
  }

  /// Whoever repeats a run starts its runbook with what the run was given, and so must be one who may do the one and see
  /// the other.
  private static func mayRepeat(
    _ run: StoredRun, _ core: ServerCore, _ request: RouteRequest, _ who: Authorization
  ) async throws {
    try await maySeeLog(of: run, core, request, who)
    try await mayStart(run.runbookID, core, request, who)
  }

  /// What else the caller may do, as the runner asks for it.
  static func also(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization
  ) async throws -> (Capability, String) -> Authorization? {
    let live = try await core.tokens.peek(Dispatch.presented(request))
    return { capability, path in live.flatMap { core.alsoAllows(capability, path, for: who, live: $0) } }
  }

  static func maySeeLog(
    of run: StoredRun, _ core: ServerCore, _ request: RouteRequest, _ who: Authorization
  ) async throws {
    guard let live = try await core.tokens.peek(Dispatch.presented(request)),
      core.alsoAllows(.read, "api/runs/\(run.id.text)/log", for: who, live: live) != nil
    else {
      throw ServiceFault.denied(
        "Using what a run was given needs the capability read on its log, `api/runs/\(run.id.text)/log`.")
    }
  }

  private static func mayStart(
    _ runbook: String, _ core: ServerCore, _ request: RouteRequest, _ who: Authorization
  ) async throws {
    guard let live = try await core.tokens.peek(Dispatch.presented(request)) else { throw Problem.unauthenticated }
    // By its id alone, as a start is: a policy for its name must not open what one for its id denies.
    guard core.alsoAllows(.start, "api/runbooks/\(runbook)/start", for: who, live: live) != nil else {
      throw ServiceFault.denied("This needs the capability start on `api/runbooks/\(runbook)/start`.")
    }
  }

  private static func set(
    _ isPaused: Bool, _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let (row, _) = try await RunbookRoutes.find(core, request.parameter("id"))
    try await Pausing(runner: core.runner).set(isPaused, runbook: row.id, by: who)
    return .json { writer in
      writer.beginObject()
      writer.key("id")
      writer.string(row.id)
      writer.key("is_paused")
      writer.bool(isPaused)
      writer.endObject()
    }
  }

  private static func setRun(
    _ isPaused: Bool, _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let run = try await RunRoutes.find(core, request)
    try await Pausing(runner: core.runner).set(isPaused, run: run, by: who)
    return .json { writer in
      writer.beginObject()
      writer.key("run_id")
      writer.string(run.id.text)
      writer.key("is_paused")
      writer.bool(isPaused)
      writer.endObject()
    }
  }
}
