import Synchronization

/// Lets one through at a time, in the order in which they came, so that what is written and what memory makes of it change
/// together. For what is rare and short: whoever is cancelled waits all the same.
final class Turns: Sendable {
  private struct State {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Those who wait for their turn.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// Runs `body` when nobody else is in; throws what it throws.
  func pass<R, E: Error>(_ body: () async throws(E) -> R) async throws(E) -> R {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.isTaken { state.waiting.append(continuation) }
        defer { state.isTaken = true }
        return !state.isTaken
      }
      if isFree { continuation.resume() }
    }
    defer { leave() }
    return try await body()
  }

  /// Whoever waits longest has the turn from here on.
  private func leave() {
    let next = state.withLock { state in
      let next = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
      state.isTaken = next != nil
      return next
    }
    next?.resume()
  }
}
