import RunEngine
import Testing

@testable import Runner

@Suite("RunSignals")
struct RunSignalsTests {
  static let run = RunID(at: Samples.now, random: [UInt8](repeating: 1, count: 10))
  static let other = RunID(at: Samples.now, random: [UInt8](repeating: 2, count: 10))

  @Test("A pause ends when the run's end is requested, however long it was to last")
  func cutShort() async {
    let signals = RunSignals()
    async let ending = signals.pause(Self.run, for: .seconds(86_400), since: 0)
    signals.request(Self.run)
    #expect(await ending == .requested)
    #expect(signals.isRequested(Self.run))
  }

  @Test("A pause that begins after the request ends at once")
  func requestedBefore() async {
    let signals = RunSignals()
    signals.request(Self.run)
    #expect(await signals.pause(Self.run, for: .seconds(86_400), since: 0) == .requested)
  }

  @Test("A request for another run leaves a pause alone, and a forgotten one is gone")
  func others() async {
    let signals = RunSignals()
    signals.request(Self.other)
    #expect(await signals.pause(Self.run, for: .zero, since: 0) == .elapsed)
    signals.forget(Self.other)
    #expect(!signals.isRequested(Self.other))
  }

  @Test("A pause of a task that is cancelled says that the service stops")
  func stopped() async {
    let signals = RunSignals()
    let task = Task { await signals.pause(Self.run, for: .seconds(86_400), since: 0) }
    task.cancel()
    #expect(await task.value == .stopped)
  }

  @Test("A stop ends pauses that began before it, and leaves later ones alone")
  func stopAll() async {
    let signals = RunSignals()
    async let ending = signals.pause(Self.run, for: .seconds(86_400), since: 0)
    signals.stopAll(isSeal: false)
    #expect(await ending == .stopped)
    #expect(!signals.mustDiscard(since: 0))
    #expect(signals.mustStop(since: 0))
    #expect(!signals.mustStop(since: signals.epoch))
    #expect(await signals.pause(Self.run, for: .zero, since: signals.epoch) == .elapsed)
  }

  @Test("After a seal, what began before it discards its outcome, and what begins later does not")
  func seal() {
    let signals = RunSignals()
    signals.stopAll(isSeal: true)
    #expect(signals.mustDiscard(since: 0))
    let later = signals.epoch
    #expect(!signals.mustDiscard(since: later))
    signals.stopAll(isSeal: false)
    #expect(!signals.mustDiscard(since: later))
    #expect(signals.mustStop(since: later))
  }
}
