import Egress
import Encodings
import RunEngine
import Runbooks

/// The token of a call is fetched before the call's intent is on disk: nothing of the method can have left until then, so a
/// crash, a stop or a pause meanwhile leaves the run where it was.
extension RunDriver {
  /// What came of the wait for the token of a call that has not begun.
  struct FetchedToken: Sendable {
    let address: EffectAddress
    /// Nil where there was nothing to wait for: the call itself says what is wrong.
    let result: Result<TokenSource.Found, any Error>?
  }

  /// Fetches the token of a call whose intent is not on disk, where it has to be fetched, and lets the call begin: also
  /// where there is none, so that the failure is the call's.
  func prepare(_ address: EffectAddress, in session: RunSession, _ fetched: inout FetchedToken?) async -> Performed {
    let begun = Performed.performed([.call(address)])
    let sight = TokenSight(parts: parts, bundle: session.bundle, settled: fetched?.address)
    guard sight.mustFetch(address) else { return begun }
    fetched = FetchedToken(address: address, result: nil)
    guard let found = try? await tokenSource(of: address, in: session) else { return begun }
    do {
      let source = found.source
      switch try await bounds(of: session, heedsPauses: true).within(found.timeout, { try await source.token() }) {
      case .came(let token): fetched = FetchedToken(address: address, result: .success(token))
      case .late: fetched = FetchedToken(address: address, result: .failure(tooLate))
      case .cutShort:
        fetched = nil
        return mustStop || Task.isCancelled ? .stopped : .cancelled
      }
    } catch {
      if mustStop || Task.isCancelled { return .stopped }
      fetched = FetchedToken(address: address, result: .failure(error))
    }
    return begun
  }

  /// The token of a call whose intent is on disk; nil where nothing may leave any more. Throws `FailureReason`.
  func token(
    of source: TokenSource, for call: MethodCall, _ fetched: FetchedToken?
  ) async throws -> TokenSource.Found? {
    if let fetched, fetched.address == call.address, let result = fetched.result { return try result.get() }
    if let found = try await source.atHand() { return found }
    switch try await call.bounds.within(call.timeout, { try await source.token() }) {
    case .came(let found): return found
    case .late: throw (call.bounds.timeLeft() ?? 0) < 0 ? FailureReason.limit(.runTime) : tooLate
    case .cutShort: return nil
    }
  }

  /// What bounds a call of the run, or the wait before it.
  ///
  /// - Parameter heedsPauses: a pause ends it too: not of a call whose intent is on disk.
  func bounds(of session: RunSession, heedsPauses: Bool = false) -> CallBounds {
    let (id, row) = (session.id, session.row)
    let now = parts.clock.now()
    let end = session.machine.timeLeft(at: now).map { now.advanced(byMilliseconds: $0) }
    return CallBounds(
      timeLeft: { end.map { $0.milliseconds(since: parts.clock.now()) } },
      isOver: {
        signals.isRequested(id) || mustStop || Task.isCancelled || (heedsPauses && runner.isPaused(row))
      },
      mayLeave: { !signals.isRequested(id) && !wasSealed && !Task.isCancelled },
      rest: { milliseconds in
        _ = await signals.pause(id, for: .milliseconds(milliseconds), since: epoch)
      })
  }

  /// The server had no time to answer: `retry` may ask it again at once.
  private var tooLate: FailureReason { .authorizationRests(.timeout, until: parts.clock.now()) }

  /// Where the token of a call comes from, and how long the call may take. Nil where it has none.
  private func tokenSource(
    of address: EffectAddress, in session: RunSession
  ) async throws -> (source: TokenSource, timeout: Duration)? {
    guard case .method(let step)? = session.bundle.runbook.step(named: address.step)?.kind,
      let found = session.bundle.method(step.method),
      let settings = try TokenSettings(found.integration, rules: parts.rules)
    else { return nil }
    let reading = MaterialReading(parts: parts)
    let read = parts.tokens.reading(found.integration.credentialSources)
    let credentials = try await reading.credentials(
      of: found.integration, signsItself: found.method.signing != nil,
      clearance: try await reading.clearance(of: session.bundle))
    let source = TokenSource(parts: parts, settings: settings, credentials: credentials, read: read)
    return (source, step.timeout ?? found.method.timeout ?? CallOptions().timeout)
  }
}
