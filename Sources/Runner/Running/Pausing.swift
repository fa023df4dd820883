package import Access
import Ledger
import Storage

/// Pauses runbooks and lets them go on: starts are taken and wait, runs under way stop at their next step, and a restart
/// changes nothing of it.
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
}
