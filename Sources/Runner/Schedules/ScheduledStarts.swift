import Encodings
import Ledger
import RunEngine
import Runbooks
import ServiceLifecycle
import Storage

/// Starts runbooks when their schedules say so. What is due is decided by the slots on disk: so a start that was made
/// before a crash is not made again, and those that the service slept through are counted and made up for by one.
package final class ScheduledStarts: Service {
  private let runner: Runner
  private let admission: Admission
  /// Whether starts are let in: nothing is sealed, and everything was read.
  private let isAwake: @Sendable () -> Bool

  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner, admission: Admission, isAwake: @escaping @Sendable () -> Bool) {
    self.runner = runner
    self.admission = admission
    self.isAwake = isAwake
  }

  package func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        await self.startDue()
        // To the next whole second: slots are whole minutes, and looking is cheap.
        let past = self.parts.clock.now().millisecondsSinceEpoch % 1_000
        try await Task.sleep(for: .milliseconds(1_005 - past))
      }
    }
  }

  /// Makes every start that is due now.
  func startDue() async {
    guard isAwake(), let all = try? await runner.library.scheduledRunbooks() else { return }
    // While a runbook is paused its slots are missed: the first look after that counts them and makes one start.
    for (row, document) in all where !runner.isPaused(row.id) {
      guard let stored = try? await parts.store.scheduleSlots(runbookID: row.id) else { continue }
      for schedule in document.schedules {
        guard let offset = TimeZones.offset(schedule.zone) else { continue }
        let slot = SchedulePlan.due(
          schedule, of: row.id, stored: stored.first { $0.schedule == schedule.text }, since: row.updatedAt,
          now: parts.clock.now(), offset: offset)
        if let slot { await start(document, slot) }
      }
    }
  }

  /// What cannot be started now is due the next time too; where documents stand in the way, the slot is passed over and
  /// the ledger says why.
  private func start(_ document: RunbookDocument, _ slot: ScheduleSlot) async {
    do {
      let bundle = try await runner.library.currentBundle(of: document)
      _ = try await admission.start(bundle, slot: slot)
    } catch let fault as PlanFault {
      await pass(over: slot, because: fault.sentence)
    } catch ServiceFault.plan(let fault) {
      await pass(over: slot, because: fault.sentence)
    } catch {}
  }

  private func pass(over slot: ScheduleSlot, because sentence: String) async {
    var passed = slot
    passed.missed += 1
    let draft = LedgerDraft(
      kind: .denial, actor: .service, action: "start", subject: slot.runbookID,
      outcome: "slot \(slot.slot.rfc3339): \(sentence)")
    _ = try? await parts.store.commit(WriteBatch([.account(.takeSlot(passed))], ledger: [draft]))
  }
}
