package import Access
package import Encodings
package import Runner
package import Webhooks

/// The decision about a request at a public start, free of the HTTP framework and of any I/O: an express lane may
/// call it from an event loop.
package struct PublicEndpoints: Sendable {
  /// The head of a request, as the parser of whatever lane gives it.
  package struct Head: Sendable {
    package let method: String
    package let target: [UInt8]
    package let headers: [RequestHeader]

    package init(method: String, target: [UInt8], headers: [RequestHeader]) {
      self.method = method
      self.target = target
      self.headers = headers
    }
  }

  package enum Decision: Sendable {
    /// One 405 for every id: to answer another method takes a handshake that is right. What was wrong with one, at an
    /// endpoint that has it, is for the counts.
    case methodNotAllowed(WebhookRefusal?)
    /// One 401 for every reason; the reason is for the counts.
    case refused(WebhookRefusal, skew: ClockSkew?, endpointID: String)
    /// 400: whoever sent it has proven who it is, and its idempotency key is malformed.
    case malformedIdempotencyKey
    /// The sender asked whether the endpoint is its own; nothing is started.
    case handshake(ChallengeAnswer, Endpoint)
    case accepted(VerifiedRequest, Endpoint, bearer: Authorization?)
  }

  private let endpoints: EndpointSnapshot
  private let verifier: WebhookVerifier

  package init(endpoints: EndpointSnapshot, verifier: WebhookVerifier) {
    self.endpoints = endpoints
    self.verifier = verifier
  }

  /// Decides about one request whose body has been read whole.
  ///
  /// - Parameters:
  ///   - id: the last segment of the path.
  ///   - fetched: the certificate that the request names, where the endpoint has such certificates fetched.
  ///   - awaitsKey: whether that endpoint waits for the key of its sender's handshake.
  ///   - bearer: whether the token that the request carries may start that runbook; asked in the same way whether the
  ///     endpoint takes tokens or not, and must change nothing.
  package func decide(
    _ head: Head, _ bytes: [UInt8], id: String, fetched: FetchedKey? = nil, awaitsKey: Bool = false, now: Instant,
    bearer: (Span<UInt8>) -> BearerVerdict<Authorization>
  ) -> Decision {
    let found = endpoints.endpoint(id, standIn: verifier.standInNumber(of: id))
    let isKnown = endpoints[id] != nil
    let standsIn = found?.standsIn ?? false
    // Sealed meanwhile: what was fetched cannot be named, and lets nobody in.
    let keys =
      found.map { (try? $0.endpoint.keys(adding: standsIn ? nil : fetched)) ?? $0.endpoint.keys } ?? EndpointKeys.none
    let request = UnverifiedRequest(method: head.method, target: head.target, headers: head.headers, body: bytes)
    let outcome = verifier.verify(
      request: request, endpoint: found?.endpoint.configuration, keys: keys, standsIn: standsIn, now: now,
      bearerCheck: bearer)
    let challenge = verifier.challenge(
      request: request, endpoint: found?.endpoint.configuration, keys: keys, verifyToken: found?.endpoint.verifyToken,
      awaitsKey: awaitsKey, standsIn: standsIn, now: now, verification: outcome)
    let isStart = head.method == "POST"
    switch challenge {
    case .answered(let answer):
      guard let found, !standsIn else { return .refused(.unknownEndpoint, skew: nil, endpointID: "unknown") }
      return .handshake(answer, found.endpoint)
    case .refused(let reason): return isStart ? .refused(reason, skew: nil, endpointID: id) : .methodNotAllowed(reason)
    case .ordinary: if !isStart { return .methodNotAllowed(nil) }
    }
    switch outcome {
    case .refused(let reason, let skew):
      // An internal runbook has no endpoint, and is counted by its name all the same.
      let isInternal = isKnown && found?.standsIn ?? true
      return .refused(
        isInternal ? .internalOnly : reason, skew: found?.standsIn == true ? nil : skew,
        endpointID: isKnown ? id : "unknown")
    case .verified(let verified, let bearer):
      if case .malformedIdempotencyKey = verified.repetition { return .malformedIdempotencyKey }
      guard let found, !found.standsIn else { return .refused(.unknownEndpoint, skew: nil, endpointID: "unknown") }
      return .accepted(verified, found.endpoint, bearer: bearer)
    }
  }
}
