package import Encodings

/// Ids of runs that grow in the order in which they are asked for, also within one millisecond and under a clock that goes
/// back: what stands earlier in a list was triggered earlier, and a series that is read back after a restart is in its
/// order. Pure: time and chance come in.
package struct RunIDSequence: Sendable {
  /// The time and the random part of the newest one.
  private var last: (milliseconds: Int64, random: [UInt8])?
  /// No id has an earlier time than this.
  private var leastMilliseconds: Int64 = 0

  package init() {}

  /// The next id.
  ///
  /// - Parameter fresh: ten bytes of chance.
  package mutating func make(at now: Instant, random fresh: [UInt8]) -> RunID {
    let milliseconds = max(now.millisecondsSinceEpoch, leastMilliseconds)
    var random = fresh
    if let last, last.milliseconds == milliseconds {
      // A random step, so that an id tells little about the next one. Of 80 bits the first is never set by a fresh one.
      random = Self.sum(last.random, fresh.suffix(6))
    } else {
      random[0] &= 0x7F
    }
    last = (milliseconds, random)
    leastMilliseconds = milliseconds
    return RunID(at: Instant(millisecondsSinceEpoch: milliseconds), random: random)
  }

  /// From here on ids come after this one: it was given out by a process before, whose clock may have been ahead.
  package mutating func follow(_ id: RunID) {
    leastMilliseconds = max(leastMilliseconds, id.instant.advanced(byMilliseconds: 1).millisecondsSinceEpoch)
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
