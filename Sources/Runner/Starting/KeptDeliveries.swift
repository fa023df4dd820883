import Encodings
package import Storage

/// Deliveries without a signed time, which are kept as long as the key stands that they fit.
package struct KeptDeliveries: Sendable {
  /// What has to be done with the deliveries of one epoch.
  enum Step: Equatable {
    /// Names the key in the way of now.
    case rename(epoch: String, to: String)
    case forget(epoch: String)
  }

  private let store: any Store
  private let endpoints: EndpointBook

  /// Deliveries that one write touches, so that the writer is not held up.
  private static let atOnce = 5_000
  /// Writes for one endpoint in one pass; the rest has time.
  private static let mostPasses = 1_000

  package init(store: any Store, endpoints: EndpointBook) {
    self.store = store
    self.endpoints = endpoints
  }

  /// Forgets those whose key their endpoint no longer has. By no clock: so a clock that goes wrong lets nothing in again.
  /// What cannot be written now is left for the next time.
  package func tidy() async {
    guard let kept = try? await store.keptReplays() else { return }
    for id in kept.keys.sorted() {
      for _ in 0..<Self.mostPasses {
        // In this order: a key that is entered meanwhile is in the snapshot, or its deliveries are not yet seen.
        guard let epochs = try? await store.keptEpochs(endpoint: id), let endpoint = endpoints.snapshot[id] else {
          break
        }
        let steps = Self.steps(epochs, at: endpoint)
        guard !steps.isEmpty, (try? await store.commit(WriteBatch(steps.map { intention($0, id) }))) != nil else {
          break
        }
      }
    }
  }

  private func intention(_ step: Step, _ id: String) -> Intention {
    switch step {
    case .rename(let epoch, let name): .renameKeptReplays(endpoint: id, epoch: epoch, to: name, limit: Self.atOnce)
    case .forget(let epoch): .forgetKeptReplays(endpoint: id, epoch: epoch, limit: Self.atOnce)
    }
  }

  /// - Parameter epochs: of deliveries that the endpoint keeps.
  static func steps(_ epochs: [String], at endpoint: Endpoint) -> [Step] {
    guard let standing = endpoint.keptEpochs else { return [] }
    let all = Set(standing)
    return epochs.compactMap { epoch in
      if KeyEpochs.isOne(epoch) { return all.contains(epoch) ? nil : .forget(epoch: epoch) }
      // A name of before the names were made of the material. Where it is no key's of now, the key may have been entered
      // again: nothing is forgotten before the first key goes.
      return (endpoint.earlierEpochs[epoch] ?? standing.first).map { .rename(epoch: epoch, to: $0) }
    }
  }
}
