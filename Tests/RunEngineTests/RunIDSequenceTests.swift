import Encodings
import RunEngine
import Testing

@Suite("The order of run ids")
struct RunIDSequenceTests {
  private static func at(_ milliseconds: Int64) -> Instant { Instant(millisecondsSinceEpoch: milliseconds) }
  private static let high = [UInt8](repeating: 0xFF, count: 10)
  private static let low = [UInt8](repeating: 0, count: 10)

  @Test("Ids grow within a millisecond, whatever chance says, and under a clock that goes back")
  func grows() {
    var sequence = RunIDSequence()
    var last = sequence.make(at: Self.at(5_000), random: Self.high)
    for (time, random) in [(5_000, Self.low), (4_000, Self.low), (0, Self.low), (-9, Self.high), (5_001, Self.low)] {
      let next = sequence.make(at: Self.at(Int64(time)), random: random)
      #expect(last < next)
      last = next
    }
    #expect(last.instant == Self.at(5_001))
  }

  @Test("Ids come after one that a process before gave out, also where the clock has gone back since")
  func follows() {
    var before = RunIDSequence()
    let old = before.make(at: Self.at(9_000), random: Self.high)
    var sequence = RunIDSequence()
    sequence.follow(old)
    let next = sequence.make(at: Self.at(1_000), random: Self.low)
    #expect(old < next)
    #expect(next.instant == Self.at(9_001))
    // Where the clock is past it, it says the time.
    #expect(sequence.make(at: Self.at(20_000), random: Self.low).instant == Self.at(20_000))
  }

  @Test("An older id than the newest one changes nothing")
  func followsOnlyForward() {
    var sequence = RunIDSequence()
    let first = sequence.make(at: Self.at(9_000), random: Self.low)
    var other = RunIDSequence()
    sequence.follow(other.make(at: Self.at(2_000), random: Self.high))
    #expect(first < sequence.make(at: Self.at(9_000), random: Self.low))
  }
}
