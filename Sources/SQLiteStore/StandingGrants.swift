import Storage
import Synchronization

/// The grants of runbooks as they stood in the ledger's book when they were read last. Every step of a run reads them:
/// where they are the same as then, and no grant was changed since, they need not be held against the book again, which
/// costs a hash for each.
final class StandingGrants: Sendable {
  private struct State {
    /// Counts the changes: what was read before one is not kept after it.
    var generation: UInt64 = 0
    var grants: [String: [StoredGrant]] = [:]
  }

  /// Runbooks that are kept at most; then it begins anew.
  private static let most = 4_096

  private let state = Mutex(State())

  /// Whether a runbook's grants stand as they were read; else the number with which they are kept once they were held
  /// against the book.
  func hold(_ grants: [StoredGrant], of runbookID: String) -> (isStanding: Bool, generation: UInt64) {
    state.withLock { ($0.grants[runbookID] == grants, $0.generation) }
  }

  /// - Parameter generation: as it was before they were held against the book.
  func keep(_ grants: [StoredGrant], of runbookID: String, generation: UInt64) {
    state.withLock { state in
      guard state.generation == generation else { return }
      if state.grants.count >= Self.most { state.grants = [:] }
      state.grants[runbookID] = grants
    }
  }

  /// A grant was changed, or the book is another one.
  func forget() {
    state.withLock { state in
      state.generation += 1
      state.grants = [:]
    }
  }
}
