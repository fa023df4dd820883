import Runner
import Webhooks

/// Requests at a public start by another method than POST. One is answered only where the endpoint's handshake names the
/// method and the request is such a handshake; every other gets 405 with `Allow: POST`, the same bytes after the same
/// work whatever the id, so that none of them tells which endpoints there are. None starts a run.
enum OtherMethods {
  static func handle(_ core: ServerCore, _ request: RouteRequest) async throws -> RouteResponse {
    let refusal = Problem.methodNotAllowed(allow: ["POST"])
    let id = request.parameter("id")
    let moment = core.parts.clock.monotonicMilliseconds()
    // Whoever guesses at a verify token is held back as whoever guesses at a signature is.
    guard !core.isSealed, core.readClock() == .steady,
      core.refusalLimit.waitForWork(of: request.caller, now: moment) == nil,
      core.refusalLimit.wait(of: request.caller, at: .start(runbook: id), now: moment) == nil
    else { throw refusal }
    switch try await PublicStart.decide(core, request, id: id) {
    case .handshake(let answer, let endpoint):
      switch try await HandshakeAnswer.give(core, answer, at: endpoint) {
      case .success(let response): return response
      case .failure(let reason):
        PublicStart.count(core, request, reason: reason.rawValue, endpointID: endpoint.configuration.id)
      }
    case .methodNotAllowed(let reason):
      core.refusalLimit.worked(for: request.caller, bytes: request.body.count, now: moment)
      core.refusalLimit.refused(request.caller, at: .start(runbook: id), now: moment)
      if let reason { PublicStart.count(core, request, reason: reason.rawValue, endpointID: id) }
    case .refused, .malformedIdempotencyKey, .accepted: break
    }
    throw refusal
  }
}
