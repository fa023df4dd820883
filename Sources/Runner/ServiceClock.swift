package import Encodings
import Glibc

/// The clocks of the service: the wall clock for signatures and the record, the monotonic one for
/// durations. Tests pass their own.
package struct ServiceClock: Sendable {
  /// Wall-clock time.
  package var now: @Sendable () -> Instant
  /// Milliseconds that never go back, from an arbitrary start.
  package var monotonicMilliseconds: @Sendable () -> Int64
  /// Waits so many milliseconds; throws where the task is cancelled meanwhile.
  var rest: @Sendable (Int64) async throws -> Void = { try await Task.sleep(for: .milliseconds($0)) }

  package init(now: @escaping @Sendable () -> Instant, monotonicMilliseconds: @escaping @Sendable () -> Int64) {
    self.now = now
    self.monotonicMilliseconds = monotonicMilliseconds
  }

  /// The machine's clocks.
  package static let system = ServiceClock(
    now: { Instant(millisecondsSinceEpoch: read(CLOCK_REALTIME)) },
    monotonicMilliseconds: { read(CLOCK_MONOTONIC) })

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
