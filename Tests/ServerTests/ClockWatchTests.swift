import Encodings
import Testing

@testable import Server

@Suite("ClockWatch")
struct ClockWatchTests {
  static func time(_ seconds: Int64) -> Instant { Instant(millisecondsSinceEpoch: seconds * 1_000) }

  @Test("A clock that goes back by more than a minute is not believed until it has caught up")
  func back() {
    var watch = ClockWatch(newest: nil)
    #expect(watch.read(wall: Self.time(1_000), monotonic: 0) == .steady)
    #expect(watch.read(wall: Self.time(940), monotonic: 1) == .steady)
    #expect(watch.read(wall: Self.time(939), monotonic: 2) == .behind(newest: Self.time(1_000)))
    #expect(watch.read(wall: Self.time(500), monotonic: 3) == .behind(newest: Self.time(1_000)))
    #expect(watch.read(wall: Self.time(941), monotonic: 4) == .steady)
    #expect(watch.read(wall: Self.time(900), monotonic: 5) == .behind(newest: Self.time(1_000)))
  }

  @Test("What an earlier process read counts, and time that passed while none ran does not matter")
  func restarted() {
    var watch = ClockWatch(newest: Self.time(5_000))
    #expect(watch.read(wall: Self.time(4_000), monotonic: 0) == .behind(newest: Self.time(5_000)))
    var later = ClockWatch(newest: Self.time(5_000))
    #expect(later.read(wall: Self.time(900_000), monotonic: 0) == .steady)
    #expect(later.isSettled(monotonic: 0))
  }

  @Test("Somebody who looked can say that the clock is right")
  func accepted() {
    var watch = ClockWatch(newest: Self.time(5_000))
    watch.accept(Self.time(4_000))
    #expect(watch.read(wall: Self.time(4_001), monotonic: 0) == .steady)
    #expect(watch.read(wall: Self.time(3_900), monotonic: 1) == .behind(newest: Self.time(4_001)))
  }

  @Test("After a leap forward ages are not believed for an hour; a clock that runs on is settled")
  func leap() {
    var watch = ClockWatch(newest: nil)
    _ = watch.read(wall: Self.time(0), monotonic: 0)
    _ = watch.read(wall: Self.time(600), monotonic: 600_000)
    #expect(watch.isSettled(monotonic: 600_000))
    _ = watch.read(wall: Self.time(100_000), monotonic: 660_000)
    #expect(!watch.isSettled(monotonic: 660_000))
    #expect(!watch.isSettled(monotonic: 660_000 + 3_600_000))
    #expect(watch.isSettled(monotonic: 660_000 + 3_600_001))
  }

  @Test("The farthest times do not overflow")
  func extremes() {
    var watch = ClockWatch(newest: nil)
    #expect(watch.read(wall: Instant(millisecondsSinceEpoch: .min), monotonic: 0) == .steady)
  }

  @Test("What is forgotten is too old by every clock that is still believed")
  func forgetting() {
    let now = Instant(millisecondsSinceEpoch: 1_000_000)
    var watch = ClockWatch(newest: now)
    let end = ClockWatch.forgettable(at: now)
    let goneBack = now.advanced(byMilliseconds: -60_000)
    #expect(watch.read(wall: goneBack, monotonic: 0) == .steady)
    #expect(end <= goneBack)
  }
}
