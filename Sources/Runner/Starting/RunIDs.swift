import Cryptography
import Encodings
import RunEngine
import Synchronization

/// Gives runs their ids, for everybody who starts one.
final class RunIDs: Sendable {
  /// Under the lock: the ids that were given out.
  private let sequence = Mutex(RunIDSequence())

  func make(at now: Instant) -> RunID {
    let fresh = RandomBytes.make(10)
    return sequence.withLock { $0.make(at: now, random: fresh) }
  }

  /// From here on ids come after this one, which a process before has given out.
  func follow(_ id: RunID) { sequence.withLock { $0.follow(id) } }
}
