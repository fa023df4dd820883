package import Encodings
import Synchronization

/// A clock that moves only when a test says so.
package final class ManualClock: Sendable {
  /// What the clock shows; guarded by the mutex.
  private let state: Mutex<Instant>

  /// A clock that shows `start`, by default 2026-11-24T16:05:39Z.
  package init(_ start: Instant = Instant(millisecondsSinceEpoch: 1_795_536_339_000)) {
    state = Mutex(start)
  }

  /// What the clock shows.
  package var now: Instant { state.withLock { $0 } }

  /// Moves the clock forward, or back when negative, and says what it shows then.
  @discardableResult
  package func advance(byMilliseconds milliseconds: Int64) -> Instant {
    state.withLock {
      $0 = $0.advanced(byMilliseconds: milliseconds)
      return $0
    }
  }

  /// Sets the clock.
  package func set(_ instant: Instant) {
    state.withLock { $0 = instant }
  }
}
