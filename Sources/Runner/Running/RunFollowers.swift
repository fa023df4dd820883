package import Encodings
package import RunEngine
import Synchronization

/// Wakes those who follow a run when something new is on disk. It carries no content: followers read the
/// store.
package final class RunFollowers: Sendable {
  /// Why a follower wakes.
  fileprivate enum Wake: Sendable {
    /// There may be something new, or a time has come.
    case news
    /// The run has ended.
    case end
    /// Nobody is told anything any more: the service is sealed.
    case cut
  }

  private struct State {
    /// The number of whoever came last.
    var last = 0
    /// How many follow, whatever they follow.
    var count = 0
    /// Whoever follows a run, by a number of their own: every commit of every run looks here.
    var followers: [RunID: [Int: AsyncStream<Wake>.Continuation]] = [:]

    mutating func remove(_ number: Int, from run: RunID) {
      guard followers[run]?.removeValue(forKey: number) != nil else { return }
      count -= 1
      if followers[run]?.isEmpty == true { followers[run] = nil }
    }
  }

  private let state = Mutex(State())

  /// Followers at most; there is no place for a further one, who has to look again by himself.
  static let most = 1_024

  package init() {}

  /// Somebody who is woken whenever the run has new events, until it ends. Nil where there is no place for him.
  package func follow(_ run: RunID) -> RunFollower? {
    let (stream, wake) = AsyncStream.makeStream(of: Wake.self, bufferingPolicy: .bufferingNewest(1))
    let number: Int? = state.withLock { state in
      guard state.count < Self.most else { return nil }
      state.last += 1
      state.count += 1
      state.followers[run, default: [:]][state.last] = wake
      return state.last
    }
    guard let number else { return nil }
    wake.onTermination = { [weak self] _ in self?.state.withLock { $0.remove(number, from: run) } }
    return RunFollower(wakes: stream.makeAsyncIterator(), wake: wake)
  }

  func announce(_ run: RunID, isEnded: Bool) {
    guard let woken = state.withLock({ $0.followers[run] }) else { return }
    for wake in woken.values {
      wake.yield(isEnded ? .end : .news)
      if isEnded { wake.finish() }
    }
  }

  /// Ends every follower, as one whose run has not ended; called with a seal, when the keys are gone. Whoever comes later has
  /// to look whether the service is sealed before he waits.
  func cut() {
    let all = state.withLock { state in state.followers.values.flatMap(\.values) }
    for wake in all {
      wake.yield(.cut)
      wake.finish()
    }
  }
}

/// Somebody who follows a run. One task waits at a time.
package struct RunFollower {
  fileprivate var wakes: AsyncStream<RunFollowers.Wake>.Iterator
  fileprivate let wake: AsyncStream<RunFollowers.Wake>.Continuation

  private var alarm: Alarm?
  /// Whether the run's end was announced, or nothing comes any more.
  private var isAtEnd = false
  /// Whether that was a seal.
  private var isCut = false

  fileprivate init(
    wakes: AsyncStream<RunFollowers.Wake>.Iterator, wake: AsyncStream<RunFollowers.Wake>.Continuation
  ) {
    self.wakes = wakes
    self.wake = wake
  }

  /// Waits until there may be something new, or this time has come; false at the run's end. Throws `sealed` once the service
  /// was sealed, whether it has been unsealed since or not.
  package mutating func next(until due: Instant?, by clock: ServiceClock) async throws(ServiceFault) -> Bool {
    // One alarm for as many waits as there are until then; one that is over has woken somebody already.
    if alarm?.due != due || due.map({ $0 <= clock.now() }) ?? false {
      alarm = due.map { Alarm(due: $0, clock: clock, wake: wake) }
    }
    let isWoken = await take()
    guard !isCut else { throw .sealed }
    return isWoken
  }

  /// Lets what comes in quick succession come together, for so many milliseconds; the run's end, or a seal, is waited for no
  /// longer.
  package mutating func gather(_ milliseconds: Int64, by clock: ServiceClock) async {
    guard milliseconds > 0, !isAtEnd else { return }
    let pause = Pause(milliseconds, clock: clock, wake: wake)
    while !pause.isOver, !isAtEnd { _ = await take() }
  }

  /// The next wake; false where none comes any more.
  private mutating func take() async -> Bool {
    let woken = await wakes.next()
    isAtEnd = woken != .news
    if woken == .cut { isCut = true }
    return woken != nil
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

  init(_ milliseconds: Int64, clock: ServiceClock, wake: AsyncStream<RunFollowers.Wake>.Continuation) {
    let end = End()
    self.end = end
    task = Task {
      guard (try? await clock.rest(milliseconds)) != nil else { return }
      end.isOver.withLock { $0 = true }
      wake.yield(.news)
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

  init(due: Instant, clock: ServiceClock, wake: AsyncStream<RunFollowers.Wake>.Continuation) {
    self.due = due
    // It has no reference to the stream: whoever follows no more waits for nothing.
    task = Task {
      while true {
        let left = due.milliseconds(since: clock.now())
        guard left > 0 else { break }
        // One that is cancelled must not wake: whoever waits next would look for nothing.
        guard (try? await clock.rest(min(left, Self.longestNap))) != nil else { return }
      }
      wake.yield(.news)
    }
  }

  deinit { task.cancel() }
}
