import Encodings
import Keyring
import Labels
import RunEngine
import Storage
import Testing

@testable import Runner

@Suite("RunSession")
struct RunSessionTests {
  static func session(_ keyring: Keyring, _ bundle: LoadedBundle) throws -> RunSession {
    let key = try keyring.runKeys.allocate()
    let id = RunID(at: Samples.now, random: [UInt8](repeating: 1, count: 10))
    let row = StoredRun(
      id: id, runbookID: "sample", bundle: bundle.id, state: .queued, trigger: .api, createdAt: Samples.now,
      runKeySlot: key.slot, runKeyGeneration: key.generation)
    return RunSession(bundle: bundle, row: row, key: key, registry: Samples.registry())
  }

  static func begin(_ session: inout RunSession, name: String) throws -> [RunEffect] {
    let label = Label(origin: .variable(name: "name"), rule: .masked, hosts: .any)
    let handle = try session.insert(try Samples.json("\"\(name)\"", label: label))
    return session.record(.started(at: Samples.now, roots: [:], variables: ["name": handle]))
  }

  @Test("A run is rebuilt from its stored events exactly, values and labels included")
  func roundTrip() async throws {
    try await Samples.withKeyring { keyring in
      let bundle = try Samples.bundle()
      var session = try Self.session(keyring, bundle)
      let next = session.settle(try Self.begin(&session, name: "wanted"), begins: true, now: Samples.now)
      #expect(next == .call(EffectAddress(step: "read", visit: 1)))
      let stored = try session.takePending()
      #expect(stored.map(\.sequence) == [1, 2])
      #expect(stored.map(\.kind) == ["started", "call-intended"])
      let again = try RunSession(
        bundle: bundle, row: session.row, key: session.key, registry: Samples.registry(), events: stored)
      #expect(again.machine == session.machine)
      let handle = try #require(again.machine.variables["name"])
      #expect(try again.values.text(handle).label.rule == .masked)
      #expect(again.pendingEvents.isEmpty)
    }
  }

  @Test("A gap in the stored events, or one of another place, is noticed and named")
  func damagedHistory() async throws {
    try await Samples.withKeyring { keyring in
      let bundle = try Samples.bundle()
      var session = try Self.session(keyring, bundle)
      _ = session.settle(try Self.begin(&session, name: "wanted"), begins: true, now: Samples.now)
      let stored = try session.takePending()
      #expect(throws: RunFault.history(sequence: 1)) {
        try RunSession(
          bundle: bundle, row: session.row, key: session.key, registry: Samples.registry(), events: [stored[1]])
      }
      var moved = stored[1]
      moved.sequence = 1
      #expect(throws: RunFault.history(sequence: 1)) {
        try RunSession(
          bundle: bundle, row: session.row, key: session.key, registry: Samples.registry(), events: [moved])
      }
    }
  }

  @Test("Stored events do not open under another run's key")
  func otherKey() async throws {
    try await Samples.withKeyring { keyring in
      let bundle = try Samples.bundle()
      var session = try Self.session(keyring, bundle)
      _ = session.settle(try Self.begin(&session, name: "wanted"), begins: true, now: Samples.now)
      let stored = try session.takePending()
      let other = try keyring.runKeys.allocate()
      #expect(throws: RunFault.history(sequence: 1)) {
        try RunSession(bundle: bundle, row: session.row, key: other, registry: Samples.registry(), events: stored)
      }
    }
  }

  @Test("Without a place in the queue the intent of the first call is not recorded: nothing can have left")
  func withoutPlace() async throws {
    try await Samples.withKeyring { keyring in
      var session = try Self.session(keyring, try Samples.bundle())
      _ = session.settle(try Self.begin(&session, name: "wanted"), begins: false, now: Samples.now)
      #expect(session.pendingEvents.count == 1)
      #expect(session.machine.resumption == .perform([.call(EffectAddress(step: "read", visit: 1))]))
    }
  }

  @Test("What a failed call let out of a value counts again after a restart")
  func failuresCountAgain() async throws {
    try await Samples.withKeyring { keyring in
      let bundle = try Samples.bundle()
      var session = try Self.session(keyring, bundle)
      _ = session.settle(try Self.begin(&session, name: "wanted"), begins: true, now: Samples.now)
      let reason = session.counted(.conversion("the value of `name`"))
      let address = EffectAddress(step: "read", visit: 1)
      _ = session.record(.callFailed(address, at: Samples.now, reason: reason, request: nil, response: nil))
      let counted = session.bits.counts
      #expect(counted == [.variable(name: "name"): 1])
      let stored = try session.takePending()
      let again = try RunSession(
        bundle: bundle, row: session.row, key: session.key, registry: Samples.registry(), events: stored)
      #expect(again.bits.counts == counted)
    }
  }

  @Test("A failure that a value decided costs more the more steps succeeded before it, and roots count as variables do")
  func failuresCostWhatTheyTell() async throws {
    let text = """
      runbook: sample
      variables: { name: {} }
      steps:
        check: { verify: { named: deploy }, message: m, signature: s, then: check, else: check }
      """
    try await Samples.withKeyring { keyring in
      var session = try Self.session(keyring, try Samples.bundle(text))
      let label = Label(origin: .trigger, rule: .removesRequest, hosts: .any)
      let request = try session.insert(try Samples.json("\"secret\"", label: label))
      _ = session.record(.started(at: Samples.now, roots: ["request": request], variables: [:]))
      #expect(session.counted(.parse) == .parse)
      #expect(session.bits.counts == [.trigger: 1])
      for visit in 1...6 {
        _ = session.record(.performed(EffectAddress(step: "check", visit: visit), at: Samples.now, variables: [:]))
      }
      #expect(session.counted(.unresolved("x")) == .unresolved("x"))
      #expect(session.bits.counts == [.trigger: 4], "six steps between two failures are three bits")
      for visit in 7...26 {
        _ = session.record(.performed(EffectAddress(step: "check", visit: visit), at: Samples.now, variables: [:]))
      }
      #expect(session.counted(.tooLarge) == .declassificationLimit)
      #expect(session.counted(.timeout) == .timeout)
    }
  }

  @Test("What a step says of repetitions holds in the place of what its method says")
  func stepRetry() throws {
    let text = Samples.text.replacing(
      "method: ", with: "retry: { attempts: 4, backoff: 2s, retry_on: [5xx] }, method: ")
    let plan = try Samples.bundle(text).plan
    guard case .call(let rules)? = plan.steps["read"]?.action else { return #expect(Bool(false)) }
    #expect(rules.attempts == 4)
    #expect(rules.backoffMilliseconds == 2_000)
    #expect(rules.retryOn == [.statusClass(5)])
  }

  @Test("The bit that a check of a signature let out counts again after a restart, whatever the answer was")
  func verificationsCountAgain() async throws {
    let text = """
      runbook: sample
      variables: { name: {} }
      steps:
        check: { verify: { named: deploy }, message: "<<name>>", signature: s, then: check, else: check }
      """
    try await Samples.withKeyring { keyring in
      let bundle = try Samples.bundle(text)
      var session = try Self.session(keyring, bundle)
      _ = session.settle(try Self.begin(&session, name: "wanted"), begins: true, now: Samples.now)
      for (visit, isValid) in [true, false, false].enumerated() {
        let address = EffectAddress(step: "check", visit: visit + 1)
        _ = try session.bits.disclose(LabeledBit(clear: true))
        try session.bits.charge(bits: 1, label: session.keyLabel(address))
        let event: RunEvent =
          isValid
          ? .performed(address, at: Samples.now, variables: [:])
          : .stepFailed(address, at: Samples.now, reason: .notVerified)
        _ = session.record(event)
      }
      #expect(session.bits.counts == [.variable(name: "name"): 3])
      let stored = try session.takePending()
      let again = try RunSession(
        bundle: bundle, row: session.row, key: session.key, registry: Samples.registry(), events: stored)
      #expect(again.bits.counts == session.bits.counts)
    }
  }
}
