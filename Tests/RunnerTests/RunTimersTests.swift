import Encodings
import RunEngine
import TestSupport
import Testing

@testable import Runner

@Suite("Times of parked runs, and ids of runs")
struct RunTimersTests {
  private static func at(_ milliseconds: Int64) -> Instant { Instant(millisecondsSinceEpoch: milliseconds) }

  private static func run(_ number: UInt8) -> RunID {
    RunID(at: at(1), random: [UInt8](repeating: number, count: 10))
  }

  @Test("Runs come out in the order of their times, whatever the order in which they went in")
  func order() {
    var random = SeededRandom(seed: 4)
    for _ in 0..<200 {
      var timers = RunTimers()
      var model: [(Int64, RunID)] = []
      for number in 0..<random.number(in: 1...40) {
        let time = Int64(random.number(in: 0...30))
        timers.add(Self.run(UInt8(number)), until: Self.at(time))
        model.append((time, Self.run(UInt8(number))))
      }
      var now: Int64 = -1
      while timers.count > 0 {
        now += Int64(random.number(in: 1...7))
        let due = timers.takeDue(at: Self.at(now))
        let expected = model.filter { $0.0 <= now }.sorted { ($0.0, $0.1.text) < ($1.0, $1.1.text) }.map(\.1)
        #expect(due == expected)
        model.removeAll { $0.0 <= now }
        #expect(timers.earliest.map(\.millisecondsSinceEpoch) == model.map(\.0).min())
      }
    }
  }

  @Test("Ids grow in the order in which they are asked for, within a millisecond and under a clock that goes back")
  func ids() {
    let ids = RunIDs()
    var last: RunID?
    for number in 0..<2_000 {
      let id = ids.make(at: Self.at(number < 1_000 ? 5_000 : 4_000 + Int64(number % 3)))
      if let last { #expect(last < id) }
      last = id
    }
  }
}
