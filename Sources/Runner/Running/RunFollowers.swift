package import RunEngine
import Synchronization

/// Wakes those who follow a run when something new is on disk. It carries no content: followers read the
/// store.
package final class RunFollowers: Sendable {
  private struct Follower: Sendable {
    var run: RunID
    var wake: AsyncStream<Bool>.Continuation
  }

  /// Under the lock: everybody who follows, by a number of their own.
  private let state = Mutex<(next: Int, followers: [Int: Follower])>((0, [:]))

  /// Followers at most; a further one gets an ended stream and polls.
  private static let most = 1_024

  package init() {}

  /// A stream that yields whenever the run has new events; `true` with the last one. It ends with the run.
  package func follow(_ run: RunID) -> AsyncStream<Bool> {
    let (stream, wake) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
    let number: Int? = state.withLock { state in
      guard state.followers.count < Self.most else { return nil }
      state.next += 1
      state.followers[state.next] = Follower(run: run, wake: wake)
      return state.next
    }
    guard let number else {
      wake.finish()
      return stream
    }
    wake.onTermination = { [weak self] _ in self?.state.withLock { _ = $0.followers.removeValue(forKey: number) } }
    return stream
  }

  func announce(_ run: RunID, isEnded: Bool) {
    let woken = state.withLock { state in state.followers.values.filter { $0.run == run }.map(\.wake) }
    for wake in woken {
      wake.yield(isEnded)
      if isEnded { wake.finish() }
    }
  }
}
