package import Access
import Ledger
package import Runbooks
package import Storage

/// Gives a runbook the secrets that its steps and methods use, as they are now.
package struct Granting: Sendable {
  private let library: DocumentLibrary

  package init(library: DocumentLibrary) {
    self.library = library
  }

  /// The grants that were given: all that the runbook uses, or the one of `only`. Each pins the hosts to which the steps
  /// send the value.
  package func grant(
    _ runbook: RunbookDocument, only: String?, by authorization: Authorization
  ) async throws -> [StoredGrant] {
    let parts = library.parts
    let bundle = try await library.currentBundle(of: runbook)
    let planning = GrantPlanning(bundle: bundle, rules: parts.rules)
    if let only, !planning.wanted().contains(where: { $0.path == only }) { return [] }
    let rows = try planning.rows(
      paths: only.map { [$0, RunClearance.ownMethods] }, by: authorization, now: parts.clock.now())
    let drafts = rows.map { row in
      LedgerDraft(
        kind: .grant, actor: .entity(row.grantedBy), action: "grant", subject: runbook.id,
        outcome: "\(row.secretPath) to \(row.hosts.joined(separator: " "))")
    }
    do {
      _ = try await parts.store.commit(WriteBatch(rows.map { .saveGrant($0) }, ledger: drafts))
    } catch {
      throw ServiceFault(error)
    }
    // Whoever gives a grant has mended what was wrong: nobody waits for the end of a rest.
    for integration in runbook.calledIntegrations { parts.tokens.credentialChanged(of: integration) }
    return rows
  }
}
