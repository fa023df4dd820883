import Synchronization

/// Tells the outbox that a commit brought something. What is in it is on disk as well: it may be lost with the process.
final class Aftermath: Sendable {
  private struct State: Sendable {
    var isRung = false
    var waiting: AsyncStream<Void>.Continuation?
  }

  private let state = Mutex(State())

  /// Wakes whoever waits, or who waits next.
  func ring() {
    let waiting = state.withLock { state in
      state.isRung = true
      return state.waiting
    }
    waiting?.finish()
  }

  /// Returns when something was rung, the time is over or the task is cancelled. One caller at a time.
  func wait(atMost duration: Duration) async {
    let (bell, continuation) = AsyncStream<Void>.makeStream()
    let isRung = state.withLock { state in
      state.waiting = continuation
      return state.isRung
    }
    if !isRung {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { try? await Task.sleep(for: duration) }
        group.addTask { for await _ in bell {} }
        await group.next()
        group.cancelAll()
      }
    }
    state.withLock { state in
      state.isRung = false
      state.waiting = nil
    }
    continuation.finish()
  }
}
