import Access
import Encodings
import RunEngine
import Runner
import Storage

/// Requests of runs that people have to agree to.
enum ApprovalRoutes {
  static let routes: [Route] = [
    Route(["GET"], "/api/approvals/{id}", .token(.read, path: "api/approvals/{id}"), read),
    Route(["POST"], "/api/approvals/{id}", .token(.update, path: "api/approvals/{id}"), answer),
  ]

  private static func run(_ core: ServerCore, _ request: RouteRequest) async throws -> StoredRun {
    guard let id = RunID(request.parameter("id")), let run = try await core.parts.store.run(id) else {
      throw ServiceFault.notFound(kind: "run", name: request.parameter("id"))
    }
    return run
  }

  private static func read(
    _ core: ServerCore, _ request: RouteRequest, _: Authorization?
  ) async throws -> RouteResponse {
    let run = try await run(core, request)
    let question = try await Approvals(runner: core.runner).question(of: run)
    return .json { writer in
      writer.beginObject()
      writer.key("run_id")
      writer.string(run.id.text)
      writer.key("runbook_id")
      writer.string(run.runbookID)
      writer.key("step")
      writer.string(question.step)
      writer.key("until")
      writer.string(question.until.rfc3339)
      writer.key("required")
      writer.integer(Int64(question.required))
      writer.key("given")
      writer.beginArray()
      for login in question.given { writer.string(login) }
      writer.endArray()
      writer.key("commitment")
      writer.string(question.commitment)
      writer.key("attempts")
      writer.integer(Int64(question.attempts))
      writer.endObject()
    }
  }

  private static func answer(
    _ core: ServerCore, _ request: RouteRequest, _ who: Authorization?
  ) async throws -> RouteResponse {
    guard let who else { throw Problem.unauthenticated }
    let tape = try request.json()
    let isGiven: Bool
    switch tape.member(tape.root, "answer").flatMap({ tape.string($0) }) {
    case "approve": isGiven = true
    case "refuse": isGiven = false
    default: throw Problem.invalid(field: "answer", "`answer` is approve or refuse.")
    }
    guard let commitment = tape.member(tape.root, "commitment").flatMap({ tape.string($0) }) else {
      throw Problem.invalid(field: "commitment", "`commitment` is what GET gives for the request that was looked at.")
    }
    let run = try await run(core, request)
    try await Approvals(runner: core.runner).answer(run, isGiven: isGiven, commitment: commitment, by: who)
    return .noContent
  }
}
