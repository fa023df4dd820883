package import Encodings
package import RunEngine
import Synchronization

/// Wakes those who follow a run when something new is on disk. It carries no content: followers read the
/// store.
package final class RunFollowers: Sendable {
  private struct Entry: Sendable {
    var run: RunID
    var wake: AsyncStream<Bool>.Continuation
  }

  /// Under the lock: everybody who follows, by a number of their own.
  private let state = Mutex<(next: Int, followers: [Int: Entry])>((0, [:]))

  /// Followers at most; a further one is told at once that nothing comes, and polls.
  private static let most = 1_024

  package init() {}

  /// Somebody who is woken whenever the run has new events, until it ends.
  package func follow(_ run: RunID) -> RunFollower {
    let (stream, wake) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
    let number: Int? = state.withLock { state in
      guard state.followers.count < Self.most else { return nil }
      state.next += 1
      state.followers[state.next] = Entry(run: run, wake: wake)
      return state.next
    }
    if let number {
      wake.onTermination = { [weak self] _ in self?.state.withLock { _ = $0.followers.removeValue(forKey: number) } }
    } else {
      wake.finish()
    }
    return RunFollower(wakes: stream.makeAsyncIterator(), wake: wake)
  }

  func announce(_ run: RunID, isEnded: Bool) {
    let woken = state.withLock { state in state.followers.values.filter { $0.run == run }.map(\.wake) }
    for wake in woken {
      wake.yield(isEnded)
      if isEnded { wake.finish() }
    }
  }
}

/// Somebody who follows a run. One task waits at a time.
package struct RunFollower {
  fileprivate var wakes: AsyncStream<Bool>.Iterator
  fileprivate let wake: AsyncStream<Bool>.Continuation

  /// A wall clock can jump: it is looked at now and then, however far the time is.
  private static let longestNap: Int64 = 30_000

  /// Waits until there may be something new, or this time has come; false at the run's end.
  package mutating func next(until due: Instant?, by clock: ServiceClock) async -> Bool {
    let timer = due.map { due in
      // It has no reference to the stream: whoever follows no more waits for nothing.
      Task { [wake] in
        while true {
          let left = due.milliseconds(since: clock.now())
          guard left > 0 else { break }
          // One that is cancelled must not wake: whoever waits next would look for nothing.
          guard (try? await clock.rest(min(left, Self.longestNap))) != nil else { return }
        }
        wake.yield(false)
      }
    }
    defer { timer?.cancel() }
    return await wakes.next() != nil
  }
}
