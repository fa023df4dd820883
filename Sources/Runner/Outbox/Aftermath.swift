import Storage
import Synchronization

/// Tells the outbox that a commit brought something, and the queue which runbooks are to be held before the next run of
/// theirs begins. What is in it is on disk as well: it may be lost with the process.
final class Aftermath: Sendable {
  private struct State: Sendable {
    var isRung = false
    var waiting: AsyncStream<Void>.Continuation?
    /// Runbooks that a commit asked to disable.
    var disabling: Set<String> = []
  }

  private let state = Mutex(State())

  /// Takes note of what a commit brought into the outbox.
  func take(_ items: [OutboxItem]) {
    guard !items.isEmpty else { return }
    state.withLock { state in
      for item in items where item.action == .disable { state.disabling.insert(item.runbookID) }
    }
    ring()
  }

  /// The runbook was enabled since.
  func forgetDisabling(_ runbook: String) { state.withLock { _ = $0.disabling.remove(runbook) } }

  /// The runbooks that are to be held; each is given once.
  func takeDisabling() -> Set<String> {
    state.withLock { state in
      defer { state.disabling = [] }
      return state.disabling
    }
  }

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
