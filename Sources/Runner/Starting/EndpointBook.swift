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

  /// Renewals that wait for one that is under way.
  var waitingCount: Int { turns.waitingCount }

  /// The endpoints as of the last renewal.
  package var snapshot: EndpointSnapshot { state.withLock { $0.snapshot } }

  /// Reads everything anew: after a change that was committed, and after an unseal.
  package func renew() async throws { try await renew { _ in true } }

  /// As `renew`, after a secret of this path was written or deleted. It reads nothing where no endpoint has a key there: as
  /// many secrets as there are may be written, however many endpoints there are.
  package func renew(secret path: String) async throws { try await renew { $0.secrets.contains(path) } }

  /// As `renew(secret:)`, after a named key has changed.
  package func renew(key name: String) async throws { try await renew { $0.namedKeys.contains(name) } }

  private func renew(where concerns: @Sendable (EndpointSources) -> Bool) async throws {
    try await turns.pass {
      // In its turn: whoever is before this one may bring in an endpoint that reads it.
      guard concerns(snapshot.sources) else { return }
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
