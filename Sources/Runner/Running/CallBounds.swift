/// What bounds a call, or a statement, beside its own timeout: the time of its run, a request to end the run, and the end of
/// the service. It is asked right before each request leaves, and while a token is waited for. Without a run nothing bounds
/// it.
struct CallBounds: Sendable {
  /// Milliseconds that are left of the run's time, below zero where it is over; nil where it has no end.
  var timeLeft: @Sendable () -> Int64? = { nil }
  /// Whether nothing more may begin, whatever time is left: no wait goes on.
  var isOver: @Sendable () -> Bool = { false }
  /// Whether what has begun may leave still: also where the service ends, since nobody would know else whether it left.
  var mayLeave: @Sendable () -> Bool = { true }
  /// Waits so many milliseconds, but no longer than until `isOver` may have changed.
  var rest: @Sendable (Int64) async -> Void = { try? await Task.sleep(for: .milliseconds($0)) }

  /// How a wait ended.
  enum Ending<Value: Sendable>: Sendable {
    case came(Value)
    /// The time for it, or that of the run, is over.
    case late
    /// Nothing more may begin, or the task was cancelled.
    case cutShort
  }

  /// How long a request may take that leaves now: so long, and no longer than its run has time. Throws where it may not leave
  /// any more.
  func admit(_ timeout: Duration) throws(WithheldRequest) -> Duration {
    guard mayLeave() else { throw .over }
    guard let left = timeLeft() else { return timeout }
    guard left >= 0 else { throw .late }
    return min(timeout, .milliseconds(left + 1))
  }

  /// Milliseconds that are waited before it is looked at whether the wait may go on, at most.
  private static let longestRest: Int64 = 500

  /// Waits for something at most so long, and no longer than the call may go on. Whoever does it is cancelled then, and has
  /// to come back at once. Where nothing more may begin, it is not begun.
  func within<Value: Sendable>(
    _ timeout: Duration, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Ending<Value> {
    if isOver() { return .cutShort }
    return try await withThrowingTaskGroup(of: Ending<Value>.self) { group in
      group.addTask { .came(try await body()) }
      group.addTask { await watch(timeout) }
      defer { group.cancelAll() }
      return try await group.next() ?? .cutShort
    }
  }

  private func watch<Value: Sendable>(_ timeout: Duration) async -> Ending<Value> {
    var left = Int64(timeout / Duration.milliseconds(1))
    while true {
      if isOver() { return .cutShort }
      let most = timeLeft().map { min(left, $0 + 1) } ?? left
      guard most > 0 else { return .late }
      let piece = min(most, Self.longestRest)
      await rest(piece)
      if Task.isCancelled { return .cutShort }
      left -= piece
    }
  }
}

/// A request that was made and must not leave any more: nothing has been sent.
enum WithheldRequest: Error, Equatable {
  /// The run is to end, the service was sealed, or the time for calls that are out at its end is over.
  case over
  /// The run's time is over.
  case late
}
