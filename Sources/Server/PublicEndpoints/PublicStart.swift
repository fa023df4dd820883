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
  /// What follows from a decision.
  enum Outcome: Sendable {
    case now(RouteResponse)
    /// What waits for the store or for another service.
    case later(@Sendable () async throws -> RouteResponse)
    /// The same without a task: `done` is called once, by the store's writer, and must not wait.
    case underWay(@Sendable (_ done: @escaping @Sendable (Result<RouteResponse, any Error>) -> Void) -> Void)
  }

  static func handle(_ core: ServerCore, _ request: RouteRequest, _: Authorization?) async throws -> RouteResponse {
    if request.method != "POST" { return try await OtherMethods.handle(core, request) }
    let standing = try standing(core, request)
    return try await finished(
      outcome(core, request, try await decide(core, request, id: request.parameter("id")), standing))
  }

  /// The same for a POST that carries no token of this service, decided where it is called: nothing waits there.
  static func prompt(_ core: ServerCore, _ request: RouteRequest) throws -> Outcome {
    let standing = try standing(core, request)
    let id = request.parameter("id")
    let head = head(of: request)
    let endpoints = core.endpoints.snapshot
    if missingKey(core, head, request.body, at: endpoints[id]) != nil {
      return .later {
        let decision = try await decide(core, request, id: id)
        return try await finished(outcome(core, request, decision, standing))
      }
    }
    let decision = decide(core, head, request.body, id: id, in: endpoints, fetched: nil, bearer: nil)
    guard case .accepted(let verified, let endpoint, nil) = decision else {
      return try outcome(core, request, decision, standing)
    }
    return .underWay { done in
      let begun: Void? = core.admission.startPromptly(verified, at: endpoint) { result in
        done(Result { try answer(core, request, try result.get(), at: endpoint) })
      }
      if begun == nil {
        Task {
          do {
            let result = try await core.admission.start(verified, at: endpoint, bearer: nil)
            done(.success(try answer(core, request, result, at: endpoint)))
          } catch {
            done(.failure(error))
          }
        }
      }
    }
  }

  private static func finished(_ outcome: Outcome) async throws -> RouteResponse {
    switch outcome {
    case .now(let response): response
    case .later(let work): try await work()
    case .underWay(let begin):
      try await withCheckedThrowingContinuation { waiting in begin { waiting.resume(with: $0) } }
    }
  }

  /// How a caller stands when a request of his is looked at.
  private struct Standing: Sendable {
    /// By the monotonic clock.
    let moment: Int64
    /// Seconds until he may be refused again as others are; nil where he may now.
    let wait: Int?
  }

  /// Whether anything can be decided for this caller now. One who was refused often is looked at all the same where
  /// only a signature or a token lets in, which nobody finds by trying: whoever shares his address with somebody who
  /// sends forgeries must get in with what is right. Where a secret could be guessed, he has to wait; and everywhere,
  /// once he has caused more work than `RefusalLimit` grants an address.
  private static func standing(_ core: ServerCore, _ request: RouteRequest) throws -> Standing {
    if let closed = core.closed { throw closed }
    // The same for every id: an old delivery would look fresh.
    guard core.readClock() == .steady else { throw Problem.busy(retryAfterSeconds: 60) }
    let moment = core.parts.clock.monotonicMilliseconds()
    let id = request.parameter("id")
    if let seconds = core.refusalLimit.waitForWork(of: request.caller, now: moment) {
      throw Problem.tooMany(retryAfterSeconds: seconds)
    }
    let wait = core.refusalLimit.wait(of: request.caller, at: .start(runbook: id), now: moment)
    if let wait, canBeGuessed(core, id) { throw Problem.tooMany(retryAfterSeconds: wait) }
    return Standing(moment: moment, wait: wait)
  }

  /// Whether the id's endpoint, or the one that stands in for it, lets in by a secret that somebody may have thought up.
  private static func canBeGuessed(_ core: ServerCore, _ id: String) -> Bool {
    let found = core.endpoints.snapshot.endpoint(id, standIn: core.verifier.standInNumber(of: id))
    switch found?.endpoint.configuration.authentication {
    case nil, EndpointAuthentication.none?, .bearer?, .messageSignature?: return false
    case .basic?, .headerSecret?, .uriSecret?: return true
    case .signature(let scheme)?: return scheme.algorithm == .token
    }
  }

  private static func outcome(
    _ core: ServerCore, _ request: RouteRequest, _ decision: PublicEndpoints.Decision, _ standing: Standing
  ) throws -> Outcome {
    let id = request.parameter("id")
    switch decision {
    case .methodNotAllowed: throw Problem.methodNotAllowed(allow: ["POST"])
    case .refused(let reason, let skew, let endpointID):
      let response = refuse(core, request, reason: word(reason, skew), endpointID: endpointID)
      refused(core, request, standing)
      if let wait = standing.wait { throw Problem.tooMany(retryAfterSeconds: wait) }
      return .now(response)
    case .malformedIdempotencyKey:
      throw Problem.malformedIdempotencyKey
    case .handshake(let answer, let endpoint):
      // Its token could be guessed.
      if let wait = standing.wait { throw Problem.tooMany(retryAfterSeconds: wait) }
      return .later {
        switch try await HandshakeAnswer.give(core, answer, at: endpoint) {
        case .success(let response): return response
        case .failure(let reason):
          return refuse(core, request, reason: reason.rawValue, endpointID: endpoint.configuration.id)
        }
      }
    case .accepted(let verified, let endpoint, let bearer):
      return .later {
        switch try await core.admission.start(verified, at: endpoint, bearer: bearer) {
        // Whoever has it may have had it rightly once: he is told what anybody is told who is not let in.
        case .tokenSpent:
          refused(core, request, standing)
          return refuse(core, request, reason: WebhookRefusal.bearerRefused.rawValue, endpointID: id)
        case let result: return try answer(core, request, result, at: endpoint)
        }
      }
    }
  }

  private static func refused(_ core: ServerCore, _ request: RouteRequest, _ standing: Standing) {
    core.refusalLimit.worked(for: request.caller, bytes: request.body.count, now: standing.moment)
    guard standing.wait == nil else { return }
    core.refusalLimit.refused(
      request.caller, at: .start(runbook: request.parameter("id")), now: standing.moment)
  }

  /// The decision, with what it needs from the store looked up in the same way for every id and method.
  static func decide(
    _ core: ServerCore, _ request: RouteRequest, id: String
  ) async throws -> PublicEndpoints.Decision {
    let head = head(of: request)
    let authorization = try await bearer(core, request, id: id)
    let endpoints = core.endpoints.snapshot
    var fetched: FetchedKey?
    if let missing = missingKey(core, head, request.body, at: endpoints[id]) {
      fetched = await core.certificates.key(
        at: missing.address, for: missing.scheme, endpoint: id, now: core.now(),
        moment: core.parts.clock.monotonicMilliseconds())
    }
    return decide(core, head, request.body, id: id, in: endpoints, fetched: fetched, bearer: authorization)
  }

  private static func decide(
    _ core: ServerCore, _ head: PublicEndpoints.Head, _ body: [UInt8], id: String, in endpoints: EndpointSnapshot,
    fetched: FetchedKey?, bearer: Authorization?
  ) -> PublicEndpoints.Decision {
    PublicEndpoints(endpoints: endpoints, verifier: core.verifier).decide(
      head, body, id: id, fetched: fetched, awaitsKey: core.handshakes.isAwaiting(id), now: core.now()
    ) { _ in bearer.map { .allowed($0) } ?? .refused }
  }

  private static func head(of request: RouteRequest) -> PublicEndpoints.Head {
    PublicEndpoints.Head(
      method: request.method, target: Array(request.target.utf8),
      headers: request.headers.map { RequestHeader(name: $0.name, value: $0.value) })
  }

  /// The answer to what became of a start.
  private static func answer(
    _ core: ServerCore, _ request: RouteRequest, _ result: AdmissionResult, at endpoint: Endpoint
  ) throws -> RouteResponse {
    switch result {
    case .started(let run): return answer(core, run, status: endpoint.answer.rawValue, isDuplicate: false)
    case .duplicate(let first): return answer(core, first, status: endpoint.answer.rawValue, isDuplicate: true)
    case .malformedBody(let sentence): throw Problem.invalid(field: "body", sentence)
    case .malformedIdempotencyKey: throw Problem.malformedIdempotencyKey
    case .busy(let seconds): throw Problem.busy(retryAfterSeconds: seconds)
    // A request takes no slot of a schedule; a spent token is dealt with where it was presented.
    case .replayCapReached, .slotTaken, .tokenSpent:
      return refuse(
        core, request, reason: WebhookRefusal.replayCapReached.rawValue, endpointID: endpoint.configuration.id)
    }
  }

  /// The address of the certificate that the request names, where its endpoint has such certificates fetched and does not
  /// hold it: the one thing that a request may have to wait for, and that tells in its time that there is such an endpoint.
  private static func missingKey(
    _ core: ServerCore, _ head: PublicEndpoints.Head, _ body: [UInt8], at endpoint: Endpoint?
  ) -> (address: [UInt8], scheme: SignatureScheme)? {
    guard let endpoint, endpoint.fetchesKeys,
      case .signature(let scheme) = endpoint.configuration.authentication
    else { return nil }
    let request = UnverifiedRequest(method: head.method, target: head.target, headers: head.headers, body: body)
    guard let address = core.verifier.keyAddress(of: request, at: endpoint.configuration),
      !endpoint.keys.hasCertificate(at: address, now: core.now())
    else { return nil }
    return (address, scheme)
  }

  /// The one answer to everything that is not let in; the reason is counted, and the first of its kind written down.
  private static func refuse(
    _ core: ServerCore, _ request: RouteRequest, reason: String, endpointID: String
  ) -> RouteResponse {
    count(core, request, reason: reason, endpointID: endpointID)
    let refusal = UniformRefusal(at: .publicStart, because: .authenticationFailed)
    return RouteResponse(status: refusal.status, headers: refusal.headers, body: .bytes(refusal.body))
  }

  /// Not awaited: how long the answer takes must not tell whether this kind of refusal is the first of its endpoint,
  /// which only an endpoint that exists has. At most one a kind and minute.
  static func count(_ core: ServerCore, _ request: RouteRequest, reason: String, endpointID: String) {
    guard
      let first = core.refusals.count(endpoint: endpointID, reason: reason, caller: request.caller, now: core.now())
    else { return }
    Task { [store = core.parts.store] in try? await store.commit(WriteBatch(ledger: [first])) }
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
  /// whatever the endpoint takes, and without taking a use: that is taken with the start. One whose uses are used up is
  /// found too, so that whoever asks again after a lost answer is told which run he started; no start comes of it.
  private static func bearer(
    _ core: ServerCore, _ request: RouteRequest, id: String
  ) async throws -> Authorization? {
    let asksAgain = request.method == "POST" && request.header("Idempotency-Key") != nil
    guard let text = request.bearerToken,
      let live = try await core.tokens.peek(PresentedToken(text), evenSpent: asksAgain),
      let path = try? AccessPath("api/runbooks/\(id)/start")
    else { return nil }
    let outcome = Authorizer.authorize(
      token: live, path: path, capability: .start, policies: core.policies.book, now: core.now())
    guard case .success(let authorization) = outcome else { return nil }
    return authorization
  }
}
