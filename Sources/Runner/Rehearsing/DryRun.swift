package import Access
import Encodings
import Labels
import Ledger
package import RunEngine
import Runbooks
package import Storage

/// Runs a runbook without any effect: the same engine, the same variables, labels, rights and guard, but nothing leaves
/// the service and nothing around runs is changed. What it did is kept as a run with a log, marked as dry.
///
/// Rules: a call is answered with what is given for it, else its step takes the failure edge with `dry-run`; approvals
/// count as given; waits are over at once, and count for the run's time as if it had waited; a runbook that a step starts
/// runs dry too, after this one; statements are not sent and named keys not used, since that would be recorded: such a
/// step is answered in the same way. No figure, no streak, no kept variable, no request log and no outbox sees it. All of
/// it is written in one commit at its end, so there is nothing to take up after a crash.
package struct DryRun: Sendable {
  let runner: Runner
  var parts: ServiceParts { runner.parts }

  package init(runner: Runner) { self.runner = runner }

  /// A run in the making, with all of its events.
  private struct Rehearsal {
    var session: RunSession
    var events: [(event: RunEvent, stored: StoredEvent)] = []
    /// Milliseconds of waits that were over at once: so much later it is for the run, whose time they count for.
    var waited: Int64 = 0
  }

  /// The answers that an earlier run of the same runbook got.
  ///
  /// - Parameter also: the proof that the caller may do something else as well: `grant`, where `bundle` is not what the
  ///   run was made with.
  ///
  /// Throws `ServiceFault.conflict` where they cannot be had, and `denied` where the caller may not have them.
  package func answers(
    of run: StoredRun, under bundle: LoadedBundle, also: (Capability, String) -> Authorization?
  ) async throws -> RehearsedAnswers {
    guard run.runbookID == bundle.runbook.id else {
      throw ServiceFault.conflict("The run whose answers are to be taken is one of another runbook.")
    }
    try OtherDocuments.check(run, present: bundle, also: also)
    try await OtherDocuments.checkStarted(by: bundle.runbook, since: run, library: runner.library, also: also)
    do {
      return RehearsedAnswers(of: try await RunLoading(parts: parts, library: runner.library).session(of: run))
    } catch {
      throw ServiceFault.conflict("The answers of the run cannot be read; it may have been shredded.")
    }
  }

  /// The most dry runs at once.
  static let most = 4

  /// Runs it to its end and keeps it. `payload` stands for the request's body, as in a start.
  ///
  /// Throws `ServiceFault.busy` where as many as may be are under way.
  package func run(
    _ bundle: LoadedBundle, payload: [UInt8]?, answers: RehearsedAnswers, by authorization: Authorization
  ) async throws -> RunID {
    let hasPlace = runner.rehearsals.withLock { count in
      guard count < Self.most else { return false }
      count += 1
      return true
    }
    guard hasPlace else { throw ServiceFault.busy(retryAfterSeconds: 1) }
    defer { runner.rehearsals.withLock { $0 -= 1 } }
    let entity = authorization.token.entity.text
    let clearance = try await MaterialReading(parts: parts).clearance(of: bundle)
    let isEncrypted = bundle.runbook.start.publicStart?.encryptRequest ?? false
    let label = Label(
      origin: .trigger, rule: isEncrypted ? .removesRequest : .shown, hosts: isEncrypted ? clearance.ownHosts : .any)
    let roots = payload.map { [("request", LabeledText(body: $0, label: label))] } ?? []
    let opening = RunOpening(parts: parts)
    let now = parts.clock.now()
    var session = try opening.session(
      of: bundle, cause: RunOpening.Cause(trigger: .api, startedBy: entity, isDry: true), clearance: clearance, now: now
    )
    try await session.learnGranted(parts: parts)
    let first = opening.firstEvent(
      of: &session, with: RunOpening.Brought(roots: roots),
      stored: await opening.storedValues(for: bundle, clearance: clearance), clearance: clearance, now: now)
    var done: [Rehearsal] = []
    var next: (session: RunSession, first: RunEvent)? = (session, first)
    while let opened = next {
      var rehearsal = Rehearsal(session: opened.session)
      // What a run recorded answers to that run's runbook only, not to one that it starts.
      next = try await rehearse(&rehearsal, from: opened.first, answers: done.isEmpty ? answers : answers.given)
      done.append(rehearsal)
    }
    return try await keep(done, by: entity)
  }

  /// Drives one run to its end; gives the run that it starts, if it does.
  private func rehearse(
    _ rehearsal: inout Rehearsal, from first: RunEvent, answers: RehearsedAnswers
  ) async throws -> (session: RunSession, first: RunEvent)? {
    var child: (session: RunSession, first: RunEvent)?
    var effects = rehearsal.session.record(first)
    while true {
      let outside = rehearsal.session.settle(effects, begins: true, now: now(after: rehearsal.waited))
      let events = rehearsal.session.pendingEvents
      rehearsal.events += zip(events, try rehearsal.session.takePending()).map { (event: $0, stored: $1) }
      if case .ended = outside { return child }
      try Task.checkCancellation()
      effects = try await perform(
        outside, in: &rehearsal.session, waited: &rehearsal.waited, answers: answers, starting: &child)
    }
  }

  /// The time in a run that has not waited so many milliseconds.
  private func now(after waited: Int64) -> Instant { parts.clock.now().advanced(byMilliseconds: waited) }

  /// A wait that is over at once, and when it would have been.
  private static func skip(to until: Instant, from now: Instant, _ waited: inout Int64) -> Instant {
    let left = max(0, until.milliseconds(since: now))
    waited += left
    return now.advanced(byMilliseconds: left)
  }

  private func perform(
    _ outside: RunSession.Outside, in session: inout RunSession, waited: inout Int64, answers: RehearsedAnswers,
    starting child: inout (session: RunSession, first: RunEvent)?
  ) async throws -> [RunEffect] {
    let now = now(after: waited)
    switch outside {
    case .ended: return []
    case .decide(let effects): return effects
    case .perform(let address):
      let event = await rehearseKeyStep(address, answer: answers.answer(to: address), in: &session)
      return session.record(event.moved(to: now))
    case .wait(let address, let until):
      return session.record(.waitElapsed(address, at: Self.skip(to: until, from: now, &waited)))
    case .waitToRestart(let until): return session.record(.restarted(at: Self.skip(to: until, from: now, &waited)))
    case .awaitApproval(let address, _):
      guard case .awaiting(_, let approval) = session.machine.state else { return [] }
      return session.record(.approvalGiven(address, at: now, by: "(dry run, \(approval.given.count + 1))"))
    case .askApproval(let address):
      do {
        let attempts = session.machine.attemptsUnderOneApproval(of: address)
        if case .sql(let step)? = session.bundle.runbook.step(named: address.step)?.kind {
          let statement = try await SQLCall(address: address, step: step, in: session, parts: parts)
          return session.record(await statement.ask(attempts: attempts, in: &session).moved(to: now))
        }
        let (call, material) = try await self.call(address, in: session)
        let (request, commitment) = try await call.describe(with: material, in: &session)
        return session.record(
          .approvalAsked(address, at: now, request: request, commitment: commitment, attempts: attempts))
      } catch {
        let reason = session.counted(FailureReason(call: error))
        return session.record(.callFailed(address, at: now, reason: reason, request: nil, response: nil))
      }
    case .call(let address):
      do {
        if case .sql(let step)? = session.bundle.runbook.step(named: address.step)?.kind {
          let call = try await SQLCall(address: address, step: step, in: session, parts: parts)
          let event = await call.rehearse(answer: answers.answer(to: address), in: &session)
          return session.record(event.moved(to: now))
        }
        let (call, material) = try await self.call(address, in: session)
        let event = await call.rehearse(with: material, answer: answers.answer(to: address), in: &session)
        return session.record(event.moved(to: now))
      } catch {
        let reason = FailureReason(call: error)
        return session.record(.callFailed(address, at: now, reason: reason, request: nil, response: nil))
      }
    case .startRunbook(let address):
      do {
        // That run has its own time, and ids are made at the time that it is.
        let present = parts.clock.now()
        var opened = try await runner.childSession(of: session, at: address, now: present)
        let opening = RunOpening(parts: parts)
        let first = opening.firstEvent(
          of: &opened.session, with: opened.brought,
          stored: await opening.storedValues(for: opened.session.bundle, clearance: opened.clearance),
          clearance: opened.clearance, now: present)
        child = (opened.session, first)
        return session.record(.handedOver(address, at: now, to: opened.session.id))
      } catch {
        let reason = session.counted(FailureReason(call: error))
        return session.record(.stepFailed(address, at: now, reason: reason))
      }
    }
  }

  /// As `RunDriver.methodCall`, but no key is used.
  private func call(
    _ address: EffectAddress, in session: RunSession
  ) async throws -> (call: MethodCall, material: MethodMaterial) {
    guard case .method(let step)? = session.bundle.runbook.step(named: address.step)?.kind,
      let found = session.bundle.method(step.method)
    else { throw FailureReason.history }
    let reading = MaterialReading(parts: parts)
    let material = try await reading.material(
      for: found.method, of: found.integration, clearance: try await reading.clearance(of: session.bundle), keys: nil,
      by: .run(session.id.text))
    let call = MethodCall(
      address: address, step: step, method: found.method, integration: found.integration, client: parts.client,
      rules: parts.rules, keyring: parts.keyring, clock: parts.clock, publicURL: parts.publicURL)
    return (call, material)
  }

  private func keep(_ done: [Rehearsal], by entity: String) async throws -> RunID {
    guard let first = done.first else { throw ServiceFault.conflict("Nothing was run.") }
    var batch = WriteBatch()
    for rehearsal in done {
      let session = rehearsal.session
      let text = try parts.keyring.seal(session.bundle.text, in: RecordContexts.bundle(session.bundle.id))
      batch.intentions += [
        .saveBundle(session.bundle.id, text),
        .createRun(session.row, rehearsal.events.map(\.stored), replay: nil),
      ]
      batch.ledger.append(
        LedgerDraft(
          kind: .runEvent, actor: .entity(entity), action: "dry-run", subject: session.bundle.runbook.id,
          outcome: "run \(session.id.text)"))
      batch.ledger += LedgerWords.run(session.id, rehearsal.events)
    }
    do {
      _ = try await parts.store.commit(batch)
    } catch {
      throw ServiceFault(error)
    }
    return first.session.id
  }
}
