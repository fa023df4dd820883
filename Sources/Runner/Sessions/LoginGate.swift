import Dispatch
import Synchronization

/// One derivation from a password at a time, and few that wait for their turn: a flood of guesses takes one core and the
/// memory of one derivation, and no thread that requests are answered on.
final class LoginGate: Sendable {
  /// Derivations that run or wait; more are turned away.
  static let mostWaiting = 16

  private let waiting = Atomic(0)
  private let thread = DispatchQueue(label: "chancery.login")

  /// Runs the derivation when its turn comes. Throws `busy` where too many wait, or what `body` throws.
  func pass<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
      waiting.wrappingSubtract(1, ordering: .relaxed)
      throw ServiceFault.busy(retryAfterSeconds: 2)
    }
    defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
    return try await withCheckedThrowingContinuation { continuation in
      thread.async { continuation.resume(with: Result { try body() }) }
    }
  }
}
