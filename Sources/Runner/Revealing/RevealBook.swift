package import Access
import Encodings
import Ledger
import Storage

/// Requests to have a value shown, as they are stored, and the record of each showing. A step is committed, with its
/// entry in the ledger, before anything follows from it.
package struct RevealBook: Sendable {
  private let parts: ServiceParts

  package init(parts: ServiceParts) { self.parts = parts }

  /// A request that waits for a second person. Throws `conflict` where too many of the same entity wait, and `denied`
  /// where the authorization is not one for this subject.
  package func ask(
    for subject: RevealSubject, by authorization: Authorization, reason: DisclosureReason
  ) async throws -> RevealRequest {
    let now = parts.clock.now()
    let request: RevealRequest
    switch RevealRequest.ask(for: subject, by: authorization, reason: reason, now: now) {
    case .success(let asked): request = asked
    case .failure(let refusal): throw ServiceFault(refusal)
    }
    let waiting = try await open().filter { $0.requester == request.requester && $0.state == .waiting }
    guard waiting.count < AccessLimits.waitingReveals else {
      throw ServiceFault.conflict(
        "\(waiting.count) requests of yours wait for a second person already; withdraw one with `chancery reveals decline`."
      )
    }
    try await store(request, revision: 1, action: "reveal-ask", by: authorization)
    return request
  }

  /// Requests that have not expired, in the order of their ends.
  package func open() async throws -> [RevealRequest] {
    let now = parts.clock.now()
    return try await parts.store.reveals().filter { now < $0.expiresAt }.map { try read($0) }
  }

  package func request(_ id: RevealID) async throws -> RevealRequest { try read(try await row(id)) }

  /// A second person consents. Throws `denied` for whoever cannot, `conflict` for a request that is not waiting.
  package func consent(to id: RevealID, by authorization: Authorization) async throws -> RevealRequest {
    try await step(id, action: "reveal-consent", by: authorization) { request, now in
      request.consented(by: authorization, now: now)
    }
  }

  /// Somebody declines, or who asked withdraws.
  package func decline(_ id: RevealID, by authorization: Authorization) async throws -> RevealRequest {
    try await step(id, action: "reveal-decline", by: authorization) { request, now in
      request.declined(by: authorization, now: now)
    }
  }

  /// The one showing of a request that was consented to. When it returns the ledger has it, and no other call gets a
  /// permit for the same request.
  package func take(_ id: RevealID, for subject: RevealSubject, by authorization: Authorization) async throws
    -> DisclosurePermit
  {
    let row = try await row(id)
    let request = try read(row)
    guard request.subject == subject else {
      throw ServiceFault.conflict("The request is for something else, or for an older version; ask again.")
    }
    switch request.take(by: authorization, now: parts.clock.now()) {
    case .failure(let refusal): throw ServiceFault(refusal)
    case .success(let taken):
      try await store(taken.after, revision: row.revision + 1, action: "reveal", by: authorization)
      return .human(taken.proof)
    }
  }

  /// A showing for which the policies want nobody else. When it returns the ledger has it.
  package func showAtOnce(
    _ subject: RevealSubject, by authorization: Authorization, reason: DisclosureReason
  ) async throws -> DisclosurePermit {
    let permit: DisclosurePermit
    switch DisclosurePermit.human(authorization, reason: reason) {
    case .success(let given): permit = given
    case .failure: throw ServiceFault(RevealRefusal.wrongAuthorization)
    }
    let draft = Self.draft(subject, reason, action: "reveal", by: authorization, outcome: "shown", labels: [])
    try await commit(WriteBatch(ledger: [draft]))
    return permit
  }

  /// Removes what has expired: the ledger keeps what happened.
  package func forgetExpired() async throws {
    let now = parts.clock.now()
    let expired = try await parts.store.reveals().filter { $0.expiresAt <= now }
    guard !expired.isEmpty else { return }
    _ = try await parts.store.commit(WriteBatch(expired.map { .deleteReveal(id: $0.id) }))
  }

  private func step(
    _ id: RevealID, action: String, by authorization: Authorization,
    _ decide: (RevealRequest, Instant) -> Result<RevealRequest, RevealRefusal>
  ) async throws -> RevealRequest {
    let row = try await row(id)
    switch decide(try read(row), parts.clock.now()) {
    case .failure(let refusal): throw ServiceFault(refusal)
    case .success(let next):
      try await store(next, revision: row.revision + 1, action: action, by: authorization)
      return next
    }
  }

  private func row(_ id: RevealID) async throws -> StoredReveal {
    guard let row = try await parts.store.reveal(id: id.text) else {
      throw ServiceFault.notFound(kind: "reveal request", name: id.text)
    }
    return row
  }

  private func read(_ row: StoredReveal) throws -> RevealRequest {
    let record = try parts.keyring.open(row.record, in: RecordContexts.reveal(row.id, revision: row.revision))
    let request = try RevealRequest(record: record)
    // What stands in clear beside the record decides what is forgotten.
    guard request.id.text == row.id, request.expiresAt == row.expiresAt else {
      throw StoreFault.damaged(table: "reveal", column: "record")
    }
    return request
  }

  private func store(
    _ request: RevealRequest, revision: UInt64, action: String, by authorization: Authorization
  ) async throws {
    let record = try parts.keyring.seal(
      request.record, in: RecordContexts.reveal(request.id.text, revision: revision))
    let row = StoredReveal(
      id: request.id.text, revision: revision, expiresAt: request.expiresAt, record: record)
    let draft = Self.draft(
      request.subject, request.reason, action: action, by: authorization, outcome: request.state.word,
      labels: ["request \(request.id.text)"])
    try await commit(WriteBatch([.saveReveal(row)], ledger: [draft]))
  }

  private func commit(_ batch: WriteBatch) async throws {
    do {
      _ = try await parts.store.commit(batch)
    } catch CommitRefusal.revisionMoved {
      throw ServiceFault.conflict("Somebody else took a step with this request just now; look at it again.")
    } catch {
      throw ServiceFault(error)
    }
  }

  private static func draft(
    _ subject: RevealSubject, _ reason: DisclosureReason, action: String, by authorization: Authorization,
    outcome: String, labels: [String]
  ) -> LedgerDraft {
    LedgerDraft(
      .disclosure(
        to: .human, version: subject.version, reason: reason.text,
        labels: labels + (subject.part.map { ["part \($0)"] } ?? [])),
      actor: .entity(authorization.token.entity.text), action: action, subject: subject.path.text, outcome: outcome)
  }
}

extension ServiceFault {
  /// What whoever asked, consents or looks is told.
  init(_ refusal: RevealRefusal) {
    let sentence = refusal.message.prefix(1).uppercased() + refusal.message.dropFirst() + "."
    switch refusal {
    case .expired, .state: self = .conflict(sentence)
    case .wrongAuthorization, .ownRequest, .rootConsent, .otherRequester: self = .denied(sentence)
    }
  }
}
