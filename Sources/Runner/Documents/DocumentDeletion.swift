package import Access
import Ledger
import RunEngine
import Runbooks
import Storage
import Webhooks

/// Deletes runbooks, integrations, data sources and schemes that nothing uses, with their earlier saves and all that was
/// entered for them. Runs that are over stay readable until their retention ends: they are pinned to documents of their own.
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
  /// commit, and webhooks of its failed runs that are pending are given up. Throws `notFound`, and `conflict` with what
  /// stands in the way: other runbooks that start it, runs that are not over, a change that came in between.
  package func deleteRunbook(_ name: String, by who: Authorization) async throws {
    guard let row = try await library.row(of: .runbook, named: name) else {
      throw ServiceFault.notFound(kind: "runbook", name: name)
    }
    let unused = unused("Other runbooks start `\(row.name)`") { other in
      other.id != row.id
        && other.steps.contains { step in
          guard case .startRunbook(let start) = step.kind else { return false }
          return start.runbook == row.id || start.runbook == row.name
        }
    }
    try await unused.check()
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
    // Their key is granted no more, and a later runbook of the id must not send them.
    batch.intentions.append(
      .account(
        .giveUp(.webhook, runbookID: row.id, problem: FailureWebhook.runbookDeleted, at: parts.clock.now())))
    try await commit(batch, deleting: row, if: unused, by: who)
    runner.pause(false, runbook: row.id)
    runner.hold(false, runbook: row.id)
  }

  /// Deletes an integration with the credentials, parameters and token that were entered or fetched for it. Throws
  /// `notFound`, and `conflict` with the runbooks, or the number of runs not over, that call it.
  package func deleteIntegration(_ name: String, by who: Authorization) async throws {
    guard let row = try await library.row(of: .integration, named: name) else {
      throw ServiceFault.notFound(kind: "integration", name: name)
    }
    let unused = unused("Runbooks call methods of `\(row.name)`") { $0.calledIntegrations.contains(row.id) }
    try await unused.check()
    try await refuseRuns(using: row.name) { $0.calledIntegrations.contains(row.id) }
    let methods = try await library.methodIDs(of: row)
    let owners = [SealedOwner.integration(row.id)] + methods.sorted().map { SealedOwner.method($0) }
    var batch = try await sealed(owners: owners, by: who)
    batch.intentions += [.expectNothingSealed(owners: owners), .deleteIntegrationToken(integrationID: row.id)]
    try await commit(batch, deleting: row, if: unused, by: who)
    parts.tokens.credentialChanged(of: row.id)
  }

  /// Deletes a data source. Throws `notFound`, and `conflict` as for an integration.
  package func deleteDataSource(_ name: String, by who: Authorization) async throws {
    guard let row = try await parts.store.document(.dataSource, id: name) else {
      throw ServiceFault.notFound(kind: "data source", name: name)
    }
    let unused = unused("Runbooks have steps on `\(row.name)`") { $0.calledDataSources.contains(row.id) }
    try await unused.check()
    try await refuseRuns(using: row.name) { $0.calledDataSources.contains(row.id) }
    try await commit(WriteBatch(), deleting: row, if: unused, by: who)
  }

  /// Deletes a signature scheme of the installation's own. Where one that comes with the program has its name, endpoints that
  /// use it have that one again; elsewhere throws `conflict` with the runbooks whose endpoints use it. Throws `notFound` where
  /// there is no own one.
  package func deleteScheme(_ name: String, by who: Authorization) async throws {
    guard let row = try await parts.store.document(.scheme, id: name) else {
      throw ServiceFault.notFound(kind: "own scheme", name: name)
    }
    let isBuiltIn = SchemeCatalogue.builtIn[row.id] != nil
    let unused = unused("Endpoints use the scheme `\(row.id)`; give these runbooks another scheme first") {
      !isBuiltIn && $0.start.publicStart?.schemeName == row.id
    }
    try await unused.check()
    try await commit(WriteBatch(), deleting: row, if: unused, by: who)
  }

  /// Looked up before anything else is read, and held in the commit.
  private func unused(
    _ what: String, _ isUsed: @escaping @Sendable (RunbookDocument) -> Bool
  ) -> UnusedDeletion {
    UnusedDeletion(library: library, isUsed: isUsed, refusal: { Self.refusal($0, what) })
  }

  private static func refusal(_ users: [String], _ what: String) -> ServiceFault {
    .conflict("\(what): \(MailBook.listed(users)).")
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
    guard users.isEmpty else {
      throw Self.refusal(users.map(\.text), "Runs that are not over use `\(name)`; wait for them, or cancel them")
    }
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

  private func commit(
    _ batch: WriteBatch, deleting row: StoredDocument, if unused: UnusedDeletion, by who: Authorization
  ) async throws {
    let draft = LedgerDraft(
      kind: .document, actor: .entity(who.token.entity.text), action: "delete",
      subject: "\(row.kind.rawValue)/\(row.id)", outcome: "revision \(row.revision)")
    let deletion = Intention.deleteDocument(row.kind, id: row.id, revision: row.revision)
    try await unused.commit(WriteBatch([deletion] + batch.intentions, ledger: [draft] + batch.ledger))
    library.forget(row.kind, row.id)
    try await endpoints.renew()
  }
}
