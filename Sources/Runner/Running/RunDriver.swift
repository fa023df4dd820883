import Encodings
import Keyring
import Labels
import Ledger
import RunEngine
import Runbooks
import Storage

/// Drives one run until it ends, waits or has to stop: perform an effect, record its outcome together with
/// the next effect's intent, commit, go on. The same code runs after a start and after a crash.
struct RunDriver: Sendable {
  let parts: ServiceParts
  let keys: KeyBook
  let followers: RunFollowers
  let signals: RunSignals
  let aftermath: Aftermath
  /// When this driving began.
  let epoch: UInt64
  let runner: Runner

  /// Why driving stopped.
  enum Stop: Equatable, Sendable {
    case ended(RunOutcome)
    /// Nothing is to be done before this time, or before somebody answers.
    case parked(until: Instant)
    /// The run, or its runbook, is paused: it goes on from its history when it is not any more.
    case paused
    /// The service was sealed, or is shutting down: the run goes on from its history later.
    case gaveUp
  }

  /// Goes on from what has to happen next; everything before it is on disk.
  func drive(_ session: RunSession, from first: RunSession.Outside) async -> Stop {
    var session = session
    var outside = first
    var child: ChildRun?
    while !Task.isCancelled {
      if case .ended(let outcome) = outside { return .ended(outcome) }
      if mustStop { return .gaveUp }
      // A call whose intent is on disk is made: its outcome would be unknown else.
      if isPaused(session), !session.isCalling { return .paused }
      let effects: [RunEffect]
      if signals.isRequested(session.id) {
        effects = session.record(.cancelled(at: parts.clock.now()))
      } else {
        switch await perform(outside, in: &session, starting: &child) {
        case .performed(let next): effects = next
        case .cancelled: continue
        case .parked(let until): return .parked(until: until)
        case .stopped: return .gaveUp
        }
      }
      // A service that ends keeps what is known, and begins nothing.
      let stops = mustStop || isPaused(session)
      outside = session.settle(effects, begins: !stops, now: parts.clock.now())
      let isDurable = await commit(&session, with: child)
      if let child { await runner.settle(child, isDurable: isDurable) }
      child = nil
      guard isDurable else { return .gaveUp }
    }
    return .gaveUp
  }

  /// Whether the run is to stop at its next step; one that is to end, ends.
  private func isPaused(_ session: RunSession) -> Bool {
    runner.isPaused(session.row) && !signals.isRequested(session.id)
  }

  private var mustStop: Bool { parts.isSealed || signals.mustStop(since: epoch) }

  /// What came of an effect.
  enum Performed {
    case performed([RunEffect])
    /// A wait was cut short by a request to end the run.
    case cancelled
    /// A long wait: the run is let go until then.
    case parked(until: Instant)
    /// A wait was cut short because the service stops.
    case stopped
  }

  private func perform(
    _ outside: RunSession.Outside, in session: inout RunSession, starting child: inout ChildRun?
  ) async -> Performed {
    switch outside {
    case .ended: return .performed([])
    case .perform(let address):
      guard let event = await performKeyStep(address, in: &session) else { return .stopped }
      return .performed(session.record(event))
    case .startRunbook(let address):
      do {
        let opened = try await runner.openChild(of: session, at: address)
        child = opened
        return .performed(session.record(.handedOver(address, at: parts.clock.now(), to: opened.session.id)))
      } catch {
        let reason = session.counted(FailureReason(call: error))
        return .performed(session.record(.stepFailed(address, at: parts.clock.now(), reason: reason)))
      }
    case .askApproval(let address):
      return .performed(session.record(await askApproval(address, in: &session)))
    case .awaitApproval(let address, let until):
      return await awaitApproval(address, until: until, in: &session)
    case .decide(let effects): return .performed(effects)
    case .wait(let address, let until):
      return await wait(until, in: &session) { .waitElapsed(address, at: $0) }
    case .waitToRestart(let until):
      return await wait(until, in: &session) { .restarted(at: $0) }
    case .call(let address):
      let event = await call(address, in: &session)
      // Cut off from here, not by the other side: what became of the request is unknown. Nothing is recorded, so that
      // the run goes on as after a kill; nor is anything once the service is sealed, whose ledger nobody can sign.
      if case .callFailed(_, _, let reason, _, _) = event,
        reason == .interrupted || reason == .authorization(.interrupted),
        mustStop || Task.isCancelled
      {
        return .stopped
      }
      if parts.isSealed || signals.mustDiscard(since: epoch) { return .stopped }
      return .performed(session.record(event))
    }
  }

  /// Milliseconds that a run waits in memory; for a longer wait it is let go.
  private static let longestPause: Int64 = 5_000

  private func wait(_ until: Instant, in session: inout RunSession, then event: (Instant) -> RunEvent) async
    -> Performed
  {
    let wait = until.millisecondsSinceEpoch - parts.clock.now().millisecondsSinceEpoch
    if wait > Self.longestPause { return .parked(until: until) }
    if wait > 0 {
      switch await signals.pause(session.id, for: .milliseconds(wait), since: epoch) {
      case .elapsed: break
      case .requested: return .cancelled
      case .stopped: return .stopped
      }
    }
    return .performed(session.record(event(parts.clock.now())))
  }

  /// The call of a step with all that it needs of the secrets, as they are now.
  func methodCall(
    _ address: EffectAddress, in session: RunSession
  ) async throws -> (call: MethodCall, material: MethodMaterial) {
    guard case .method(let step)? = session.bundle.runbook.step(named: address.step)?.kind,
      let found = session.bundle.method(step.method)
    else { throw FailureReason.history }
    let reading = MaterialReading(parts: parts)
    let material = try await reading.material(
      for: found.method, of: found.integration, clearance: try await reading.clearance(of: session.bundle),
      keys: keys, by: .run(session.id.text))
    let call = MethodCall(
      address: address, step: step, method: found.method, integration: found.integration, client: parts.client,
      rules: parts.rules, keyring: parts.keyring, clock: parts.clock, publicURL: parts.publicURL)
    return (call, material)
  }

  private func call(_ address: EffectAddress, in session: inout RunSession) async -> RunEvent {
    do {
      if case .sql(let step)? = session.bundle.runbook.step(named: address.step)?.kind {
        guard let source = session.bundle.dataSource(step.source) else { throw FailureReason.history }
        let clearance = try await MaterialReading(parts: parts).clearance(of: session.bundle)
        let call = SQLCall(address: address, step: step, source: source, parts: parts, clearance: clearance)
        return await call.perform(in: &session)
      }
      var (call, material) = try await methodCall(address, in: session)
      var tokens: TokenSource?
      if call.method.inheritsAuthorization {
        tokens = try MaterialReading(parts: parts).tokenSource(
          of: call.integration, credentials: material.credentials)
        material.token = try await tokens?.token()
      }
      return await call.perform(with: material, tokens: tokens, in: &session)
    } catch {
      if let draft = ServiceFault(error).integrityDraft(actor: .run(session.id.text)) {
        _ = try? await parts.store.commit(WriteBatch(ledger: [draft]))
      }
      return .callFailed(
        address, at: parts.clock.now(), reason: FailureReason(call: error), request: nil, response: nil)
    }
  }

  /// Writes what is pending. After this returns true a crash is harmless. False: nobody knows whether it was
  /// written (or the run has moved on elsewhere), so this session must be given up.
  func commit(_ session: inout RunSession, with child: ChildRun? = nil) async -> Bool {
    do {
      let events = session.pendingEvents
      let stored = try session.takePending()
      var intentions: [Intention] = [.appendEvents(session.id, stored, row: session.row)]
      intentions += session.accounts(of: events, stored) + session.indexing(by: parts)
      if session.machine.hasEnded { intentions += try keptVariables(of: session) }
      var drafts = LedgerWords.run(session.id, Array(zip(events, stored)).map { (event: $0, stored: $1) })
      if let child {
        intentions += child.intentions
        drafts += child.drafts
      }
      aftermath.take(try await parts.store.commit(WriteBatch(intentions, ledger: drafts)).outbox)
      followers.announce(session.id, isEnded: session.row.state.isFinished)
      return true
    } catch {
      return false
    }
  }
}
