package import Access
import Encodings
import Keyring
import Labels
import Ledger
import RunEngine
import Runbooks
package import Storage
import Webhooks

/// Repeats a run that has ended: from its start with the request that it was started with, or from the step at which it
/// failed with everything that came before. The repetition is a run of its own, written in one commit.
package struct Retrying: Sendable {
  private let runner: Runner
  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner) { self.runner = runner }

  /// Where the new run begins.
  package enum Beginning: String, CaseIterable, Sendable {
    case start
    case failedStep = "failed-step"
  }

  /// The most runs that may wait for their turn when one is repeated.
  private static let mostWaiting = 100_000

  /// Repeats the run. Durable when this returns.
  ///
  /// - Parameters:
  ///   - latest: with the documents as they are now; else with those that the run was pinned to.
  ///   - idempotencyKey: names this order: a second one with it gets the first one's run, whatever stands in the way of a
  ///     new one by then.
  ///   - also: the proof that the caller may do something else as well: `grant`, where documents were changed since.
  ///
  /// Throws `ServiceFault.conflict` where the run cannot be repeated, with the reason, and `denied` where the caller may
  /// not repeat it.
  package func retry(
    _ old: StoredRun, from beginning: Beginning, latest: Bool, idempotencyKey: [UInt8]? = nil,
    by authorization: Authorization, also: (Capability, String) -> Authorization?
  ) async throws -> AdmissionResult {
    let entity = authorization.token.entity.text
    let now = parts.clock.now()
    var replay: ReplayClaim?
    if let idempotencyKey {
      guard
        let keys = ReplayKeys(
          runbook: "retry/\(old.id.text)", entity: entity, idempotencyKey: idempotencyKey, now: now)
      else { return .malformedIdempotencyKey }
      // Before anything may stand in the way of a new run: whoever lost the answer asks again, and is told.
      if let first = try await EarlierOrders(parts: parts).run(of: keys) { return .duplicate(of: first) }
      replay = ReplayClaim(keys)
    }
    guard runner.waitingCount < Self.mostWaiting else { return .busy(retryAfterSeconds: 5) }
    let bundle = try await documents(for: old, latest: latest, also: also)
    try await OtherDocuments.checkStarted(by: bundle.runbook, since: old, library: runner.library, also: also)
    let before = try await session(of: old)
    var opened = Opened(
      cause: RunOpening.Cause(
        trigger: old.trigger, startedBy: entity, parent: old.parent, depth: old.depth, retryOf: old.id),
      bundle: bundle, clearance: try await MaterialReading(parts: parts).clearance(of: bundle), now: now)
    switch beginning {
    case .start: try await begin(&opened, like: before, of: old)
    case .failedStep: try await goOn(&opened, after: before, of: old)
    }
    return try await commit(opened, replay: replay, beginning: beginning, old: old.id, entity: entity)
  }

  /// A run in the making.
  private struct Opened {
    let cause: RunOpening.Cause
    let bundle: LoadedBundle
    let clearance: RunClearance
    let now: Instant
    var session: RunSession?
    /// Events that are taken over from the other run.
    var taken: [(event: RunEvent, stored: StoredEvent)] = []
    /// What it is started with, where it begins anew.
    var brought: RunOpening.Brought?
  }

  private func documents(
    for old: StoredRun, latest: Bool, also: (Capability, String) -> Authorization?
  ) async throws -> LoadedBundle {
    guard old.state.isFinished else {
      throw ServiceFault.conflict("The run has not ended: cancel it first, or wait for its end.")
    }
    guard !old.isDry else {
      throw ServiceFault.conflict("The run was a dry run: start the runbook instead.")
    }
    guard let (row, document) = try await runner.library.runbook(old.runbookID) else {
      throw ServiceFault.conflict("The run's runbook is not there any more.")
    }
    guard row.isActive else { throw try await runner.library.refusalOfDisabled(row) }
    if latest {
      if let obstacle = document.activationObstacles.first {
        throw ServiceFault.conflict("The runbook `\(row.name)` cannot be started: \(obstacle)")
      }
      let present = try await runner.library.currentBundle(of: document)
      try OtherDocuments.check(old, present: present, also: also)
      return present
    }
    try OtherDocuments.check(old, present: try? await runner.library.currentBundle(of: document), also: also)
    let pinned: LoadedBundle
    do {
      pinned = try await runner.library.bundle(old.bundle)
    } catch RunFault.bundle {
      throw ServiceFault.conflict("The documents that the run was pinned to are not there any more; see --latest.")
    }
    if let step = OtherDocuments.stepWithoutApproval(pinned.runbook, present: document) {
      throw ServiceFault.conflict(
        "The step `\(step)` of the documents that the run was pinned to would pass an approval by that the runbook asks "
          + "for now: repeat the run from the start with --latest.")
    }
    return pinned
  }

  private func session(of old: StoredRun) async throws -> RunSession {
    do {
      return try await RunLoading(parts: parts, library: runner.library).session(of: old)
    } catch KeyringError.runKeyDestroyed, KeyringError.unknownRunKey {
      throw ServiceFault.conflict("The run was shredded: nothing of what it stored can be opened any more.")
    } catch is RunFault {
      throw ServiceFault.conflict("The run's history cannot be read, so it cannot be repeated.")
    }
  }

  private func open(_ opened: Opened) throws -> RunSession {
    try RunOpening(parts: parts).session(
      of: opened.bundle, cause: opened.cause, clearance: opened.clearance, now: opened.now)
  }

  // MARK: From the start

  private func begin(_ opened: inout Opened, like before: RunSession, of old: StoredRun) async throws {
    let handles: [String: ValueHandle]
    let variables: [String: ValueHandle]
    let spent: SpentBits
    // One that was cancelled before its turn came has kept what it was started with.
    switch before.started ?? before.history.first {
    case .started(_, let roots, let all, let out), .admitted(_, let roots, let all, let out):
      (handles, variables, spent) = (roots, all, out)
    default:
      throw ServiceFault.conflict(
        "The run could not begin, so what it was started with was not kept: start the runbook again.")
    }
    // What came in encrypted goes where the grant lets it go today, not where it let it go then.
    let starting = StartingValues([], of: opened.bundle.runbook, ownHosts: opened.clearance.ownHosts)
    let roots = try handles.sorted { $0.key < $1.key }.map {
      ($0.key, starting.restricted(try before.values.text($0.value)))
    }
    var given: [(name: String, value: LabeledText)] = []
    if old.trigger == .runbook {
      let names = try await handedOver(to: old, in: before)
      // A value of its own is part of what was granted: nothing that was handed over once comes in its place.
      for (name, handle) in variables.sorted(by: { $0.key < $1.key })
      where names.contains(name) && opened.bundle.runbook.takes(name) {
        let value = try before.values.text(handle)
        // Whoever handed it over had it from the store, where it may be another one now, or gone.
        if value.label.secretOrigins.contains(where: StartingValues.isHeld) {
          throw ServiceFault.conflict(
            "The value of `\(name)` was handed over by another run and has a secret of the store in it, which may have been "
              + "changed since: start the runbook again that starts this one.")
        }
        given.append((name, starting.restricted(value)))
      }
    }
    opened.session = try open(opened)
    opened.brought = RunOpening.Brought(roots: roots, given: given, spent: spent)
  }

  /// The variables that the starting run handed over. Where it is not there any more: all that can be.
  private func handedOver(to old: StoredRun, in before: RunSession) async throws -> Set<String> {
    if let id = old.parent, let parent = try await parts.store.run(id),
      let bundle = try? await runner.library.bundle(parent.bundle)
    {
      var names: Set<String> = []
      for step in bundle.runbook.steps {
        guard case .startRunbook(let start) = step.kind else { continue }
        names.formUnion(start.variables.map(\.name))
      }
      return names
    }
    return Set(before.bundle.runbook.variables.map(\.name))
  }

  // MARK: From the failed step

  private func goOn(_ opened: inout Opened, after before: RunSession, of old: StoredRun) async throws {
    let point: RetryPoint
    do throws(RetryPoint.Refusal) {
      point = try RetryPoint(of: before.history, plan: before.bundle.plan)
    } catch {
      throw ServiceFault.conflict(error.sentence)
    }
    guard point.fits(before.history, plan: opened.bundle.plan),
      isSame(before.bundle, opened.bundle, for: before.history.prefix(point.events))
    else {
      throw ServiceFault.conflict(
        "The runbook as it is now does not come to the failed step by what happened in this run: its variables, its start "
          + "or a step that was done are others. Repeat it from the start, or without --latest.")
    }
    // What was taken back or changed since must not go out with the values that are taken over.
    let present: [(name: String, value: LabeledText)]
    do {
      present = try await MaterialReading(parts: parts).startingVariables(
        of: opened.bundle, clearance: opened.clearance)
    } catch let reason as FailureReason {
      throw ServiceFault.conflict("The run's starting values may not be used any more. \(reason.sentence)")
    }
    let starting = StartingValues(present, of: opened.bundle.runbook, ownHosts: opened.clearance.ownHosts)
    let handed = old.trigger == .runbook ? try await handedOver(to: old, in: before) : []
    if let name = try starting.changed(since: before, handed: handed) {
      throw ServiceFault.conflict("A value of `\(name)` was changed since; repeat the run from the start.")
    }
    let stored = try await parts.store.events(of: old.id, after: 0)
    var session = try open(opened)
    do {
      opened.taken = try session.takeOver(stored.prefix(point.events), of: old.id, key: before.key) {
        starting.restricted($0)
      }
    } catch {
      throw ServiceFault.conflict("The run's history cannot be read, so it cannot be repeated.")
    }
    try await session.learnGranted(parts: parts)
    opened.session = session
  }

  /// Whether what made the values that are taken over is the same in both documents. A grant to the newer one was given
  /// for its own variables and steps: values that other ones made must not be used with it.
  private func isSame(_ old: LoadedBundle, _ new: LoadedBundle, for taken: ArraySlice<RunEvent>) -> Bool {
    if old.id == new.id { return true }
    guard old.runbook.variables == new.runbook.variables, old.runbook.start == new.runbook.start else { return false }
    for name in Set(taken.compactMap { $0.address?.step }) {
      guard let one = old.runbook.step(named: name), let other = new.runbook.step(named: name), one == other else {
        return false
      }
      guard case .method(let call) = one.kind else { continue }
      guard let first = old.method(call.method), let second = new.method(call.method), first.method == second.method
      else { return false }
    }
    let steps = Set(taken.compactMap { $0.address?.step })
    return material(of: old, steps: steps) == material(of: new, steps: steps)
  }

  /// What a grant to these steps alone would be bound to: their integrations' addresses and authorisation, and their data
  /// sources.
  private func material(of bundle: LoadedBundle, steps: Set<String>) -> [UInt8] {
    var runbook = bundle.runbook
    runbook.steps = runbook.steps.filter { steps.contains($0.name) }
    runbook.onFailure = FailureSettings()
    return GrantedMaterial.bytes(of: runbook, source: { bundle.dataSource($0) }) { id in
      bundle.allIntegrations.first { $0.id == id }
    }
  }

  // MARK: To the disk

  private func commit(
    _ opened: Opened, replay: ReplayClaim?, beginning: Beginning, old: RunID, entity: String
  ) async throws -> AdmissionResult {
    guard var session = opened.session else {
      throw ServiceFault.conflict("The run cannot be repeated.")
    }
    let hasPlace = runner.takePlace(session.id, of: opened.bundle.runbook)
    let run: ChildRun
    do {
      let event = await first(of: &session, opened, hasPlace: hasPlace, old: old)
      let next = session.open(event, now: opened.now, tokens: TokenSight(parts: parts, bundle: opened.bundle))
      let events = session.pendingEvents
      let stored = try session.takePending()
      let masks = await session.learnForEnd(by: parts)
      let bundle = Intention.saveBundle(
        opened.bundle.id, try parts.keyring.seal(opened.bundle.text, in: RecordContexts.bundle(opened.bundle.id)))
      let create = Intention.createRun(session.row, opened.taken.map(\.stored) + stored, replay: replay)
      let draft = LedgerDraft(
        kind: .runEvent, actor: .entity(entity), action: "retry", subject: opened.bundle.runbook.id,
        outcome: "run \(session.id.text) of \(old.text) from \(beginning.rawValue)")
      let drafts = LedgerWords.run(
        session.id, opened.taken + zip(events, stored).map { (event: $0, stored: $1) })
      let keeping = KeptVariables(parts: parts)
      let kept = try keeping.left(by: session, on: try await keeping.standing(for: session))
      run = ChildRun(
        session: session, next: next,
        intentions: [bundle, create] + session.accounts(of: events, stored) + session.indexing(by: parts, masks)
          + kept.intentions, drafts: [draft] + drafts + kept.drafts)
    } catch {
      if hasPlace { runner.giveBack(session.id, of: opened.bundle.runbook) }
      throw ServiceFault(error)
    }
    do {
      let receipt = try await parts.store.commit(WriteBatch(run.intentions, ledger: run.drafts))
      runner.take(receipt.outbox)
    } catch {
      if UnknownRun.isUnknown(error) {
        runner.lookAfter(run.session, next: run.next)
      } else {
        await runner.settle(run, as: nil)
      }
      if case CommitRefusal.duplicateDelivery(let first) = error { return .duplicate(of: first) }
      throw ServiceFault(error)
    }
    // From here on a crash is harmless: the run is on disk.
    await runner.settle(run, isDurable: true)
    return .started(run.session.id)
  }
}

extension Retrying {
  /// The event with which the repetition begins, or is taken in to wait for its turn.
  private func first(
    of session: inout RunSession, _ opened: Opened, hasPlace: Bool, old: RunID
  ) async -> RunEvent {
    let opening = RunOpening(parts: parts)
    switch (opened.brought, hasPlace) {
    case (let brought?, true):
      let stored = await opening.storedValues(for: opened.bundle, clearance: opened.clearance)
      return opening.firstEvent(
        of: &session, with: brought, stored: stored, clearance: opened.clearance, now: opened.now)
    case (let brought?, false): return opening.admission(of: &session, with: brought, now: opened.now)
    case (nil, true): return .retried(at: opened.now, of: old)
    case (nil, false): return .admitted(at: opened.now, roots: [:], variables: [:])
    }
  }
}

extension RetryPoint.Refusal {
  /// What stands in the way, and what helps.
  var sentence: String {
    switch self {
    case .notEnded: "The run has not ended: cancel it first, or wait for its end."
    case .succeeded: "The run succeeded: there is no failed step. `--from start` runs it again."
    case .noStep:
      "No step of the run failed: it ended at a limit, at a missing edge, at its end step, or before its first step. "
        + "`--from start` runs it again."
    case .history: "The run's history does not fit its runbook, so it cannot be repeated."
    }
  }
}
