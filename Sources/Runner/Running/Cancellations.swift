import Encodings
import RunEngine
import Synchronization

/// Which runs somebody asked to end, for the tasks that drive them; the request itself is in the store.
final class Cancellations: Sendable {
  /// Under the lock: the runs to end, and the pauses that a request cuts short.
  private let state = Mutex<(requested: Set<RunID>, pauses: [RunID: AsyncStream<Void>.Continuation])>(([], [:]))

  func contains(_ run: RunID) -> Bool { state.withLock { $0.requested.contains(run) } }

  func request(_ run: RunID) {
    let pause = state.withLock { state in
      state.requested.insert(run)
      return state.pauses.removeValue(forKey: run)
    }
    pause?.finish()
  }

  /// The run is over, or forgotten.
  func forget(_ run: RunID) { state.withLock { _ = $0.requested.remove(run) } }

  /// How a pause ended.
  enum Ending: Sendable {
    case elapsed
    case requested
    /// The task was cancelled: the service stops.
    case stopped
  }

  /// Waits for as long as a run has to, unless its end is requested meanwhile.
  func pause(_ run: RunID, for duration: Duration) async -> Ending {
    let (request, continuation) = AsyncStream<Void>.makeStream()
    let isRequested = state.withLock { state in
      if state.requested.contains(run) { return true }
      state.pauses[run] = continuation
      return false
    }
    if isRequested { return .requested }
    defer { state.withLock { _ = $0.pauses.removeValue(forKey: run) } }
    return await withTaskGroup(of: Ending.self) { group in
      group.addTask { (try? await Task.sleep(for: duration)) == nil ? .stopped : .elapsed }
      group.addTask {
        for await _ in request {}
        return Task.isCancelled ? .stopped : .requested
      }
      defer { group.cancelAll() }
      return await group.next() ?? .stopped
    }
  }
}
