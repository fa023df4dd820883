import Synchronization

/// A start that may fail after the service listens: what failed, and how everything is stopped then.
final class Beginning: Sendable {
  /// Under the lock: the failure, and what stops the services.
  private let state = Mutex<(failure: (any Error)?, stop: (@Sendable () async -> Void)?)>((nil, nil))

  /// Set before the services run.
  var stop: (@Sendable () async -> Void)? {
    get { state.withLock { $0.stop } }
    set { state.withLock { $0.stop = newValue } }
  }

  var failure: (any Error)? { state.withLock { $0.failure } }

  func fail(with error: any Error) async {
    state.withLock { $0.failure = error }
    await stop?()
  }
}
