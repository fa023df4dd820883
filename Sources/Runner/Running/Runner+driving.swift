import Encodings
import Ledger
import RunEngine
import Runbooks
import Storage

extension Runner {
  /// Drives a run that has its place until it ends, waits or has to stop.
  ///
  /// Where something could not be written or read, the run stands as its history has it: it keeps its place, hence its
  /// order, and is taken up again after a while, as often as it takes.
  func work(on run: RunID, since epoch: UInt64) async {
    let (handed, kept) = desk.withLock { desk in
      (desk.handed.removeValue(forKey: run), desk.kept.removeValue(forKey: run))
    }
    let driver = RunDriver(
      parts: parts, keys: keys, followers: followers, signals: signals, epoch: epoch,
      runner: self)
    var stop = await attempt(run, handed, kept, driver)
    var backoff = Backoff()
    while stop == .gaveUp, await driver.rest(backoff.next()) { stop = await attempt(run, nil, nil, driver) }
    // The desk was cleared with the seal, and may hold the run anew by now.
    if signals.mustDiscard(since: epoch) { return }
    desk.withLock { desk in
      let known = desk.runbooks[run] ?? Standing(runbook: "", isSeries: false, hasBegun: true)
      let isRoused = desk.roused.remove(run) != nil
      if case .parked(let until) = stop, !isRoused, !signals.isRequested(run) {
        desk.queue.park(run, runbook: known.runbook, isSeries: known.isSeries)
        desk.timers.add(run, until: until)
        return
      }
      if stop.isParked || stop == .paused {
        desk.queue.stepBack(run, runbook: known.runbook, isSeries: known.isSeries, hasBegun: known.hasBegun)
      } else {
        desk.queue.finish(run, runbook: known.runbook)
        desk.runbooks[run] = nil
        signals.forget(run)
      }
    }
    ring.yield()
    alarm.yield()
  }

  private func attempt(
    _ run: RunID, _ handed: Handed?, _ kept: RunSession?, _ driver: RunDriver
  ) async -> RunDriver.Stop {
    do {
      if let handed { return try await driver.drive(handed.session, from: handed.next) }
      switch try await resume(run, kept, driver: driver) {
      case .stopped(let stop): return stop
      case .goesOn(let session, let next):
        desk.withLock { $0.runbooks[run]?.hasBegun = true }
        return try await driver.drive(session, from: next)
      }
    } catch let fault as RunFault where !parts.isSealed {
      return await close(run, because: fault)
    } catch {
      return .gaveUp
    }
  }

  /// A run whose history cannot be read ends as failed, in the list and in the ledger. Its events stay as they are: they
  /// are evidence, and the ledger tells whether they were changed.
  private func close(_ id: RunID, because fault: RunFault) async -> RunDriver.Stop {
    do {
      guard var row = try await parts.store.run(id), !row.state.isFinished else { return .ended(.failed(.history)) }
      row.state = .failed
      row.failureWord = FailureReason.history.word
      row.endedAt = parts.clock.now()
      row.waiting = nil
      let draft = LedgerDraft(
        kind: .runEvent, actor: .run(id.text), action: "close", subject: row.runbookID, outcome: fault.word)
      let settings = try? await library.runbook(row.runbookID)?.document.onFailure
      let account = RunAccount(
        runbookID: row.runbookID, run: id, bundle: row.bundle,
        end: RunAccount.End(row, outcome: .failed(.history), rules: FailureRules(settings ?? FailureSettings())))
      let batch = WriteBatch([.appendEvents(id, [], row: row), .account(.run(account))], ledger: [draft])
      take(try await parts.store.commit(batch).outbox)
    } catch {
      return .gaveUp
    }
    followers.announce(id, isEnded: true)
    return .ended(.failed(.history))
  }

  // MARK: Taking up

  /// What became of a run whose turn has come.
  private enum Resumed {
    case goesOn(RunSession, RunSession.Outside)
    case stopped(RunDriver.Stop)
  }

  /// Rebuilds a run from its history, unless it was kept, and takes the step that its state calls for: written when this
  /// returns that it goes on.
  private func resume(_ id: RunID, _ kept: RunSession?, driver: RunDriver) async throws -> Resumed {
    var session: RunSession
    if let kept {
      // It has been admitted and nothing else: it has met no secret but those that it brought.
      session = kept
    } else {
      guard let row = try await parts.store.run(id), !row.state.isFinished else { return .stopped(.ended(.cancelled)) }
      // A commit of which nobody knew whether it was written may have begun it: from then on it holds its runbook's line.
      if row.state == .running { desk.withLock { $0.runbooks[id]?.hasBegun = true } }
      session = try await RunLoading(parts: parts, library: library).session(of: row)
      try await session.learnGranted(parts: parts)
      session.ownHosts = try await MaterialReading(parts: parts).clearance(of: session.bundle).ownHosts
    }
    let now = parts.clock.now()
    var outside: RunSession.Outside
    if signals.isRequested(id), !session.isCalling, !session.machine.hasEnded {
      outside = session.settle(session.record(.cancelled(at: now)), begins: true, now: now)
    } else {
      switch session.machine.resumption {
      // Its row says that it is not over: the events do not fit it, or one another.
      case .ended: throw RunFault.history(sequence: session.history.count)
      case .repeatCall(let address): outside = .call(address)
      case .interrupted(let address):
        let effects = session.record(.callFailed(address, at: now, reason: .interrupted, request: nil, response: nil))
        outside = goOn(&session, effects, now)
      case .begin, .perform:
        // Its turn had come when it was paused: what it would begin, it begins when it goes on.
        if isPaused(session.row) { return .stopped(.paused) }
        let effects = try await begun(&session)
        let sight = TokenSight(parts: parts, bundle: session.bundle)
        outside = session.settle(effects, begins: true, now: parts.clock.now(), tokens: sight)
      }
    }
    guard session.pendingEvents.isEmpty ? true : try await driver.commit(&session) else { return .stopped(.gaveUp) }
    return .goesOn(session, outside)
  }

  /// What happens next in a rebuilt run: its end, where somebody asked for it.
  private func goOn(_ session: inout RunSession, _ effects: [RunEffect], _ now: Instant) -> RunSession.Outside {
    var effects = effects
    if signals.isRequested(session.id), !session.machine.hasEnded { effects = session.record(.cancelled(at: now)) }
    // Its turn had come when it was paused: what it would begin, it begins when it goes on.
    let begins = signals.isRequested(session.id) || !isPaused(session.row)
    let sight = TokenSight(parts: parts, bundle: session.bundle)
    return session.settle(effects, begins: begins, now: now, tokens: sight)
  }

  /// What a run is to do whose turn has come. One that has not begun reads what is stored for it, as it is now, and begins.
  private func begun(_ session: inout RunSession) async throws -> [RunEffect] {
    if case .perform(let effects) = session.machine.resumption { return effects }
    guard session.machine.waitsForTurn else { throw RunFault.history(sequence: 1) }
    guard case .queued = session.machine.state else {
      // With what it took over from the run that it repeats.
      guard let old = session.row.retryOf else { throw RunFault.history(sequence: session.recorded.count) }
      return session.record(.retried(at: parts.clock.now(), of: old))
    }
    let clearance = try await MaterialReading(parts: parts).clearance(of: session.bundle)
    session.ownHosts = clearance.ownHosts
    let opening = RunOpening(parts: parts)
    var stored = RunOpening.StoredValues.success([])
    if session.bundle.runbook.hasStoredValues {
      stored = await opening.storedValues(for: session.bundle, clearance: clearance)
    }
    // A disk that cannot be read for now, or a seal, is no reason to fail.
    if case .failure(let error) = stored, error is StoreFault || parts.isSealed { throw error }
    let event = opening.firstEvent(
      ofAdmitted: &session, stored: stored, clearance: clearance, now: parts.clock.now())
    return session.record(event)
  }
}

/// How long to wait before something is tried again that did not work: longer each time, up to half a minute.
struct Backoff: Equatable, Sendable {
  private var failures = 0

  mutating func next() -> Duration {
    defer { failures += 1 }
    return failures < 7 ? .milliseconds(250 << failures) : .seconds(30)
  }
}
