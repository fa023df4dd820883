import Synchronization
import Testing

@testable import Runner

@Suite("What bounds a call")
struct CallBoundsTests {
  /// Under the locks: what a test says of the run.
  private final class Said: Sendable {
    let timeLeft = Mutex<Int64?>(nil)
    let isOver = Mutex(false)
    /// Whether what is waited for was begun.
    let hasBegun = Mutex(false)
    /// The rests that were asked for.
    private let rests = Mutex<[Int64]>([])

    var rested: [Int64] { rests.withLock { $0 } }

    func rest(_ milliseconds: Int64) { rests.withLock { $0.append(milliseconds) } }
  }

  private struct Unexpected: Error {}

  /// Bounds by which each rest takes so long of the run's time.
  private static func bounds(_ said: Said, afterRest: @escaping @Sendable () -> Void = {}) -> CallBounds {
    CallBounds(
      timeLeft: { said.timeLeft.withLock { $0 } }, isOver: { said.isOver.withLock { $0 } },
      rest: { milliseconds in
        said.rest(milliseconds)
        said.timeLeft.withLock { left in left = left.map { $0 - milliseconds } }
        afterRest()
        await Task.yield()
      })
  }

  /// Something that does not come before it is cancelled.
  @Sendable private static func nothing() async throws -> Int {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    for await _ in stream {}
    continuation.finish()
    throw Unexpected()
  }

  private static func isLate(_ ending: CallBounds.Ending<Int>) -> Bool {
    if case .late = ending { true } else { false }
  }

  private static func isCutShort(_ ending: CallBounds.Ending<Int>) -> Bool {
    if case .cutShort = ending { true } else { false }
  }

  @Test("What comes in time is there, and what fails in time fails with its own reason")
  func comes() async throws {
    let ending = try await CallBounds().within(.seconds(86_400)) { 7 }
    guard case .came(7) = ending else { return #expect(Bool(false)) }
    await #expect(throws: Unexpected.self) {
      _ = try await CallBounds().within(.seconds(86_400)) { () async throws -> Int in throw Unexpected() }
    }
  }

  @Test("A wait is over with the call's own time, in pieces that let the rest of the run be looked at")
  func ownTime() async throws {
    let said = Said()
    let ending = try await Self.bounds(said).within(.milliseconds(1_200), Self.nothing)
    #expect(Self.isLate(ending))
    #expect(said.rested == [500, 500, 200])
  }

  @Test("A wait is over with the run's time, though the call had more")
  func timeOfRun() async throws {
    let said = Said()
    said.timeLeft.withLock { $0 = 600 }
    let ending = try await Self.bounds(said).within(.seconds(30), Self.nothing)
    #expect(Self.isLate(ending))
    #expect(said.rested == [500, 101])
  }

  @Test("Where no time is left nothing is waited for")
  func noTime() async throws {
    let said = Said()
    said.timeLeft.withLock { $0 = -1 }
    let ending = try await Self.bounds(said).within(.seconds(30), Self.nothing)
    #expect(Self.isLate(ending))
    #expect(said.rested.isEmpty)
  }

  @Test("A wait is cut short as soon as nothing more may leave")
  func over() async throws {
    let said = Said()
    let bounds = Self.bounds(said) { said.isOver.withLock { $0 = true } }
    for _ in 1...2 {
      let ending = try await bounds.within(.seconds(86_400), Self.nothing)
      #expect(Self.isCutShort(ending))
      #expect(said.rested == [500])
    }
  }

  @Test("Where nothing more may begin, what would be waited for is not begun")
  func notBegun() async throws {
    let said = Said()
    said.isOver.withLock { $0 = true }
    let ending = try await Self.bounds(said).within(.seconds(30)) { () async throws -> Int in
      said.hasBegun.withLock { $0 = true }
      return 7
    }
    #expect(Self.isCutShort(ending))
    let hasBegun = said.hasBegun.withLock { $0 }
    #expect(!hasBegun)
  }

  @Test("What has begun leaves though nothing more may begin, in the time of its run, and not where it may not leave")
  func admission() throws {
    var bounds = CallBounds(timeLeft: { 4_999 }, isOver: { true })
    #expect(try bounds.admit(.seconds(30)) == .seconds(5))
    #expect(try bounds.admit(.seconds(3)) == .seconds(3))
    bounds.timeLeft = { -1 }
    let late = bounds
    #expect(throws: WithheldRequest.late) { try late.admit(.seconds(30)) }
    bounds.mayLeave = { false }
    let over = bounds
    #expect(throws: WithheldRequest.over) { try over.admit(.seconds(30)) }
    #expect(try CallBounds().admit(.seconds(30)) == .seconds(30))
  }
}
