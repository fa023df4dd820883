package import Encodings
package import RunEngine
import Synchronization

/// Wakes those who follow a run when something new is on disk. It carries no content: followers read the
/// store.
package final class RunFollowers: Sendable {
  private struct State {
    /// The number of whoever came last.
    var last = 0
    /// How many follow, whatever they follow.
    var count = 0
    /// Whoever follows a run, by a number of their own: every commit of every run looks here.
    var followers: [RunID: [Int: AsyncStream<Bool>.Continuation]] = [:]

    mutating func remove(_ number: Int, from run: RunID) {
      guard followers[run]?.removeValue(forKey: number) != nil else { return }
      count -= 1
      if followers[run]?.isEmpty == true { followers[run] = nil }
    }
  }

  private let state = Mutex(State())

  /// Followers at most; a further one is told at once that nothing comes, and polls.
  private static let most = 1_024

  package init() {}

  /// Somebody who is woken whenever the run has new events, until it ends.
  package func follow(_ run: RunID) -> RunFollower {
    let (stream, wake) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
    let number: Int? = state.withLock { state in
      guard state.count < Self.most else { return nil }
      state.last += 1
      state.count += 1
      state.followers[run, default: [:]][state.last] = wake
      return state.last
    }
    if let number {
      wake.onTermination = { [weak self] _ in self?.state.withLock { $0.remove(number, from: run) } }
    } else {
      wake.finish()
    }
    return RunFollower(wakes: stream.makeAsyncIterator(), wake: wake)
  }

  func announce(_ run: RunID, isEnded: Bool) {
    guard let woken = state.withLock({ $0.followers[run] }) else { return }
    for wake in woken.values {
      wake.yield(isEnded)
      if isEnded { wake.finish() }
    }
  }
}

/// Somebody who follows a run. One task waits at a time.
package struct RunFollower {
  fileprivate var wakes: AsyncStream<Bool>.Iterator
  fileprivate let wake: AsyncStream<Bool>.Continuation

  private var alarm: Alarm?
  /// Whether the run's end was announced, or nothing comes any more.
  private var isAtEnd = false

  fileprivate init(wakes: AsyncStream<Bool>.Iterator, wake: AsyncStream<Bool>.Continuation) {
    self.wakes = wakes
    self.wake = wake
  }

  /// Waits until there may be something new, or this time has come; false at the run's end.
  package mutating func next(until due: Instant?, by clock: ServiceClock) async -> Bool {
    // One alarm for as many waits as there are until then; one that is over has woken somebody already.
    if alarm?.due != due || due.map({ $0 <= clock.now() }) ?? false {
      alarm = due.map { Alarm(due: $0, clock: clock, wake: wake) }
    }
    let isEnded = await wakes.next()
    isAtEnd = isEnded ?? true
    return isEnded != nil
  }

  /// Lets what comes in quick succession come together, for so many milliseconds; the run's end is waited for no longer.
  package mutating func gather(_ milliseconds: Int64, by clock: ServiceClock) async {
    guard milliseconds > 0, !isAtEnd else { return }
    let pause = Pause(milliseconds, clock: clock, wake: wake)
    while !pause.isOver, !isAtEnd { isAtEnd = await wakes.next() ?? true }
  }
}

/// A short time in which a follower sleeps whatever else happens; ends with whoever holds it.
private final class Pause: Sendable {
  private let end: End
  private let task: Task<Void, Never>

  /// Kept by itself: the task has no reference to the pause.
  private final class End: Sendable {
    let isOver = Mutex(false)
  }

  init(_ milliseconds: Int64, clock: ServiceClock, wake: AsyncStream<Bool>.Continuation) {
    let end = End()
    self.end = end
    task = Task {
      guard (try? await clock.rest(milliseconds)) != nil else { return }
      end.isOver.withLock { $0 = true }
      wake.yield(false)
    }
  }

  var isOver: Bool { end.isOver.withLock { $0 } }

  deinit { task.cancel() }
}

/// Wakes a follower at a time; ends with whoever holds it.
private final class Alarm: Sendable {
  /// A wall clock can jump: it is looked at now and then, however far the time is.
  private static let longestNap: Int64 = 30_000

  let due: Instant
  private let task: Task<Void, Never>

  init(due: Instant, clock: ServiceClock, wake: AsyncStream<Bool>.Continuation) {
    self.due = due
    // It has no reference to the stream: whoever follows no more waits for nothing.
    task = Task {
      while true {
        let left = due.milliseconds(since: clock.now())
        guard left > 0 else { break }
        // One that is cancelled must not wake: whoever waits next would look for nothing.
        guard (try? await clock.rest(min(left, Self.longestNap))) != nil else { return }
      }
      wake.yield(false)
    }
  }

  deinit { task.cancel() }
}
