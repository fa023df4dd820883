internal import Dispatch
internal import Synchronization

/// One derivation from a passphrase at a time: its memory and its time are what a guess at a running service costs, and
/// no flood of guesses takes more. Whoever comes meanwhile is turned away, not kept waiting.
final class DerivationGate: Sendable {
  /// No lock: nobody waits for it.
  private let isTaken = Atomic(false)
  private let thread = DispatchQueue(label: "chancery.passphrase")

  /// Runs a derivation on the caller's thread. Throws `passphraseBusy`, or what `body` throws.
  func pass<R>(_ body: () throws(KeyringError) -> R) throws(KeyringError) -> R {
    try take()
    defer { leave() }
    return try body()
  }

  /// The same on another thread, while the caller's goes on with other work. Turned away before anything is queued.
  func passElsewhere<R: Sendable>(
    _ body: @escaping @Sendable () throws(KeyringError) -> R
  ) async throws(KeyringError) -> R {
    try take()
    let outcome: Result<R, KeyringError> = await withCheckedContinuation { continuation in
      thread.async {
        let outcome: Result<R, KeyringError>
        do throws(KeyringError) { outcome = .success(try body()) } catch { outcome = .failure(error) }
        continuation.resume(returning: outcome)
      }
    }
    leave()
    return try outcome.get()
  }

  private func take() throws(KeyringError) {
    guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
      throw .passphraseBusy
    }
  }

  private func leave() { isTaken.store(false, ordering: .releasing) }
}
