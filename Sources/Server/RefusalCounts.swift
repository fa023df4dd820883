import Encodings
package import Ledger
import Synchronization

/// Counts requests that were turned away without an identity: by endpoint and reason. Nothing of them is
/// written at once but the first of each kind; a summary follows once a minute, so that a flood writes no more
/// than a trickle.
package final class RefusalCounts: Sendable {
  private struct Kind: Hashable, Sendable {
    var endpoint: String
    var reason: String
  }

  /// Under the lock: counts since the last summary, and kinds that were seen before.
  private let state = Mutex<(counts: [Kind: Int], seen: Set<Kind>)>(([:], []))

  /// Kinds that are told apart; further ones are counted as `other`.
  private static let mostKinds = 4_096

  package init() {}

  /// Counts one refusal; the entry to write now, where it is the first of its kind.
  func count(endpoint: String, reason: String) -> LedgerDraft? {
    let kind: Kind? = state.withLock { state in
      var kind = Kind(endpoint: endpoint, reason: reason)
      if !state.seen.contains(kind), state.seen.count >= Self.mostKinds {
        kind = Kind(endpoint: "other", reason: reason)
      }
      state.counts[kind, default: 0] += 1
      return state.seen.insert(kind).inserted ? kind : nil
    }
    return kind.map { Self.draft($0, count: 1) }
  }

  /// The summary of what was counted since the last one; empty when there is nothing to say.
  package func takeSummary() -> [LedgerDraft] {
    let counts = state.withLock { state in
      defer { state.counts = [:] }
      return state.counts
    }
    return counts.sorted { ($0.key.endpoint, $0.key.reason) < ($1.key.endpoint, $1.key.reason) }
      .map { Self.draft($0.key, count: $0.value) }
  }

  private static func draft(_ kind: Kind, count: Int) -> LedgerDraft {
    LedgerDraft(
      kind: .refusalSummary, actor: .service, action: "refuse", subject: kind.endpoint,
      outcome: "\(kind.reason) ×\(count)")
  }
}
