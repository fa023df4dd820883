package import Access
import Ledger
package import Storage

/// Pauses runbooks, or single runs, and lets them go on: starts are taken and wait, runs under way stop at their next step,
/// and a restart changes nothing of it.
package struct Pausing: Sendable {
  private let runner: Runner
  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner) { self.runner = runner }

  /// Durable when this returns. A runbook that is paused already, or is not, stays as it is.
  package func set(_ isPaused: Bool, runbook: String, by authorization: Authorization) async throws {
    let entity = authorization.token.entity.text
    let change: AccountChange =
      isPaused
      ? .pause(StoredPause(runbookID: runbook, at: parts.clock.now(), pausedBy: entity)) : .resume(runbookID: runbook)
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(entity), action: isPaused ? "pause" : "resume", subject: runbook, outcome: "ok")
    do {
      _ = try await parts.store.commit(WriteBatch([.account(change)], ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
    runner.pause(isPaused, runbook: runbook)
  }

  /// The same of one run. A call that is out is finished and recorded; sleeps and the time for approvals go on running, and
  /// so does the time that the run may take. A run that ends meanwhile by starting another one hands the pause down to it.
  /// Throws `ServiceFault.conflict` where the run is over.
  package func set(_ isPaused: Bool, run: StoredRun, by authorization: Authorization) async throws {
    let entity = authorization.token.entity.text
    let intention: Intention =
      isPaused ? .pauseRun(run.id, RunPause(at: parts.clock.now(), by: entity)) : .resumeRun(run.id)
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(entity), action: isPaused ? "pause" : "resume", subject: "runs/\(run.id.text)",
      outcome: "ok")
    do {
      _ = try await parts.store.commit(WriteBatch([intention], ledger: [draft]))
    } catch CommitRefusal.historyMoved {
      throw ServiceFault.conflict("The run has ended already.")
    } catch {
      throw ServiceFault(error)
    }
    await runner.pause(isPaused, run: run)
  }
}
