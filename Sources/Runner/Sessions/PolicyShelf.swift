package import Access
import Encodings
import Keyring
import Ledger
import Storage
import Synchronization

/// The policies as they are stored, held in memory as one immutable book.
package final class PolicyShelf: Sendable {
  private let parts: ServiceParts
  /// Under the lock: the present book.
  private let state = Mutex(PolicyBook())

  package init(parts: ServiceParts) {
    self.parts = parts
  }

  package var book: PolicyBook { state.withLock { $0 } }

  /// Reads all policies: at the start, after an unseal, after a write. A stored text that does not parse stops here: a
  /// policy that is left out could be the one that denies.
  package func renew() async throws {
    var policies: [Policy] = []
    for row in try await parts.store.policies() {
      let text = try parts.keyring.open(row.text, in: RecordContexts.policy(row.name, revision: row.revision))
      guard
        case .success(let policy) = PolicyParser.parse(
          String(decoding: text, as: UTF8.self), name: try PolicyName(row.name))
      else { throw StoreFault.damaged(table: "policy", column: "text") }
      policies.append(policy)
    }
    let book = PolicyBook(policies)
    state.withLock { $0 = book }
  }

  package func forget() {
    state.withLock { $0 = PolicyBook() }
  }

  /// Writes a policy whose text was parsed.
  package func save(_ policy: Policy, by actor: String) async throws {
    let old = try await parts.store.policies().first { $0.name == policy.name.text }
    let revision = (old?.revision ?? 0) + 1
    let row = StoredPolicy(
      name: policy.name.text, revision: revision, updatedAt: parts.clock.now(),
      text: try parts.keyring.seal(
        Array(policy.source.utf8), in: RecordContexts.policy(policy.name.text, revision: revision)))
    _ = try await parts.store.commit(
      WriteBatch(
        [.savePolicy(row)],
        ledger: [
          LedgerDraft(
            kind: .policy, actor: .entity(actor), action: "policy-write", subject: policy.name.text, outcome: "ok",
            commitment: row.text.digest)
        ]))
    try await renew()
  }

  package func delete(_ name: PolicyName, by actor: String) async throws {
    _ = try await parts.store.commit(
      WriteBatch(
        [.deletePolicy(name: name.text)],
        ledger: [
          LedgerDraft(
            kind: .policy, actor: .entity(actor), action: "policy-delete", subject: name.text, outcome: "ok")
        ]))
    try await renew()
  }
}
