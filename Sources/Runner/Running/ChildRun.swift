import Encodings
import Labels
import Ledger
import RunEngine
import Runbooks
import Storage

/// A run that a step of another one starts: it is written in the batch with which the other one ends, or not at all.
struct ChildRun: Sendable {
  var session: RunSession
  let next: RunSession.Outside
  let hasPlace: Bool
  let intentions: [Intention]
  let drafts: [LedgerDraft]
}

extension Runner {
  /// Makes the run that a step starts, with its first events; nothing is stored yet. Throws `FailureReason` where it may
  /// not be started. Whoever gets one calls `settle` after the commit, whatever became of it.
  func openChild(of parent: RunSession, at address: EffectAddress) async throws -> ChildRun {
    guard waitingCount < Self.mostWaitingForChildren else {
      throw FailureReason.notStartable("too many runs wait for their turn")
    }
    let now = parts.clock.now()
    var (session, event) = try await childSession(of: parent, at: address, now: now)
    let bundle = session.bundle
    let hasPlace = takePlace(session.id, of: bundle.runbook)
    do {
      let next = session.settle(session.record(event), begins: hasPlace, now: now)
      let events = session.pendingEvents
      let stored = try session.takePending()
      var intentions: [Intention] = [
        .saveBundle(bundle.id, try parts.keyring.seal(bundle.text, in: RecordContexts.bundle(bundle.id)))
      ]
      intentions += [
        .createRun(session.row, stored, replay: nil), .handDownRequests(from: parent.id, to: session.id),
      ]
      intentions += session.accounts(of: events, stored) + session.indexing(by: parts)
      let admitted = LedgerDraft(
        kind: .runEvent, actor: .run(parent.id.text), action: "start", subject: bundle.runbook.id,
        outcome: "run \(session.id.text)")
      let drafts =
        [admitted] + LedgerWords.run(session.id, Array(zip(events, stored)).map { (event: $0, stored: $1) })
      return ChildRun(session: session, next: next, hasPlace: hasPlace, intentions: intentions, drafts: drafts)
    } catch {
      if hasPlace { giveBack(session.id, of: bundle.runbook) }
      throw error
    }
  }

  /// The run that a step starts, and the event with which it begins; nothing is stored, and it has no place. Throws
  /// `FailureReason` where it may not be started. It is dry where the run that starts it is.
  func childSession(
    of parent: RunSession, at address: EffectAddress, now: Instant
  ) async throws -> (session: RunSession, first: RunEvent) {
    guard case .startRunbook(let step)? = parent.bundle.runbook.step(named: address.step)?.kind else {
      throw FailureReason.history
    }
    guard parent.row.depth < RunChain.longest else { throw FailureReason.limit(.depth) }
    let bundle = try await startable(step.runbook)
    for variable in step.variables where !bundle.runbook.takes(variable.name) {
      throw FailureReason.notStartable(
        "the variable `\(variable.name)` of `\(bundle.runbook.id)` has a value of its own; `input: true` there lets other runbooks set it"
      )
    }
    let clearance = try await MaterialReading(parts: parts).clearance(of: bundle)
    let given = try VariableTaking.take(
      step.variables, declared: [], hosts: .nowhere, in: parent.scope)
    let opening = RunOpening(parts: parts)
    let cause = RunOpening.Cause(
      trigger: .runbook, startedBy: parent.row.startedBy, parent: parent.id, depth: parent.row.depth + 1,
      isDry: parent.row.isDry)
    // What was asked of a secret before is not to be asked again because another run asks it.
    guard let spent = parent.spent else { throw FailureReason.declassificationLimit }
    var session = try opening.session(of: bundle, cause: cause, clearance: clearance, now: now)
    let event = await opening.firstEvent(
      of: &session, roots: [], given: given, spent: spent, clearance: clearance, readsValues: true, now: now)
    return (session, event)
  }

  /// Goes on with a child that was committed, or forgets it. What was asked of its starter too late for that one to do it
  /// stands in the child's row.
  func settle(_ child: ChildRun, isDurable: Bool) async {
    let runbook = child.session.bundle.runbook
    if isDurable, let row = try? await parts.store.run(child.session.id) {
      if row.isPaused { await pause(true, run: row) }
      if row.cancelRequestedAt != nil, !row.state.isFinished {
        signals.request(row.id)
        // It only has to end, and waits for nothing.
        return begin(Handed(session: child.session, next: child.next))
      }
    }
    switch (isDurable, child.hasPlace) {
    case (true, true): begin(Handed(session: child.session, next: child.next))
    case (true, false): enqueue(child.session, of: runbook)
    case (false, true): giveBack(child.session.id, of: runbook)
    case (false, false): break
    }
  }

  private static let mostWaitingForChildren = 100_000

  /// The documents of a runbook that can be started from inside; or the reason why it cannot.
  private func startable(_ id: String) async throws -> LoadedBundle {
    let shown = "`\(id)`"
    guard let (_, document) = try await library.runbook(id) else {
      throw FailureReason.notStartable("there is no runbook \(shown)")
    }
    guard document.isActive else { throw FailureReason.notStartable("\(shown) is disabled") }
    if let obstacle = document.activationObstacles.first { throw FailureReason.notStartable("\(shown): \(obstacle)") }
    do {
      return try await library.currentBundle(of: document)
    } catch let fault as PlanFault {
      throw FailureReason.notStartable("\(shown): \(fault.sentence)")
    }
  }
}
