internal import Synchronization

/// Holds the open keyring, or nothing while it is sealed. Shared by the `Keyring` and its `RunKeys`.
final class KeyringCell: Sendable {
  /// State and keys change together, under the lock.
  private struct Content {
    var state: KeyringState
    var keyring: OpenKeyring?
  }

  private let content: Mutex<Content>

  init(_ keyring: OpenKeyring?) {
    let state: KeyringState = keyring.map { .open(term: $0.current.number) } ?? .sealed
    content = Mutex(Content(state: state, keyring: keyring))
  }

  var state: KeyringState { content.withLock { $0.state } }

  /// Throws `sealed`.
  func keyring() throws(KeyringError) -> OpenKeyring {
    guard let keyring = content.withLock({ $0.keyring }) else { throw .sealed }
    return keyring
  }

  /// Opens or seals (nil). False where an open keyring was to be opened: it stays the one that is in use. Throws what
  /// `KeyringState` refuses.
  @discardableResult
  func apply(_ event: KeyringState.Event, _ keyring: OpenKeyring?) throws(KeyringError) -> Bool {
    let outcome: Result<Bool, KeyringError> = content.withLock { content in
      switch content.state.after(event) {
      case .failure(let error): return .failure(error)
      case .success(let state):
        if case (.open, .unsealed) = (content.state, event) { return .success(false) }
        content = Content(state: state, keyring: keyring)
        return .success(true)
      }
    }
    return try outcome.get()
  }
}
