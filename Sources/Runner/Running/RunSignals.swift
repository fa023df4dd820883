import Encodings
import RunEngine
import Synchronization

/// What the tasks that drive runs are told from outside: that somebody asked for a run's end (the request itself is in
/// the store), and that all of them have to stop, because the service is sealed or ends.
final class RunSignals: Sendable {
  private struct State: Sendable {
    var requested: Set<RunID> = []
    /// Grows with each stop: whoever began before has to stop.
    var stops: UInt64 = 0
    /// The stop of the last seal.
    var lastSeal: UInt64 = 0
    var pauses: [RunID: AsyncStream<Void>.Continuation] = [:]
  }

  private let state = Mutex(State())

  func isRequested(_ run: RunID) -> Bool { state.withLock { $0.requested.contains(run) } }

  func request(_ run: RunID) {
    let pause = state.withLock { state in
      state.requested.insert(run)
      return state.pauses.removeValue(forKey: run)
    }
    pause?.finish()
  }

  /// The run is over, or forgotten.
  func forget(_ run: RunID) { state.withLock { _ = $0.requested.remove(run) } }

  /// The time of a task's beginning, for `mustStop`.
  var epoch: UInt64 { state.withLock { $0.stops } }

  /// Whether everything that began in this epoch has to stop: nothing new begins.
  func mustStop(since epoch: UInt64) -> Bool { state.withLock { $0.stops != epoch } }

  /// Whether the service was sealed since: then not even an outcome is recorded, as after a kill.
  func mustDiscard(since epoch: UInt64) -> Bool { state.withLock { $0.lastSeal > epoch } }

  /// Tells all tasks to stop, and cuts their pauses short.
  func stopAll(isSeal: Bool) {
    let pauses = state.withLock { state in
      state.stops += 1
      if isSeal { state.lastSeal = state.stops }
      defer { state.pauses = [:] }
      return state.pauses.values
    }
    for pause in pauses { pause.finish() }
  }

  /// How a pause ended.
  enum Ending: Sendable {
    case elapsed
    case requested
    /// The task has to stop.
    case stopped
  }

  /// Waits for as long as a run has to, unless its end is requested or everything has to stop meanwhile.
  func pause(_ run: RunID, for duration: Duration, since epoch: UInt64) async -> Ending {
    let (signal, continuation) = AsyncStream<Void>.makeStream()
    let already: Ending? = state.withLock { state in
      if state.stops != epoch { return .stopped }
      if state.requested.contains(run) { return .requested }
      state.pauses[run] = continuation
      return nil
    }
    if let already { return already }
    defer { state.withLock { _ = $0.pauses.removeValue(forKey: run) } }
    return await withTaskGroup(of: Ending.self) { group in
      group.addTask { (try? await Task.sleep(for: duration)) == nil ? .stopped : .elapsed }
      group.addTask {
        for await _ in signal {}
        return Task.isCancelled || self.mustStop(since: epoch) ? .stopped : .requested
      }
      defer { group.cancelAll() }
      return await group.next() ?? .stopped
    }
  }
}
