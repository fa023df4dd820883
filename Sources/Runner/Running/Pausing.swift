package import Access
import Ledger
package import Storage

/// Pauses runbooks, or single runs, and lets them go on: starts are taken and wait, runs under way stop at their next step,
/// and a restart changes nothing of it.
package struct Pausing: Sendable {
  /// What is paused.
  enum Subject: Sendable {
    case runbook(String)
    case run(StoredRun)

    /// As the ledger names it.
    var name: String {
      switch self {
      case .runbook(let id): id
      case .run(let run): "runs/\(run.id.text)"
      }
    }
  }

  private let runner: Runner
  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner) { self.runner = runner }

  /// Durable when this returns. A runbook that is paused already, or is not, stays as it is. Where nobody knows whether it
  /// was written, somebody looks, and the queue follows the disk.
  package func set(_ isPaused: Bool, runbook: String, by authorization: Authorization) async throws {
    let change: AccountChange =
      isPaused
      ? .pause(StoredPause(runbookID: runbook, at: parts.clock.now(), pausedBy: authorization.token.entity.text))
      : .resume(runbookID: runbook)
    try await write(.account(change), isPaused, .runbook(runbook), by: authorization)
  }

  /// The same of one run. A call that is out is finished and recorded; sleeps and the time for approvals go on running, and
  /// so does the time that the run may take. A run that ends meanwhile by starting another one hands the pause down to it.
  /// Throws `ServiceFault.conflict` where the run is over.
  package func set(_ isPaused: Bool, run: StoredRun, by authorization: Authorization) async throws {
    let intention: Intention =
      isPaused
      ? .pauseRun(run.id, RunPause(at: parts.clock.now(), by: authorization.token.entity.text)) : .resumeRun(run.id)
    try await write(intention, isPaused, .run(run), by: authorization)
  }

  private func write(
    _ intention: Intention, _ isPaused: Bool, _ subject: Subject, by authorization: Authorization
  ) async throws {
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(authorization.token.entity.text), action: isPaused ? "pause" : "resume",
      subject: subject.name, outcome: "ok")
    try await runner.pauseTurns.pass {
      do {
        _ = try await parts.store.commit(WriteBatch([intention], ledger: [draft]))
      } catch CommitRefusal.historyMoved {
        throw ServiceFault.conflict("The run has ended already.")
      } catch {
        if UnknownRun.isUnknown(error) { runner.lookAfter(subject) }
        throw ServiceFault(error)
      }
      await apply(isPaused, subject)
    }
  }

  /// Lets the queue hold what is paused on disk, and no more. Throws where the disk cannot be read.
  func renew(_ subject: Subject) async throws(StoreFault) {
    try await runner.pauseTurns.pass { () throws(StoreFault) in
      switch subject {
      case .runbook(let id): await apply(try await parts.store.pauses().contains { $0.runbookID == id }, subject)
      case .run(let run): await apply(try await parts.store.run(run.id)?.isPaused ?? false, subject)
      }
    }
  }

  private func apply(_ isPaused: Bool, _ subject: Subject) async {
    switch subject {
    case .runbook(let id): runner.pause(isPaused, runbook: id)
    case .run(let run): await runner.pause(isPaused, run: run)
    }
  }
}
