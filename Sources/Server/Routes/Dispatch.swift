import Access
import Encodings
import Ledger
import Runner
import Storage

/// From a request to its answer: find the route, let the token in, ask the policies, record, act.
package struct Dispatch: Sendable {
  private let core: ServerCore

  package init(core: ServerCore) {
    self.core = core
  }

  /// The largest body that may be read for this head; the lane refuses more before it reads.
  package func bodyLimit(method: String, path: String) -> Int {
    guard case .route(let route, _) = core.table.find(method, path: path) else { return Limits.body }
    return route.bodyLimit
  }

  /// Of whose bytes a body is, when `refusalBeforeBody` has let its head pass.
  func bodyPurpose(method: String, path: String) -> BodyHolder.Purpose {
    guard case .route(let route, let parameters) = core.table.find(method, path: path) else { return .other }
    if case .token = route.admission { return .token }
    // However the id is spelled.
    return parameters["id"].map { .start(id: $0) } ?? .other
  }

  /// The refusal of a request whose body is not worth reading: it needs a token, and has none that lives. Takes no use
  /// from a counted token; the answer is that of `answer`.
  package func refusalBeforeBody(_ head: RouteRequest) async -> RouteResponse? {
    guard case .route(let route, _) = core.table.find(head.method, path: head.path), case .token = route.admission
    else { return nil }
    let isVault = head.path.hasPrefix("/v1/")
    if let closed = core.closed { return refuse(closed, isVault: isVault) }
    do {
      guard try await core.tokens.peek(Self.presented(head)) == nil else { return nil }
      _ = try await live(head)
      return nil
    } catch {
      return refuse(Self.problem(error), isVault: isVault)
    }
  }

  package func answer(_ request: RouteRequest) async -> RouteResponse {
    await answered(isVault: request.path.hasPrefix("/v1/")) { try await route(request) }
  }

  private func answered(
    isVault: Bool, _ work: () async throws -> RouteResponse
  ) async -> RouteResponse {
    do {
      return finished(try await work())
    } catch {
      if let draft = ServiceFault(error).integrityDraft(actor: .service) {
        _ = try? await core.parts.store.commit(WriteBatch(ledger: [draft]))
      }
      return refuse(Self.problem(error), isVault: isVault)
    }
  }

  /// The answer to a public start that carries no token of this service, as far as it can be given without waiting.
  package enum PromptAnswer: Sendable {
    case now(RouteResponse)
    /// To be awaited; never fails.
    case later(@Sendable () async -> RouteResponse)
    /// Under way: `done` is called once, from whatever thread the answer comes to, and must not wait.
    case underWay(@Sendable (_ done: @escaping @Sendable (RouteResponse) -> Void) -> Void)
  }

  /// Decides about a POST to the public start `id` where it is called, an event loop: the same decision and the same
  /// answer as `answer` gives. The caller has seen that the request has no bearer token and keeps the limits.
  package func promptAnswer(_ request: RouteRequest, id: String) -> PromptAnswer {
    var request = request
    request.parameters = ["id": id]
    do {
      switch try PublicStart.prompt(core, request) {
      case .now(let response): return .now(finished(response))
      case .later(let work): return .later { await answered(isVault: false, work) }
      case .underWay(let begin):
        return .underWay { done in
          begin { result in
            switch result {
            case .success(let response): done(finished(response))
            case .failure(let error): Task { done(await answered(isVault: false) { throw error }) }
            }
          }
        }
      }
    } catch let problem as Problem {
      return .now(refuse(problem, isVault: false))
    } catch {
      return .later { await answered(isVault: false) { throw error } }
    }
  }

  /// The answer to a request that never became one: too large, half sent, no room for it.
  package func refuse(_ problem: Problem, isVault: Bool) -> RouteResponse {
    finished(problem.response(isVault: isVault))
  }

  /// The time of an answer.
  var now: Instant { core.now() }

  private func finished(_ response: RouteResponse) -> RouteResponse {
    var response = response
    response.headers += Self.standing
    if core.isDevelopment { response.headers.append(("X-Chancery-Mode", "development")) }
    return response
  }

  /// Headers that every answer has.
  private static let standing: [(name: String, value: String)] = [
    ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
  ]

  static func problem(_ error: any Error) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let fault as PathFault: .invalid(field: "path", fault.message)
    default: Problem(ServiceFault(error))
    }
  }

  private func route(_ request: RouteRequest) async throws -> RouteResponse {
    switch core.table.find(request.method, path: request.path) {
    case .nothing:
      // Nobody without a token learns which addresses there are.
      _ = try await live(request)
      throw Problem.notFound("There is nothing at this address.")
    case .methodNotAllowed(let allowed):
      _ = try await live(request)
      throw Problem.methodNotAllowed(allow: allowed)
    case .route(let route, let parameters):
      var request = request
      request.parameters = parameters
      guard request.body.count <= route.bodyLimit else { throw Problem.tooLarge(limit: route.bodyLimit) }
      switch route.admission {
      case .anybody: return try await route.handle(core, request, nil)
      case .token(let capability, let path, let privilege):
        let authorization = try await authorize(
          &request, capability, path, privilege, isListing: capability == .list)
        request.tape = try RequestRules.of(request.method, route.pattern)?.check(request)
        return try await route.handle(core, request, authorization)
      }
    }
  }

  /// The live token of the request. Whoever has none gets one answer, and is counted.
  private func live(_ request: RouteRequest) async throws -> LiveToken {
    if let closed = core.closed { throw closed }
    switch try await core.tokens.admit(Self.presented(request)) {
    case .success(let live): return live
    case .failure(let refusal):
      let reason = RefusalReason(refusal)
      if let first = core.refusals.count(
        endpoint: "api", reason: reason.rawValue, caller: request.caller, now: core.now())
      {
        _ = try? await core.parts.store.commit(WriteBatch(ledger: [first]))
      }
      throw Problem.unauthenticated
    }
  }

  /// The token in `X-Vault-Token` or `Authorization: Bearer`.
  static func presented(_ request: RouteRequest) -> PresentedToken {
    if let token = request.header("X-Vault-Token") { return PresentedToken(token) }
    return PresentedToken(request.bearerToken ?? [])
  }

  /// Every authenticated request and every denial is in the ledger before anything is done or answered.
  private func authorize(
    _ request: inout RouteRequest, _ capability: Capability, _ template: String, _ privilege: Authorizer.Privilege,
    isListing: Bool
  ) async throws -> Authorization {
    let live = try await live(request)
    // A document may be asked for by its name; policies decide about its id, and the handler gets just that.
    for (prefix, kind) in [("api/runbooks/{id}", DocumentKind.runbook), ("api/integrations/{id}", .integration)]
    where template.hasPrefix(prefix) {
      request.parameters["id"] = try await core.library.id(of: kind, named: request.parameter("id"))
    }
    if template.hasPrefix("api/methods/{integration}") {
      request.parameters["integration"] = try await core.library.id(
        of: .integration, named: request.parameter("integration"))
    }
    let path = try AccessPath(Route.policyPath(template, request.parameters), isListing: isListing)
    let outcome = Authorizer.authorize(
      token: live, path: path, capability: capability, privilege: privilege, policies: core.policies.book,
      now: core.now())
    let actor = LedgerActor.entity(live.token.entity.text)
    switch outcome {
    case .success(let authorization):
      try await record(
        LedgerDraft(
          kind: .request, actor: actor, action: capability.rawValue, subject: path.text, outcome: request.method))
      return authorization
    case .failure(.expired):
      throw Problem.unauthenticated
    case .failure(.policy(let explanation)):
      try await record(
        LedgerDraft(
          kind: .denial, actor: actor, action: capability.rawValue, subject: path.text, outcome: "policy"))
      throw Problem.denied(explanation: explanation.rendered)
    }
  }

  private func record(_ draft: LedgerDraft) async throws {
    do {
      _ = try await core.parts.store.commit(WriteBatch(ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
  }
}

extension ServerCore {
  /// The proof that the same token may do something else as well; nil where it may not.
  func alsoAllows(_ capability: Capability, _ path: String, for authorization: Authorization, live: LiveToken)
    -> Authorization?
  {
    guard let path = try? AccessPath(path) else { return nil }
    let outcome = Authorizer.authorize(
      token: live, path: path, capability: capability, policies: policies.book, now: now())
    guard case .success(let proof) = outcome else { return nil }
    return proof
  }
}
