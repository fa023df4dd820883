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
  let followers: RunFollowers
  /// Whether somebody cancelled the run.
  let isCancelled: @Sendable (RunID) -> Bool

  init(parts: ServiceParts, followers: RunFollowers, isCancelled: @escaping @Sendable (RunID) -> Bool) {
    self.parts = parts
    self.followers = followers
    self.isCancelled = isCancelled
  }

  /// Why driving stopped.
  enum Stop: Equatable, Sendable {
    case ended(RunOutcome)
    /// The service was sealed, or is shutting down: the run goes on from its history later.
    case gaveUp
  }

  /// Goes on from what has to happen next; everything before it is on disk.
  func drive(_ session: RunSession, from first: RunSession.Outside) async -> Stop {
    var session = session
    var outside = first
    while !Task.isCancelled {
      if case .ended(let outcome) = outside { return .ended(outcome) }
      if parts.isSealed { return .gaveUp }
      let effects: [RunEffect]
      if isCancelled(session.id) {
        effects = session.record(.cancelled(at: parts.clock.now()))
      } else {
        guard let performed = await perform(outside, in: &session) else { return .gaveUp }
        effects = performed
      }
      outside = session.settle(effects, begins: true, now: parts.clock.now())
      guard await commit(&session) else { return .gaveUp }
    }
    return .gaveUp
  }

  /// Nil when the wait was cut short.
  private func perform(_ outside: RunSession.Outside, in session: inout RunSession) async -> [RunEffect]? {
    switch outside {
    case .ended: return []
    case .wait(let address, let until):
      guard await sleep(until: until) else { return nil }
      return session.record(.waitElapsed(address, at: parts.clock.now()))
    case .waitToRestart(let until):
      guard await sleep(until: until) else { return nil }
      return session.record(.restarted(at: parts.clock.now()))
    case .call(let address):
      return session.record(await call(address, in: &session))
    }
  }

  private func sleep(until: Instant) async -> Bool {
    let wait = until.millisecondsSinceEpoch - parts.clock.now().millisecondsSinceEpoch
    if wait <= 0 { return true }
    return (try? await Task.sleep(for: .milliseconds(wait))) != nil
  }

  private func call(_ address: EffectAddress, in session: inout RunSession) async -> RunEvent {
    guard case .method(let step)? = session.bundle.runbook.step(named: address.step)?.kind,
      let found = session.bundle.method(step.method)
    else {
      return .callFailed(address, at: parts.clock.now(), reason: .history, request: nil, response: nil)
    }
    do {
      let reading = MaterialReading(parts: parts)
      let material = try await reading.material(
        for: found.method, of: found.integration, clearance: try await reading.clearance(of: session.bundle))
      let call = MethodCall(
        address: address, step: step, method: found.method, integration: found.integration, client: parts.client,
        rules: parts.rules, keyring: parts.keyring, clock: parts.clock, publicURL: parts.publicURL)
      return await call.perform(with: material, in: &session)
    } catch {
      return .callFailed(
        address, at: parts.clock.now(), reason: FailureReason(call: error), request: nil, response: nil)
    }
  }

  /// Writes what is pending. After this returns true a crash is harmless. False: nobody knows whether it was
  /// written (or the run has moved on elsewhere), so this session must be given up.
  func commit(_ session: inout RunSession) async -> Bool {
    do {
      let events = session.pendingEvents
      let stored = try session.takePending()
      let batch = WriteBatch(
        [.appendEvents(session.id, stored, row: session.row)],
        ledger: LedgerWords.run(session.id, Array(zip(events, stored)).map { (event: $0, stored: $1) }))
      _ = try await parts.store.commit(batch)
      followers.announce(session.id, isEnded: session.row.state.isFinished)
      return true
    } catch {
      return false
    }
  }
}
