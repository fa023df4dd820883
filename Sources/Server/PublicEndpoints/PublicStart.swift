import Access
import Encodings
import Ledger
import RunEngine
import Runbooks
import Runner
import Storage
import Webhooks

/// The thin shell around `PublicEndpoints`: looks the token up, admits, answers.
enum PublicStart {
  static func handle(_ core: ServerCore, _ request: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    if request.method != "POST" { throw Problem.methodNotAllowed(allow: ["POST"]) }
    if core.isSealed { throw Problem.sealed }
    // The same for every id: an old delivery would look fresh.
    guard core.readClock() == .steady else { throw Problem.busy(retryAfterSeconds: 60) }
    let id = request.parameter("id")
    let moment = core.parts.clock.monotonicMilliseconds()
    if let seconds = core.refusalLimit.wait(of: request.caller, at: .start(runbook: id), now: moment) {
      throw Problem.tooMany(retryAfterSeconds: seconds)
    }
    let head = PublicEndpoints.Head(
      method: request.method, target: Array(request.target.utf8),
      headers: request.headers.map { RequestHeader(name: $0.name, value: $0.value) })
    let authorization = try await bearer(core, request, id: id)
    let decision = PublicEndpoints(endpoints: core.endpoints.snapshot, verifier: core.verifier)
      .decide(head, request.body, id: id, now: core.now()) { _ in authorization.map { .allowed($0) } ?? .refused }
    switch decision {
    case .methodNotAllowed: throw Problem.methodNotAllowed(allow: ["POST"])
    case .refused(let reason, let skew, let endpointID):
      // Not awaited: how long the answer takes must not tell whether this kind of refusal is the first of its endpoint,
      // which only an endpoint that exists has. At most one a kind and minute.
      core.refusalLimit.refused(request.caller, at: .start(runbook: id), now: moment)
      return refuse(core, request, reason: Self.word(reason, skew), endpointID: endpointID)
    case .malformedIdempotencyKey:
      throw Problem.invalid(
        field: "Idempotency-Key", "Idempotency-Key must be one header of 1 to 255 visible ASCII characters.")
    case .accepted(let verified, let endpoint, let bearer):
      if let bearer, bearer.token.grantedUses != nil {
        do {
          _ = try await core.parts.store.commit(WriteBatch([.useToken(hash: bearer.token.hash.bytes)]))
        } catch CommitRefusal.tokenSpent {
          let refusal = UniformRefusal(at: .publicStart, because: .spentToken)
          return RouteResponse(status: refusal.status, headers: refusal.headers, body: .bytes(refusal.body))
        }
      }
      return try await admit(core, request, verified, endpoint, bearer)
    }
  }

  private static func admit(
    _ core: ServerCore, _ request: RouteRequest, _ verified: VerifiedRequest, _ endpoint: Endpoint,
    _ bearer: Authorization?
  ) async throws -> RouteResponse {
    switch try await core.admission.start(verified, at: endpoint, bearer: bearer) {
    case .started(let run): return answer(core, run, status: endpoint.answer.rawValue, isDuplicate: false)
    case .duplicate(let first): return answer(core, first, status: endpoint.answer.rawValue, isDuplicate: true)
    case .malformedBody(let sentence): throw Problem.invalid(field: "body", sentence)
    case .busy(let seconds): throw Problem.busy(retryAfterSeconds: seconds)
    case .replayCapReached:
      return refuse(
        core, request, reason: WebhookRefusal.replayCapReached.rawValue, endpointID: endpoint.configuration.id)
    }
  }

  /// The one answer to everything that is not let in; the reason is counted, and the first of its kind written down.
  private static func refuse(
    _ core: ServerCore, _ request: RouteRequest, reason: String, endpointID: String
  ) -> RouteResponse {
    if let first = core.refusals.count(
      endpoint: endpointID, reason: reason, caller: request.caller, now: core.now())
    {
      Task { [store = core.parts.store] in try? await store.commit(WriteBatch(ledger: [first])) }
    }
    let refusal = UniformRefusal(at: .publicStart, because: .authenticationFailed)
    return RouteResponse(status: refusal.status, headers: refusal.headers, body: .bytes(refusal.body))
  }

  /// The reason as it is counted; of a time that is too old or too new also how far off it was, coarsely.
  private static func word(_ reason: WebhookRefusal, _ skew: ClockSkew?) -> String {
    guard let skew, reason == .timestampTooOld || reason == .timestampTooNew else { return reason.rawValue }
    return "\(reason.rawValue), \(skew)"
  }

  static func answer(_ core: ServerCore, _ run: RunID, status: Int, isDuplicate: Bool) -> RouteResponse {
    let url = "\(core.parts.publicURL ?? "")/api/runs/\(run.text)"
    if status == 204 { return RouteResponse(status: 204, headers: [("Location", url)]) }
    return .json(status) { writer in
      writer.beginObject()
      writer.key("run_id")
      writer.string(run.text)
      writer.key("url")
      writer.string(url)
      if isDuplicate {
        writer.key("duplicate")
        writer.bool(true)
      }
      writer.endObject()
    }
  }

  /// Whether the token that the request carries may start the runbook. Looked up for every request that carries one,
  /// whatever the endpoint takes, and without taking a use.
  private static func bearer(
    _ core: ServerCore, _ request: RouteRequest, id: String
  ) async throws -> Authorization? {
    guard let text = request.bearerToken, let live = try await core.tokens.peek(PresentedToken(text)),
      let path = try? AccessPath("api/runbooks/\(id)/start")
    else { return nil }
    let outcome = Authorizer.authorize(
      token: live, path: path, capability: .start, policies: core.policies.book, now: core.now())
    guard case .success(let authorization) = outcome else { return nil }
    return authorization
  }
}
