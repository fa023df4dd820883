import Synchronization

/// Holds the endpoints in memory and renews them when documents, sealed values or grants change.
package final class EndpointBook: Sendable {
  private let library: DocumentLibrary
  /// Under the lock: the present snapshot.
  private let state = Mutex(EndpointSnapshot.empty)

  package init(library: DocumentLibrary) {
    self.library = library
  }

  /// The endpoints as of the last renewal.
  package var snapshot: EndpointSnapshot { state.withLock { $0 } }

  /// Reads everything anew: after a change that was committed, and after an unseal.
  package func renew() async throws {
    let fresh = try await EndpointReading(library: library).snapshot()
    state.withLock { $0 = fresh }
  }

  /// Forgets all keys, as with a seal.
  package func forget() {
    state.withLock { $0 = .empty }
  }
}
