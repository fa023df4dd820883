import Synchronization

/// Holds the endpoints in memory and renews them when documents, sealed values or grants change.
package final class EndpointBook: Sendable {
  private let library: DocumentLibrary
  /// Under the lock: the present snapshot, and how often everything was forgotten.
  private let state = Mutex((snapshot: EndpointSnapshot.empty, epoch: 0))
  /// One that began before a change must not end after one that began later.
  private let turns = Turns()

  package init(library: DocumentLibrary) {
    self.library = library
  }

  /// The endpoints as of the last renewal.
  package var snapshot: EndpointSnapshot { state.withLock { $0.snapshot } }

  /// Reads everything anew: after a change that was committed, and after an unseal.
  package func renew() async throws {
    try await turns.pass {
      let epoch = state.withLock { $0.epoch }
      let fresh = try await EndpointReading(library: library).snapshot()
      state.withLock { state in
        // What was read before a seal is not kept after it.
        if state.epoch == epoch { state.snapshot = fresh }
      }
    }
  }

  /// Forgets all keys, as with a seal.
  package func forget() {
    state.withLock { $0 = (.empty, $0.epoch + 1) }
  }
}
