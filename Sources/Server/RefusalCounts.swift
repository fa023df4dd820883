import Destinations
import Encodings
package import Ledger
import Synchronization

/// Counts requests that were turned away without an identity: by endpoint, reason and network. Nothing of them is
/// written at once but the first of each kind; a summary follows once a minute, so that a flood writes no more
/// than a trickle.
package final class RefusalCounts: Sendable {
  private struct Kind: Hashable, Sendable {
    var endpoint: String
    var reason: String
    /// In CIDR notation; empty where nobody can say.
    var network: String
  }

  /// What was counted of a kind since the last summary.
  private struct Count: Sendable {
    var number: UInt64 = 0
    var first: Instant
    var last: Instant
  }

  /// Under the lock: counts since the last summary, and kinds that were seen before.
  private let state = Mutex<(counts: [Kind: Count], seen: Set<Kind>)>(([:], []))
  /// Under the lock: refusals since the start, by reason.
  private let totals = Mutex<[String: UInt64]>([:])

  /// Kinds that are told apart; further ones are counted as `other`.
  private static let mostKinds = 4_096

  package init() {}

  /// Counts one refusal; the entry to write now, where it is the first of its kind.
  func count(endpoint: String, reason: String, caller: IPAddress?, now: Instant) -> LedgerDraft? {
    // Without what may stand after the word, such as how far off a clock was.
    totals.withLock { $0[String(reason.prefix { $0 != "," }), default: 0] += 1 }
    let network = caller.map { IPNetwork(around: $0, v4Prefix: 24, v6Prefix: 48).text } ?? ""
    let kind: Kind? = state.withLock { state in
      var kind = Kind(endpoint: endpoint, reason: reason, network: network)
      if !state.seen.contains(kind), state.seen.count >= Self.mostKinds {
        kind = Kind(endpoint: "other", reason: reason, network: "")
      }
      state.counts[kind, default: Count(first: now, last: now)].number += 1
      state.counts[kind]?.last = now
      return state.seen.insert(kind).inserted ? kind : nil
    }
    return kind.map { Self.draft($0, Count(number: 1, first: now, last: now)) }
  }

  /// Refusals since the start, by reason: for metrics.
  var byReason: [(reason: String, number: UInt64)] {
    totals.withLock { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }

  /// The summary of what was counted since the last one; empty when there is nothing to say.
  package func takeSummary() -> [LedgerDraft] {
    let counts = state.withLock { state in
      defer { state.counts = [:] }
      return state.counts
    }
    return counts.sorted {
      ($0.key.endpoint, $0.key.reason, $0.key.network) < ($1.key.endpoint, $1.key.reason, $1.key.network)
    }.map { Self.draft($0.key, $0.value) }
  }

  private static func draft(_ kind: Kind, _ count: Count) -> LedgerDraft {
    LedgerDraft(
      .refusalSummary(
        reason: kind.reason, endpoint: kind.endpoint, network: kind.network, count: count.number, from: count.first,
        until: count.last),
      actor: .service, action: "refuse", subject: kind.endpoint, outcome: "\(kind.reason) ×\(count.number)")
  }
}
