import RunEngine
import Testing

@testable import Runner

@Suite("Cancellations")
struct CancellationsTests {
  static let run = RunID(at: Samples.now, random: [UInt8](repeating: 1, count: 10))
  static let other = RunID(at: Samples.now, random: [UInt8](repeating: 2, count: 10))

  @Test("A pause ends when the run's end is requested, however long it was to last")
  func cutShort() async {
    let cancellations = Cancellations()
    async let ending = cancellations.pause(Self.run, for: .seconds(86_400))
    cancellations.request(Self.run)
    #expect(await ending == .requested)
    #expect(cancellations.contains(Self.run))
  }

  @Test("A pause that begins after the request ends at once")
  func requestedBefore() async {
    let cancellations = Cancellations()
    cancellations.request(Self.run)
    #expect(await cancellations.pause(Self.run, for: .seconds(86_400)) == .requested)
  }

  @Test("A request for another run leaves a pause alone, and a forgotten one is gone")
  func others() async {
    let cancellations = Cancellations()
    cancellations.request(Self.other)
    #expect(await cancellations.pause(Self.run, for: .zero) == .elapsed)
    cancellations.forget(Self.other)
    #expect(!cancellations.contains(Self.other))
  }

  @Test("A pause of a task that is cancelled says that the service stops")
  func stopped() async {
    let cancellations = Cancellations()
    let task = Task { await cancellations.pause(Self.run, for: .seconds(86_400)) }
    task.cancel()
    #expect(await task.value == .stopped)
  }
}
