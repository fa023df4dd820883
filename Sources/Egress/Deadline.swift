/// A time limit around work that ends when it is cancelled.
enum Deadline {
  /// The work's result, or `timeout(.request)` when the limit comes first; the work is cancelled then, and waited for.
  static func run<Value: Sendable>(
    within limit: Duration, _ work: @escaping @Sendable () async throws(EgressFailure) -> Value
  ) async throws(EgressFailure) -> Value {
    let first = await withTaskGroup(of: Result<Value, EgressFailure>.self) { group in
      group.addTask {
        do throws(EgressFailure) { return .success(try await work()) } catch { return .failure(error) }
      }
      group.addTask {
        do {
          try await Task.sleep(for: limit, clock: .continuous)
          return .failure(.timeout(.request))
        } catch {
          return .failure(.interrupted(.cancelled))
        }
      }
      let first = await group.next() ?? .failure(.interrupted(.unknown))
      group.cancelAll()
      return first
    }
    return try first.get()
  }
}
