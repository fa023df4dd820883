package import Access
package import Encodings
import Labels
import Ledger
import RunEngine
import Runbooks
package import Storage

/// Requests that wait for people: what they are asked, and what they answer.
package struct Approvals: Sendable {
  private let runner: Runner
  private var parts: ServiceParts { runner.parts }

  package init(runner: Runner) { self.runner = runner }

  /// An open question, as a person may see it.
  package struct Question: Sendable {
    package let step: String
    package let until: Instant
    /// How many different logins have to agree, and which have.
    package let required: Int
    package let given: [String]
    /// Names the very request: an answer has to carry it.
    package let commitment: String
    /// How often the request may leave under one approval: more than once where it is safe to repeat and has `retry`.
    package let attempts: Int
  }

  /// The question that a run waits with. Throws `ServiceFault.conflict` where it waits with none.
  package func question(of row: StoredRun) async throws -> Question {
    let open = try await open(row)
    return Question(
      step: PublicName(documentName: open.title).text, until: open.approval.until, required: open.settings.required,
      given: open.approval.given.sorted(), commitment: open.approval.commitment,
      attempts: open.approval.attempts)
  }

  /// Records somebody's answer and lets the run go on with it. The answer counts for the request that was shown: with
  /// another commitment than the question's, from the one who started the run, or from somebody whom the step does not
  /// name, it is refused and nothing is recorded; so is one that changes nothing. One that comes when the time is over is refused, and the ledger says so.
  package func answer(
    _ row: StoredRun, isGiven: Bool, commitment: String, by authorization: Authorization
  ) async throws {
    let open = try await open(row)
    let entity = authorization.token.entity
    // A token that was made otherwise can have any entity, also one that reads like a login: it is nobody's word.
    guard let login = entity.user?.text else {
      throw ServiceFault.denied("Only somebody who has logged in can answer for a request; see `chancery login`.")
    }
    guard open.approval.commitment == commitment else {
      throw ServiceFault.conflict("The run asks about another request by now; look at it again.")
    }
    // Repeating somebody's run, or starting another one from it, makes the request no less his.
    try await checkPart(of: entity.text, in: try await origins(of: row))
    guard open.settings.from.isEmpty || open.settings.from.contains(login) else {
      throw ServiceFault.denied("The step names who may approve (`approval.from`), and this login is not among them.")
    }
    let now = parts.clock.now()
    // The run may not have noticed yet: its runbook is paused, or every place is taken.
    let isLate = now >= open.approval.until
    let draft = LedgerDraft(
      kind: .runEvent, actor: .entity(entity.text), action: isGiven ? "approve" : "refuse",
      subject: "runs/\(row.id.text)/\(open.address.step)", outcome: isLate ? "too-late" : "ok")
    guard !isLate else {
      _ = try await parts.store.commit(WriteBatch(ledger: [draft]))
      throw ServiceFault.conflict(
        "The time to answer ended at \(open.approval.until.rfc3339): the request does not leave, and the run takes the "
          + "failure edge with `not-approved`.")
    }
    let answer = StoredApproval(
      run: row.id, step: open.address.step, visit: open.address.visit, login: login, isGiven: isGiven, at: now)
    do {
      _ = try await parts.store.commit(WriteBatch([.saveApproval(answer)], ledger: [draft]))
    } catch CommitRefusal.historyMoved {
      throw ServiceFault.conflict("The run waits for no approval any more.")
    } catch CommitRefusal.answerStands {
      throw ServiceFault.conflict(
        "You have answered for this request already. Whoever has agreed can still refuse; a refusal stands.")
    }
    runner.rouse(row.id)
  }

  /// The run, those that it repeats, those that started it, and so on. Throws `ServiceFault.denied` where one of them is
  /// gone: else whoever deletes it would no longer be known.
  private func origins(of row: StoredRun) async throws -> [StoredRun] {
    var found = [row]
    var seen: Set<RunID> = [row.id]
    var next = 0
    while next < found.count {
      for id in [found[next].retryOf, found[next].parent].compactMap(\.self) where seen.insert(id).inserted {
        guard found.count < Self.mostOrigins else {
          throw ServiceFault.denied("The run has come about by too many others to tell who had a part in it.")
        }
        guard let before = try await parts.store.run(id) else {
          throw ServiceFault.denied(
            "A run that led to this one has been deleted, so that nobody can tell who had a part in it; start anew.")
        }
        found.append(before)
      }
      next += 1
    }
    return found
  }

  /// Runs that led to one and are looked at.
  private static let mostOrigins = 1_000

  /// Throws `ServiceFault.denied` where somebody had a part in the start of a run.
  private func checkPart(of entity: String, in origins: [StoredRun]) async throws {
    guard !origins.contains(where: { $0.startedBy == entity }) else {
      throw ServiceFault.denied("Whoever started a run cannot approve its requests; somebody else has to.")
    }
    if try await hasWritten(entity, Set(origins.filter { $0.startedBy == nil }.map(\.runbookID))) {
      throw ServiceFault.denied(
        "Nobody knows who started the run, and you wrote a runbook that had a part in it; somebody else has to approve."
      )
    }
  }

  /// Whether somebody saved one of the runbooks of runs that led here and that nobody started by name: a start from
  /// outside, or by a schedule, has none, and whoever wrote the document may be the one who sent it.
  private func hasWritten(_ entity: String, _ runbooks: Set<String>) async throws -> Bool {
    for id in runbooks.sorted() {
      guard let present = try await parts.store.document(.runbook, id: id) else {
        throw ServiceFault.denied(
          "Nobody knows who started the run, and a runbook that had a part in it has been deleted; start anew.")
      }
      if present.savedBy == entity { return true }
      let versions = try await parts.store.documentVersions(.runbook, id: id)
      if versions.contains(where: { $0.savedBy == entity }) { return true }
    }
    return false
  }

  private struct Open {
    let address: EffectAddress
    let title: String
    let settings: ApprovalSettings
    let approval: RunState.Approval
  }

  private func open(_ row: StoredRun) async throws -> Open {
    guard row.waiting?.reason == .approval else { throw ServiceFault.conflict("The run waits for no approval.") }
    let session = try await RunLoading(parts: parts, library: runner.library).session(of: row)
    guard case .awaiting(let address, let approval) = session.machine.state,
      let step = session.bundle.runbook.step(named: address.step), let settings = step.kind.approval
    else { throw ServiceFault.conflict("The run waits for no approval.") }
    return Open(address: address, title: step.title, settings: settings, approval: approval)
  }
}
