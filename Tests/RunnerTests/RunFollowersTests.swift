import Encodings
import RunEngine
import Synchronization
import TestSupport
import Testing

@testable import Runner

@Suite("Those who follow a run")
struct RunFollowersTests {
  private static let run = RunID(at: Samples.now, random: [UInt8](repeating: 1, count: 10))
  private static let other = RunID(at: Samples.now, random: [UInt8](repeating: 2, count: 10))

  /// A clock whose rests are over at once, and what they were.
  private final class Hurry: Sendable {
    let hand = ManualClock()
    let rests = Mutex<[Int64]>([])

    var clock: ServiceClock {
      var clock = ServiceClock(now: { [self] in hand.now }, monotonicMilliseconds: { 0 })
      clock.rest = { [self] milliseconds in
        rests.withLock { $0.append(milliseconds) }
        hand.advance(byMilliseconds: milliseconds)
      }
      return clock
    }
  }

  /// A clock that stands still: a rest ends when it is cancelled.
  private static var stopped: ServiceClock {
    var clock = ServiceClock(now: { Samples.now }, monotonicMilliseconds: { 0 })
    clock.rest = { _ in
      let (never, kept) = AsyncStream<Void>.makeStream()
      for await _ in never {}
      kept.finish()
      throw CancellationError()
    }
    return clock
  }

  @Test("A follower wakes at the time that it asked for, though nothing happens, and looks at the clock on the way")
  func due() async throws {
    let hurry = Hurry()
    let followers = RunFollowers()
    var follower = try #require(followers.follow(Self.run))
    let due = hurry.hand.now.advanced(byMilliseconds: 65_000)
    let isAwake = try await follower.next(until: due, by: hurry.clock)
    #expect(isAwake)
    #expect(hurry.hand.now == due)
    #expect(hurry.rests.withLock { $0 } == [30_000, 30_000, 5_000])
  }

  @Test("A time that is over already wakes at once")
  func over() async throws {
    let followers = RunFollowers()
    var follower = try #require(followers.follow(Self.run))
    let isAwake = try await follower.next(until: Samples.now, by: Self.stopped)
    #expect(isAwake)
  }

  @Test("One alarm lasts for all waits until a time, another time sets another one, and none outlives its follower")
  func alarms() async throws {
    let begun = Mutex<Int>(0)
    let (ended, end) = AsyncStream<Void>.makeStream()
    var clock = ServiceClock(now: { Samples.now }, monotonicMilliseconds: { 0 })
    clock.rest = { _ in
      begun.withLock { $0 += 1 }
      let (never, kept) = AsyncStream<Void>.makeStream()
      for await _ in never {}
      kept.finish()
      end.yield()
      throw CancellationError()
    }
    let followers = RunFollowers()
    var ends = ended.makeAsyncIterator()
    do {
      var follower = try #require(followers.follow(Self.run))
      let due = Samples.now.advanced(byMilliseconds: 900_000)
      for _ in 0..<5 {
        followers.announce(Self.run, isEnded: false)
        let isAwake = try await follower.next(until: due, by: clock)
        #expect(isAwake)
      }
      followers.announce(Self.run, isEnded: false)
      let isAwake = try await follower.next(until: due.advanced(byMilliseconds: 1), by: clock)
      #expect(isAwake)
      // The first one's alarm is over with the second's beginning.
      await ends.next()
    }
    await ends.next()
    #expect(begun.withLock { $0 } == 2)
  }

  @Test("What comes in quick succession comes together, for as long as asked, and the run's end is not kept back")
  func gathering() async throws {
    let hurry = Hurry()
    let followers = RunFollowers()
    var follower = try #require(followers.follow(Self.run))
    for _ in 0..<3 { followers.announce(Self.run, isEnded: false) }
    await follower.gather(100, by: hurry.clock)
    await follower.gather(0, by: Self.stopped)
    #expect(hurry.rests.withLock { $0 } == [100])
    followers.announce(Self.run, isEnded: true)
    await follower.gather(100, by: Self.stopped)
    let isAwake = try await follower.next(until: nil, by: Self.stopped)
    #expect(!isAwake)
  }

  @Test("Whoever follows no more is not counted among those who follow")
  func gone() async throws {
    let followers = RunFollowers()
    for _ in 0..<3_000 { _ = followers.follow(Self.run) }
    var follower = try #require(followers.follow(Self.run))
    followers.announce(Self.run, isEnded: false)
    let isAwake = try await follower.next(until: nil, by: Self.stopped)
    #expect(isAwake)
  }

  @Test("What is new wakes before that time, news of another run does not, and the run's end ends it")
  func news() async throws {
    let followers = RunFollowers()
    var follower = try #require(followers.follow(Self.run))
    let due = Samples.now.advanced(byMilliseconds: 900_000)
    followers.announce(Self.run, isEnded: false)
    let first = try await follower.next(until: due, by: Self.stopped)
    followers.announce(Self.other, isEnded: true)
    followers.announce(Self.run, isEnded: true)
    let second = try await follower.next(until: due, by: Self.stopped)
    let third = try await follower.next(until: due, by: Self.stopped)
    #expect(first && second && !third)
  }

  private static func isCut(_ follower: inout RunFollower) async -> Bool {
    do throws(ServiceFault) {
      _ = try await follower.next(until: nil, by: stopped)
      return false
    } catch {
      return error == .sealed
    }
  }

  @Test("A seal ends whoever follows as one whose run has not ended, also if he is collecting, and for good")
  func cut() async throws {
    let followers = RunFollowers()
    var waiting = try #require(followers.follow(Self.run))
    var collecting = try #require(followers.follow(Self.other))
    followers.announce(Self.other, isEnded: false)
    followers.cut()
    await collecting.gather(100, by: Self.stopped)
    for _ in 0..<2 {
      let isWaitingCut = await Self.isCut(&waiting)
      let isCollectingCut = await Self.isCut(&collecting)
      #expect(isWaitingCut && isCollectingCut)
    }
    var later = try #require(followers.follow(Self.run))
    followers.announce(Self.run, isEnded: false)
    let isAwake = try await later.next(until: nil, by: Self.stopped)
    #expect(isAwake)
  }

  @Test("There is no place for more than 1,024 at once, and one is free again when somebody goes")
  func full() throws {
    let followers = RunFollowers()
    var all: [RunFollower] = []
    for _ in 0..<RunFollowers.most { all.append(try #require(followers.follow(Self.run))) }
    let isRefused = followers.follow(Self.other) == nil
    all.removeLast()
    let isTaken = followers.follow(Self.other) != nil
    #expect(isRefused && isTaken && all.count == 1_023)
  }
}
