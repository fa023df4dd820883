import Ledger
import Storage

/// Makes a runbook inactive after so many failed runs in a row. Document, outbox and ledger change in one commit.
struct Disabling: Sendable {
  let runner: Runner
  let endpoints: EndpointBook

  func perform(_ item: OutboxItem) async throws -> OutboxResult {
    let parts = runner.parts
    while true {
      guard case (let row, var document)? = try await runner.library.runbook(item.runbookID), row.id == item.runbookID,
        row.isActive, let settled = item.settled(.done, at: parts.clock.now())
      else { return .done }
      document.isActive = false
      let next = try runner.library.row(
        kind: .runbook, id: row.id, name: row.name, isActive: false, text: document.canonicalJSON, replacing: row,
        by: nil)
      let draft = LedgerDraft(
        kind: .document, actor: .service, action: "auto-disable", subject: "runbook/\(row.id)",
        outcome: "revision \(next.revision), \(item.failures) failed in a row, run \(item.run.text)")
      do {
        _ = try await parts.store.commit(
          WriteBatch([.saveDocument(next), .account(.settle(settled))], ledger: [draft]))
      } catch CommitRefusal.revisionMoved {
        // The document was saved by somebody else, or the runbook was enabled, which takes the item away.
        guard try await parts.store.outboxItem(item.id)?.state == .pending else { return .settled }
        continue
      }
      try await endpoints.renew()
      runner.hold(true, runbook: row.id)
      return .settled
    }
  }
}
