import Encodings
import Labels
import Ledger
import RunEngine
import Runbooks
import Storage

/// A run that a step of another one starts: it is written in the batch with which the other one ends, or not at all.
struct ChildRun: Sendable {
  var session: RunSession
  /// What happens next in it; nil where it waits for its turn.
  let next: RunSession.Outside?
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
    let opened = try await childSession(of: parent, at: address, now: now)
    var session = opened.session
    let bundle = session.bundle
    // What is stored for it is read when it has its place: the run before it may change it.
    let hasPlace = takePlace(session.id, of: bundle.runbook)
    do {
      let opening = RunOpening(parts: parts)
      let event: RunEvent
      if hasPlace {
        let stored = await opening.storedValues(for: bundle, clearance: opened.clearance)
        event = opening.firstEvent(
          of: &session, with: opened.brought, stored: stored, clearance: opened.clearance, now: now)
      } else {
        event = opening.admission(of: &session, with: opened.brought, now: now)
      }
      let next = session.open(event, now: now, tokens: TokenSight(parts: parts, bundle: bundle))
      let events = session.pendingEvents
      let stored = try session.takePending()
      let masks = await session.learnForEnd(by: parts)
      var intentions: [Intention] = [
        .saveBundle(bundle.id, try parts.keyring.seal(bundle.text, in: RecordContexts.bundle(bundle.id)))
      ]
      intentions += [
        .createRun(session.row, stored, replay: nil), .handDownRequests(from: parent.id, to: session.id),
      ]
      intentions += session.accounts(of: events, stored) + session.indexing(by: parts, masks)
      intentions += try KeptVariables(parts: parts).left(by: session).intentions
      let admitted = LedgerDraft(
        kind: .runEvent, actor: .run(parent.id.text), action: "start", subject: bundle.runbook.id,
        outcome: "run \(session.id.text)")
      let drafts =
        [admitted] + LedgerWords.run(session.id, Array(zip(events, stored)).map { (event: $0, stored: $1) })
      return ChildRun(session: session, next: next, intentions: intentions, drafts: drafts)
    } catch {
      if hasPlace { giveBack(session.id, of: bundle.runbook) }
      throw error
    }
  }

  /// The run that a step starts, and what it is started with; nothing is stored, and it has no place. Throws
  /// `FailureReason` where it may not be started. It is dry where the run that starts it is.
  func childSession(
    of parent: RunSession, at address: EffectAddress, now: Instant
  ) async throws -> (session: RunSession, brought: RunOpening.Brought, clearance: RunClearance) {
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
    let session = try opening.session(of: bundle, cause: cause, clearance: clearance, now: now)
    return (session, RunOpening.Brought(given: given, spent: spent), clearance)
  }

  /// Goes on with a child that was committed. Where nobody knows whether it was, or its row cannot be read, somebody looks
  /// until that works.
  func settle(_ child: ChildRun, isDurable: Bool) async {
    guard isDurable, let row = try? await parts.store.run(child.session.id) else {
      return lookAfter(child.session, next: child.next)
    }
    await settle(child, as: row)
  }

  /// Goes on with a child as its row has it, or forgets one that has none. What was asked of its starter too late for that
  /// one to do it stands in the row.
  func settle(_ child: ChildRun, as row: StoredRun?) async {
    let runbook = child.session.bundle.runbook
    guard let row else { return giveBack(child.session.id, of: runbook) }
    if row.isPaused { await followPause(of: row) }
    if row.cancelRequestedAt != nil, !row.state.isFinished {
      signals.request(row.id)
      // One that waits for its turn only has to end, and waits for nothing.
      if child.next == nil { return end(child.session) }
    }
    switch child.next {
    case .ended: giveBack(child.session.id, of: runbook)
    case let next?: begin(Handed(session: child.session, next: next))
    case nil: enqueue(child.session, of: runbook)
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
