import Cryptography
import Encodings
import RunEngine
import Synchronization

/// Gives runs their ids, growing in the order in which it is asked, also within one millisecond: what stands earlier in a
/// list was triggered earlier, and a series that is read back after a restart is in its order.
final class RunIDs: Sendable {
  private struct Last: Sendable {
    var milliseconds: Int64 = .min
    var random: [UInt8] = []
  }

  private let last = Mutex(Last())

  func make(at now: Instant) -> RunID {
    let fresh = RandomBytes.make(10)
    return last.withLock { last in
      // A clock that goes back does not make ids that do.
      let milliseconds = max(now.millisecondsSinceEpoch, last.milliseconds)
      var random = fresh
      if milliseconds == last.milliseconds {
        // A random step, so that an id tells little about the next one. Of 80 bits the first is never set by a fresh one.
        random = Self.sum(last.random, fresh.suffix(6))
      } else {
        random[0] &= 0x7F
      }
      last = Last(milliseconds: milliseconds, random: random)
      return RunID(at: Instant(millisecondsSinceEpoch: milliseconds), random: random)
    }
  }

  /// Ten bytes and a step of six, as big-endian numbers; the step is at least 1.
  private static func sum(_ number: [UInt8], _ step: ArraySlice<UInt8>) -> [UInt8] {
    var result = number
    var carry: UInt16 = 1
    for (offset, byte) in step.reversed().enumerated() {
      let place = result.count - 1 - offset
      let total = UInt16(result[place]) + UInt16(byte) + carry
      result[place] = UInt8(truncatingIfNeeded: total)
      carry = total >> 8
    }
    var place = result.count - 1 - step.count
    while carry > 0, place >= 0 {
      let total = UInt16(result[place]) + carry
      result[place] = UInt8(truncatingIfNeeded: total)
      carry = total >> 8
      place -= 1
    }
    return result
  }
}
