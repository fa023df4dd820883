import Encodings
import Keyring
import Labels
import RunEngine
import Storage
import Testing

@testable import Runner

@Suite("Runs that are taken in, and begin later")
struct AdmittedRunsTests {
  static let secret = Label(origin: .trigger, rule: .removesRequest, hosts: .any)

  static func admit(_ session: inout RunSession) throws -> RunSession.Outside? {
    let request = try session.insert(try Samples.json("\"what came\"", label: secret))
    return session.open(.admitted(at: Samples.now, roots: ["request": request], variables: [:]), now: Samples.now)
  }

  @Test("It is queued without a step, keeps what came, and begins with values of later, after a restart too")
  func beginsLater() async throws {
    try await Samples.withKeyring { keyring in
      let bundle = try Samples.bundle()
      var session = try RunSessionTests.session(keyring, bundle)
      let next = try Self.admit(&session)
      #expect(next == nil)
      let first = try session.takePending()
      #expect(first.map(\.kind) == ["admitted"])
      #expect(session.row.state == .queued)
      #expect(session.row.stepsExecuted == 0)
      #expect(session.row.startedAt == nil)
      let none = session.accounts(of: session.recorded, first)
      #expect(none.isEmpty)

      var again = try RunSession(
        bundle: bundle, row: session.row, key: session.key, registry: Samples.registry(), events: first)
      #expect(again.machine == session.machine)
      let later = Samples.now.advanced(byMilliseconds: 90_000)
      let name = try again.insert(try Samples.json("\"of later\"", label: Self.secret))
      let effects = again.record(.started(at: later, roots: again.machine.roots, variables: ["name": name]))
      #expect(again.settle(effects, begins: true, now: later) == .call(EffectAddress(step: "read", visit: 1)))
      let second = try again.takePending()
      #expect(second.map(\.kind) == ["started", "call-intended"])
      #expect(again.row.state == .running)
      #expect(again.row.startedAt == later)
      let whole = try RunSession(
        bundle: bundle, row: again.row, key: session.key, registry: Samples.registry(), events: first + second)
      #expect(whole.machine == again.machine)
      #expect(whole.started?.instant == later)
      let request = try #require(whole.machine.roots["request"])
      #expect(try whole.values.text(request).label.rule == .removesRequest)
    }
  }

  @Test("A run that is cancelled before its turn has no step and no beginning, and counts in no figure")
  func cancelled() async throws {
    try await Samples.withKeyring { keyring in
      var session = try RunSessionTests.session(keyring, try Samples.bundle())
      _ = try Self.admit(&session)
      _ = try session.takePending()
      let later = Samples.now.advanced(byMilliseconds: 5_000)
      #expect(session.settle(session.record(.cancelled(at: later)), begins: true, now: later) == .ended(.cancelled))
      let events = session.pendingEvents
      let stored = try session.takePending()
      #expect(session.row.state == .cancelled)
      #expect(session.row.stepsExecuted == 0)
      #expect(session.row.startedAt == nil)
      let account = try #require(Self.account(session.accounts(of: events, stored)))
      #expect(account.startedAt == nil)
      #expect(account.end?.milliseconds == nil)
      #expect(account.end?.steps == 0)
    }
  }

  private static func account(_ intentions: [Intention]) -> RunAccount? {
    for case .account(.run(let account)) in intentions { return account }
    return nil
  }

  @Test("A repetition that waits shows nothing of what it took over as its own")
  func repetition() async throws {
    try await Samples.withKeyring { keyring in
      let bundle = try Samples.bundle()
      var old = try RunSessionTests.session(keyring, bundle)
      _ = old.settle(try RunSessionTests.begin(&old, name: "wanted"), begins: false, now: Samples.now)
      let taken = try old.takePending()
      var session = try RunSessionTests.session(keyring, bundle)
      _ = try session.takeOver(taken, of: old.id, key: old.key) { $0 }
      let next = session.open(.admitted(at: Samples.now, roots: [:], variables: [:]), now: Samples.now)
      #expect(next == nil)
      let stored = try session.takePending()
      #expect(stored.map(\.sequence) == [2])
      #expect(session.row.state == .queued)
      #expect(session.row.stepsExecuted == 0)
      #expect(session.row.startedAt == nil)
      #expect(session.machine.resumption == .begin)
    }
  }

  @Test("A call is not begun when the run's time is over: the run ends and says so")
  func outOfTime() async throws {
    try await Samples.withKeyring { keyring in
      let text = """
        integration: other
        base_url: http://127.0.0.1:1
        methods: { read: { request: GET /read } }
        ---
        runbook: sample
        limits: { max_run_time: 2s }
        variables: { name: {} }
        steps:
          read: { method: other/read, retry: { attempts: 3 }, then: done, else: done }
          done: { end: success }
        """
      var session = try RunSessionTests.session(keyring, try Samples.bundle(text))
      let effects = try RunSessionTests.begin(&session, name: "wanted")
      let late = Samples.now.advanced(byMilliseconds: 2_001)
      #expect(session.settle(effects, begins: true, now: late) == .ended(.failed(.limit(.runTime))))
      #expect(!session.pendingEvents.contains { if case .callIntended = $0 { true } else { false } })
    }
  }

  @Test("Waits between attempts grow to half a minute, and no further")
  func backoff() {
    var backoff = Backoff()
    let waits = (0..<9).map { _ in backoff.next() }
    #expect(waits.first == .milliseconds(250))
    #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(waits.suffix(2) == [.seconds(30), .seconds(30)])
  }
}
