import Glibc
import Synchronization

/// When a statement has to end: at its deadline, or when nobody waits for it any more.
final class StatementWatch: Sendable {
  private let deadline: Int64
  private let isCancelled = Atomic(false)

  init(timeout: Duration) {
    deadline = Self.now() &+ max(1, timeout.wholeMilliseconds)
  }

  func cancel() { isCancelled.store(true, ordering: .releasing) }

  /// Why the statement has to end now; nil while it may go on.
  var reason: SourceFault? {
    if isCancelled.load(ordering: .acquiring) { return .interrupted }
    return Self.now() >= deadline ? .timeout : nil
  }

  /// Milliseconds until the deadline, at least 1.
  var left: Int64 { max(1, deadline - Self.now()) }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}

extension Duration {
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let product = seconds.multipliedReportingOverflow(by: 1_000)
    return product.overflow ? Int64.max / 2 : product.partialValue + attoseconds / 1_000_000_000_000_000
  }
}
