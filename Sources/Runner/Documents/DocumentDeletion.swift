package import Access
import Ledger
import RunEngine
import Runbooks
import Storage

/// Deletes runbooks, integrations and data sources that nothing uses, with their earlier saves and all that was entered for
/// them. Runs that are over stay readable until their retention ends: they are pinned to documents of their own.
package struct DocumentDeletion: Sendable {
  private let runner: Runner
  private let endpoints: EndpointBook
  private var library: DocumentLibrary { runner.library }
  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner, endpoints: EndpointBook) {
    self.runner = runner
    self.endpoints = endpoints
  }

  /// Deletes a runbook: its grants, sealed values, kept variables, schedules, pause, streak and figures go in the same
  /// commit. Throws `notFound`, and `conflict` with what stands in the way: other runbooks that start it, runs that are not
  /// over, a change that came in between.
  package func deleteRunbook(_ name: String, by who: Authorization) async throws {
    guard let (row, _) = try await library.runbook(name) else {
      throw ServiceFault.notFound(kind: "runbook", name: name)
    }
    let starters = try await library.runbooks().filter { other in
      other.row.id != row.id
        && other.document.steps.contains { step in
          guard case .startRunbook(let start) = step.kind else { return false }
          return start.runbook == row.id || start.runbook == row.name
        }
    }
    try refuse(starters.map(\.row.id), "Other runbooks start `\(row.name)`")
    let owner = SealedOwner.runbook(row.id)
    var batch = try await sealed(owners: [owner], by: who)
    for grant in try await parts.store.grants(runbookID: row.id) {
      batch.intentions.append(.deleteGrant(runbookID: row.id, secretPath: grant.secretPath))
      batch.ledger.append(
        LedgerDraft(
          kind: .grant, actor: .entity(who.token.entity.text), action: "delete", subject: row.id,
          outcome: grant.secretPath))
    }
    batch.intentions.append(.forgetRunbook(id: row.id, sealedOwner: owner))
    try await commit(batch, deleting: row, by: who)
    runner.pause(false, runbook: row.id)
    runner.hold(false, runbook: row.id)
  }

  /// Deletes an integration with the credentials, parameters and token that were entered or fetched for it. Throws
  /// `notFound`, and `conflict` with the runbooks, or the number of runs not over, that call it.
  package func deleteIntegration(_ name: String, by who: Authorization) async throws {
    guard let (row, document) = try await library.integration(name) else {
      throw ServiceFault.notFound(kind: "integration", name: name)
    }
    let callers = try await library.runbooks().filter { $0.document.calledIntegrations.contains(row.id) }
    try refuse(callers.map(\.row.id), "Runbooks call methods of `\(row.name)`")
    try await refuseRuns(using: row.name) { $0.calledIntegrations.contains(row.id) }
    let owners = [SealedOwner.integration(row.id)] + document.methods.map { SealedOwner.method($0.id) }
    var batch = try await sealed(owners: owners, by: who)
    batch.intentions += [.expectNothingSealed(owners: owners), .deleteIntegrationToken(integrationID: row.id)]
    try await commit(batch, deleting: row, by: who)
    parts.tokens.credentialChanged(of: row.id)
  }

  /// Deletes a data source. Throws `notFound`, and `conflict` as for an integration.
  package func deleteDataSource(_ name: String, by who: Authorization) async throws {
    guard let (row, _) = try await library.dataSource(name) else {
      throw ServiceFault.notFound(kind: "data source", name: name)
    }
    let users = try await library.runbooks().filter { $0.document.calledDataSources.contains(row.id) }
    try refuse(users.map(\.row.id), "Runbooks have steps on `\(row.name)`")
    try await refuseRuns(using: row.name) { $0.calledDataSources.contains(row.id) }
    try await commit(WriteBatch(), deleting: row, by: who)
  }

  private func refuse(_ users: [String], _ what: String) throws(ServiceFault) {
    guard users.isEmpty else { throw .conflict("\(what): \(MailBook.listed(users)).") }
  }

  /// Runs are pinned to the documents that they began with: one of an earlier text may use what no runbook uses now.
  private func refuseRuns(using name: String, _ uses: (RunbookDocument) -> Bool) async throws {
    var verdicts: [BundleID: Bool] = [:]
    var users: [RunID] = []
    var last: RunID?
    while true {
      let page = try await parts.store.unfinishedRuns(after: last, limit: Self.lookedAtOnce)
      for run in page {
        let verdict: Bool
        if let known = verdicts[run.bundle] {
          verdict = known
        } else {
          verdict = uses(try await library.bundle(run.bundle).runbook)
        }
        verdicts[run.bundle] = verdict
        if verdict { users.append(run.id) }
      }
      // More than are named anyway say no more.
      guard page.count == Self.lookedAtOnce, users.count < Self.lookedAtOnce, let newest = page.last else { break }
      last = newest.id
    }
    try refuse(users.map(\.text), "Runs that are not over use `\(name)`; wait for them, or cancel them")
  }

  /// Unfinished runs that are read at once.
  private static let lookedAtOnce = 1_000

  /// What removes all sealed values of these owners.
  private func sealed(owners: [String], by who: Authorization) async throws -> WriteBatch {
    var batch = WriteBatch()
    for owner in owners {
      for row in try await parts.store.sealedRows(owner: owner) {
        batch.intentions.append(.deleteSealedRow(row.place))
        batch.ledger.append(
          LedgerDraft(
            kind: .secret, actor: .entity(who.token.entity.text), action: "clear",
            subject: "\(owner)/\(row.place.kind.rawValue)/\(row.place.name)", outcome: "ok"))
      }
    }
    return batch
  }

  private func commit(_ batch: WriteBatch, deleting row: StoredDocument, by who: Authorization) async throws {
    let draft = LedgerDraft(
      kind: .document, actor: .entity(who.token.entity.text), action: "delete",
      subject: "\(row.kind.rawValue)/\(row.id)", outcome: "revision \(row.revision)")
    let deletion = Intention.deleteDocument(row.kind, id: row.id, revision: row.revision)
    do {
      _ = try await parts.store.commit(WriteBatch([deletion] + batch.intentions, ledger: [draft] + batch.ledger))
    } catch {
      throw ServiceFault(error)
    }
    library.forget(row.kind, row.id)
    try await endpoints.renew()
  }
}
