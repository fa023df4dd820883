import NIOCore
import Synchronization

/// A time limit around work that ends when it is cancelled.
enum Deadline {
  /// The work's result, or `timeout(.request)` where the limit came first and cut the work off; it is waited for. The loop keeps the time: a task that sleeps would cost more than all else around a short call.
  static func run<Value: Sendable>(
    within limit: Duration, on loop: any EventLoop,
    _ work: @escaping @Sendable () async throws(EgressFailure) -> Value
  ) async throws(EgressFailure) -> Value {
    let task = Task { () async -> Result<Value, EgressFailure> in
      do throws(EgressFailure) { return .success(try await work()) } catch { return .failure(error) }
    }
    let expiry = Expiry()
    let timer = loop.scheduleTask(in: TimeAmount(limit)) {
      // In its turn among the tasks: on a machine that is held up, work that is ready goes first.
      _ = Task {
        expiry.hasCome.store(true, ordering: .releasing)
        task.cancel()
      }
    }
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    timer.cancel()
    switch result {
    // However a call ends that its time has cut short.
    case .failure(.interrupted) where expiry.hasCome.load(ordering: .acquiring),
      .failure(.disconnected) where expiry.hasCome.load(ordering: .acquiring):
      throw .timeout(.request)
    default: return try result.get()
    }
  }

  private final class Expiry: Sendable {
    let hasCome = Atomic(false)
  }
}
