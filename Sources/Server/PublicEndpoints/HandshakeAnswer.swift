import Runner
import Webhooks

/// Gives the answer to a handshake, after what has to happen before.
enum HandshakeAnswer {
  /// The reason is for the counts: a sender that is refused here gets the answer of any refused one.
  static func give(
    _ core: ServerCore, _ answer: ChallengeAnswer, at endpoint: Endpoint
  ) async throws -> Result<RouteResponse, WebhookRefusal> {
    let id = endpoint.configuration.id
    guard core.handshakes.takeAnswer(id) else { return .failure(.challengeTooOften) }
    switch answer.action {
    case .none: break
    case .pin(let key): guard try await core.handshakes.pin(key, at: id) else { return .failure(.challengeNotAwaited) }
    case .follow(let link): guard await core.handshakes.follow(link) else { return .failure(.challengeNotFollowed) }
    }
    try await core.handshakes.record(answer, at: id)
    // The dispatcher gives these two to every answer.
    let headers = answer.headers.filter { !["Cache-Control", "X-Content-Type-Options"].contains($0.name) }
    return .success(RouteResponse(status: answer.status, headers: headers, body: .bytes(answer.body)))
  }
}
