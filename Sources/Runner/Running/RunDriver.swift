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
  ///
  /// Throws `RunFault` where what has happened cannot be recorded, now or later.
  func drive(_ session: RunSession, from first: RunSession.Outside) async throws -> Stop {
    var session = session
    var outside = first
    var child: ChildRun?
    var fetched: FetchedToken?
    while !Task.isCancelled {
      if case .ended(let outcome) = outside { return .ended(outcome) }
      // A call whose intent is on disk is made: its outcome would be unknown else.
      if mustStop, !session.isCalling || wasSealed { return .gaveUp }
      if isPaused(session), !session.isCalling { return .paused }
      let effects: [RunEffect]
      if signals.isRequested(session.id) {
        effects = session.record(.cancelled(at: parts.clock.now()))
      } else {
        switch await perform(outside, in: &session, starting: &child, with: &fetched) {
        case .performed(let next): effects = next
        case .cancelled: continue
        case .parked(let until): return .parked(until: until)
        case .stopped: return .gaveUp
        }
      }
      // A service that ends keeps what is known, and begins nothing.
      let stops = mustStop || isPaused(session)
      let sight = TokenSight(parts: parts, bundle: session.bundle, settled: fetched?.address)
      outside = session.settle(effects, begins: !stops, now: parts.clock.now(), tokens: sight)
      let durability: Result<Bool, any Error>
      do { durability = .success(try await commit(&session, with: child)) } catch { durability = .failure(error) }
      if let child { await runner.settle(child, isDurable: (try? durability.get()) ?? false) }
      let isDurable = try durability.get()
      child = nil
      guard isDurable else { return .gaveUp }
    }
    return .gaveUp
  }

  /// Whether the run is to stop at its next step; one that is to end, ends.
  private func isPaused(_ session: RunSession) -> Bool {
    runner.isPaused(session.row) && !signals.isRequested(session.id)
  }

  var mustStop: Bool { parts.isSealed || signals.mustStop(since: epoch) }

  /// Whether the service was sealed since: nothing leaves any more, and no outcome is recorded.
  var wasSealed: Bool { parts.isSealed || signals.mustDiscard(since: epoch) }

  /// What came of an effect.
  enum Performed {
    case performed([RunEffect])
    /// A wait was cut short by a request to end the run, or by a pause; or nothing may leave any more because of the first.
    case cancelled
    /// A long wait: the run is let go until then.
    case parked(until: Instant)
    /// A wait was cut short because the service stops; or nothing may leave any more for that.
    case stopped
  }

  private func perform(
    _ outside: RunSession.Outside, in session: inout RunSession, starting child: inout ChildRun?,
    with fetched: inout FetchedToken?
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
      // Not begun when its turn was settled, because the run was paused then, or its token is to be fetched first: its intent
      // has to be on disk before it leaves.
      guard session.isCalling else { return await prepare(address, in: session, &fetched) }
      defer { fetched = nil }
      return await make(address, in: &session, with: fetched)
    }
  }

  /// Makes a call whose intent is on disk.
  private func make(
    _ address: EffectAddress, in session: inout RunSession, with fetched: FetchedToken?
  ) async -> Performed {
    guard let event = await call(address, in: &session, with: fetched) else {
      return mustStop || Task.isCancelled ? .stopped : .cancelled
    }
    // Cut off from here, and hardly by the other side: what became of the request is unknown. Nothing is recorded, so that
    // the run goes on as after a kill; nor is anything once the service is sealed, whose ledger nobody can sign.
    if case .callFailed(_, _, let reason, _, _) = event,
      [.interrupted, .disconnected, .authorization(.interrupted)].contains(reason), mustStop || Task.isCancelled
    {
      return .stopped
    }
    if wasSealed { return .stopped }
    return .performed(session.record(event))
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
    var call = MethodCall(
      address: address, step: step, method: found.method, integration: found.integration, client: parts.client,
      rules: parts.rules, keyring: parts.keyring, clock: parts.clock, publicURL: parts.publicURL)
    call.template = session.bundle.template(of: step.method)
    return (call, material)
  }

  /// The statement of a step; nil for one that sends none.
  func statementCall(_ address: EffectAddress, in session: RunSession) async throws -> SQLCall? {
    guard case .sql(let step)? = session.bundle.runbook.step(named: address.step)?.kind else { return nil }
    return try await SQLCall(address: address, step: step, in: session, parts: parts)
  }

  /// A call that the end of the run's time cut short, or forestalled, says so: the other side was not too slow. Nil where
  /// nothing has left, because nothing may any more.
  private func call(
    _ address: EffectAddress, in session: inout RunSession, with fetched: FetchedToken?
  ) async -> RunEvent? {
    let limit = FailureReason.limit(.runTime)
    let now = parts.clock.now()
    if let left = session.machine.timeLeft(at: now), left < 0 {
      return .callFailed(address, at: now, reason: limit, request: nil, response: nil)
    }
    let event = await performCall(address, in: &session, with: fetched)
    if case .callFailed(_, let at, .timeout, let request, let response) = event,
      let left = session.machine.timeLeft(at: at), left < 0
    {
      return .callFailed(address, at: at, reason: limit, request: request, response: response)
    }
    return event
  }

  private func performCall(
    _ address: EffectAddress, in session: inout RunSession, with fetched: FetchedToken?
  ) async -> RunEvent? {
    do {
      if var statement = try await statementCall(address, in: session) {
        statement.bounds = bounds(of: session)
        return await statement.perform(in: &session)
      }
      var (call, material) = try await methodCall(address, in: session)
      call.bounds = bounds(of: session)
      var tokens: TokenSource?
      if call.method.inheritsAuthorization {
        tokens = try MaterialReading(parts: parts).tokenSource(of: call.integration, with: material)
      }
      if let tokens {
        guard let token = try await self.token(of: tokens, for: call, fetched) else { return nil }
        material.token = token
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

  /// Writes what is pending. After this returns true a crash is harmless. While the store cannot write (a full disk) the
  /// batch is kept and tried again, so that nothing that has happened is lost. False: the service stops, or nobody knows
  /// whether it was written (or the run has moved on elsewhere), so this session must be given up.
  ///
  /// Throws `RunFault` where no batch can be made of what has happened: driving the run again would do it all again.
  func commit(_ session: inout RunSession, with child: ChildRun? = nil) async throws -> Bool {
    let masks = await session.learnForEnd(by: parts)
    guard let standing = await standing(for: session) else { return false }
    let batch: WriteBatch
    do {
      batch = try self.batch(&session, with: child, on: standing, masks)
    } catch {
      if parts.isSealed { return false }
      throw error as? RunFault ?? .value(.damaged)
    }
    var backoff = Backoff()
    var failures = 0
    while true {
      do {
        runner.take(try await parts.store.commit(batch).outbox)
        followers.announce(session.id, isEnded: session.row.state.isFinished)
        return true
      } catch {
        failures += 1
        guard Self.mayPass(error, failures: failures), await rest(backoff.next()) else { return false }
      }
    }
  }

  /// What is kept of the runbook's variables where the end of the session changes it. As with a batch, a store that cannot
  /// be read for now is asked again, so that nothing that has happened is lost; nil as `commit` is false.
  private func standing(for session: RunSession) async -> [StoredKeptVariable]? {
    var backoff = Backoff()
    var failures = 0
    while true {
      do {
        return try await KeptVariables(parts: parts).standing(for: session)
      } catch {
        failures += 1
        guard Self.mayPass(error, failures: failures), await rest(backoff.next()) else { return nil }
      }
    }
  }

  private func batch(
    _ session: inout RunSession, with child: ChildRun?, on standing: [StoredKeptVariable],
    _ masks: RunSession.EndMasks
  ) throws -> WriteBatch {
    let events = session.pendingEvents
    let stored = try session.takePending()
    // Somebody may have refused since the answers were read: then they are read anew.
    var intentions: [Intention] = events.compactMap { event in
      guard case .approvalGiven(let address, _, _) = event else { return nil }
      return .expectNoRefusal(session.id, step: address.step, visit: address.visit)
    }
    intentions.append(.appendEvents(session.id, stored, row: session.row))
    intentions += session.accounts(of: events, stored) + session.indexing(by: parts, masks)
    let kept = try KeptVariables(parts: parts).left(by: session, on: standing)
    intentions += kept.intentions
    var drafts = LedgerWords.run(session.id, Array(zip(events, stored)).map { (event: $0, stored: $1) })
    drafts += kept.drafts
    if let child {
      intentions += child.intentions
      drafts += child.drafts
    }
    return WriteBatch(intentions, ledger: drafts)
  }

  /// Whether the same batch may be written later. One that was written after all is refused then: the history has moved.
  private static func mayPass(_ error: any Error, failures: Int) -> Bool {
    switch error as? StoreFault {
    case .diskFull, .folderReadOnly: true
    case .engine: failures < 10
    default: false
    }
  }

  /// Waits so long, or until everything has to stop; false then.
  func rest(_ duration: Duration) async -> Bool {
    var left = duration
    while left > .zero, !mustStop, !Task.isCancelled {
      let piece = min(left, .milliseconds(500))
      guard (try? await Task.sleep(for: piece)) != nil else { return false }
      left -= piece
    }
    return !mustStop && !Task.isCancelled
  }
}
