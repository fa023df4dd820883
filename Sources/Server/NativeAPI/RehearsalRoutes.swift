import Access
import Encodings
import RunEngine
import Runbooks
import Runner

/// Runs without effect: dry runs of runbooks, and replays of runs.
enum RehearsalRoutes {
  static let routes: [Route] = [
    Route(
      ["POST"], "/api/runbooks/{id}/dry-run", .token(.start, path: "api/runbooks/{id}/start"),
      bodyLimit: Limits.startBody, dryRun),
    Route(["POST"], "/api/runs/{id}/replay", .token(.read, path: "api/runs/{id}/log"), replay),
  ]

  private static func dryRun(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let (row, document) = try await RunbookRoutes.find(core, request.parameter("id"))
    // One that is disabled can be tried out; one that has no steps cannot.
    if let obstacle = document.activationObstacles.first {
      throw ServiceFault.conflict("The runbook `\(row.name)` cannot be started: \(obstacle)")
    }
    let bundle = try await core.library.currentBundle(of: document)
    let dry = DryRun(runner: core.runner)
    var payload: [UInt8]?
    var answers = RehearsedAnswers()
    if let tape = try request.optionalJSON() {
      if let node = tape.member(tape.root, "payload") { payload = Array(tape.text(node)) }
      let responses = tape.member(tape.root, "responses")
      if let node = responses {
        answers = try given(node, in: tape)
        if let fault = try await dry.fault(in: answers, for: bundle) {
          throw Problem.invalid(field: "responses", fault)
        }
      }
      if let node = tape.member(tape.root, "replay") {
        guard responses == nil, let id = tape.string(node).flatMap({ RunID($0) }) else {
          throw Problem.invalid(
            field: "replay", "`replay` is a run's id, and stands without `responses`.")
        }
        guard let run = try await core.parts.store.run(id) else {
          throw ServiceFault.notFound(kind: "run", name: id.text)
        }
        try await RetryRoutes.maySeeLog(of: run, core, request, who)
        answers = try await dry.answers(of: run, under: bundle, also: try await RetryRoutes.also(core, request, who))
      }
    }
    let run = try await dry.run(bundle, payload: payload, answers: answers, by: who)
    return PublicStart.answer(core, run, status: 200, isDuplicate: false)
  }

  private static func given(_ node: JSONTape.Node, in tape: JSONTape) throws -> RehearsedAnswers {
    do throws(RehearsedAnswers.Fault) {
      return try RehearsedAnswers(node, in: tape)
    } catch {
      switch error {
      case .notAnObject:
        throw Problem.invalid(field: "responses", "`responses` is an object of answers by step, or by STEP/VISIT.")
      case .tooMany:
        throw Problem.invalid(
          field: "responses", "`responses` holds at most \(RehearsedAnswers.maximumCount) answers.")
      case .malformed:
        throw Problem.invalid(
          field: "responses",
          "An answer is an object with `status` (100 to 999), `headers` (texts by name), and `body` (a JSON value) or "
            + "`text`; or with `failure` alone, the reason for which the step takes its failure edge.")
      }
    }
  }

  private static func replay(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    var pinned = false
    if let tape = try request.optionalJSON(), let node = tape.member(tape.root, "pinned") {
      guard let flag = tape.bool(node) else { throw Problem.invalid(field: "pinned", "`pinned` is true or false.") }
      pinned = flag
    }
    let run = try await RunRoutes.find(core, request)
    let report = try await Replaying(runner: core.runner).replay(
      run, pinned: pinned, by: who, also: try await RetryRoutes.also(core, request, who))
    return .json { writer in
      writer.beginObject()
      writer.key("run_id")
      writer.string(run.id.text)
      writer.key("same")
      writer.bool(report.difference == nil)
      writer.key("events")
      writer.integer(Int64(report.events))
      writer.key("difference")
      if let difference = report.difference {
        writer.beginObject()
        writer.key("seq")
        writer.integer(Int64(difference.sequence))
        writer.key("step")
        if let step = difference.step { writer.string(step) } else { writer.null() }
        writer.key("recorded")
        writer.string(difference.recorded)
        writer.key("now")
        writer.string(difference.now)
        writer.endObject()
      } else {
        writer.null()
      }
      writer.endObject()
    }
  }
}
