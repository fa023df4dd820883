import Encodings
import Labels
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Runner

/// What `simulate` found, or plays, at the real runner and a real database.
@Suite("Runs whose commit, history, clock or pause is not as it should be")
struct RunFaultTests {
  private static let line = """
    runbook: line
    mode: series
    steps: { rest: { sleep: 1h, then: done }, done: { end: success } }
    """
  private static let asks = """
    integration: out
    base_url: http://127.0.0.1:9
    methods: { tell: { request: POST /tell } }
    ---
    runbook: asks
    steps:
      tell: { method: out/tell, approval: { required: 1, expires: 1h }, then: done, else: done }
      done: { end: success }
    """

  /// A service over a database that may fail.
  private struct House {
    let parts: ServiceParts
    let store: FaultyStore
    let library: DocumentLibrary
    let runner: Runner
    let admission: Admission

    init(_ parts: ServiceParts, _ library: DocumentLibrary? = nil) async throws {
      self.parts = parts
      store = try #require(parts.store as? FaultyStore)
      self.library = library ?? DocumentLibrary(parts: parts)
      runner = Runner(parts: parts, library: self.library)
      admission = Admission(runner: runner)
      let hasRecovered = await runner.recoverOnce()
      try #require(hasRecovered)
    }

    func bundle(_ text: String) throws -> LoadedBundle {
      let read = DocumentReader.read([DocumentFile(name: "sample.yaml", bytes: Array(text.utf8))]) { "fresh" }
      try #require(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
      let integrations = read.integrations.map { ($0.document.id, $0.document) }
      return try library.bundle(
        of: try #require(read.runbooks.first?.document), integrations: Dictionary(uniqueKeysWithValues: integrations),
        dataSources: [:])
    }

    /// Starts a run as a schedule does.
    func start(_ bundle: LoadedBundle, slot: Int64 = 1) async throws -> AdmissionResult {
      try await admission.start(
        bundle,
        slot: ScheduleSlot(
          runbookID: bundle.runbook.id, schedule: "x", slot: Instant(millisecondsSinceEpoch: slot), missed: 0))
    }

    func started(_ bundle: LoadedBundle) async throws -> RunID {
      guard case .started(let run) = try await start(bundle) else { throw Unexpected() }
      return run
    }

    var takenUnknown: [UnknownRun] {
      runner.desk.withLock { desk in
        defer { desk.unknown = [] }
        return desk.unknown
      }
    }

    func takesPlace(_ runbook: String) -> Bool {
      let run = parts.runIDs.make(at: parts.clock.now())
      return runner.desk.withLock { $0.queue.takePlace(run, runbook: runbook, isSeries: true) }
    }
  }

  private struct Unexpected: Error {}

  @Test("A start that was written although its commit failed goes on, and no run of its series begins meanwhile")
  func keptAndFailed() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        house.store.failNext(.keptAndFailed)
        let bundle = try house.bundle(Self.line)
        await #expect(throws: (any Error).self) { try await house.start(bundle) }
        let unknown = house.takenUnknown
        #expect(unknown.count == 1)
        #expect(!house.takesPlace("line"))
        for run in unknown { await house.runner.settle(run) }
        let placed = house.runner.desk.withLock(\.placed)
        #expect(placed == unknown.map(\.child.session.id))
        #expect(!house.takesPlace("line"))
      }
    }
  }

  @Test("A start whose commit failed and that is not there gives its place back")
  func lost() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        house.store.failNext(.lost)
        let bundle = try house.bundle(Self.line)
        await #expect(throws: (any Error).self) { try await house.start(bundle) }
        #expect(!house.takesPlace("line"))
        for run in house.takenUnknown { await house.runner.settle(run) }
        #expect(house.runner.desk.withLock(\.placed).isEmpty)
        #expect(house.takesPlace("line"))
      }
    }
  }

  @Test("A start that the data refuses gives its place back at once")
  func refused() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let bundle = try house.bundle(Self.line.replacing("mode: series", with: "mode: parallel"))
        #expect(try await house.start(bundle, slot: 5) != .slotTaken)
        #expect(try await house.start(bundle, slot: 5) == .slotTaken)
        #expect(house.takenUnknown.isEmpty)
      }
    }
  }

  @Test("A run whose stored event is no envelope any more fails for its history, and is not tried for ever")
  func damagedRows() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let before = try await House(parts)
        let run = try await before.started(try before.bundle(Self.line))
        let house = try await House(parts, before.library)
        house.store.damageEvents()
        await house.runner.work(on: run, since: house.runner.signals.epoch)
        let row = try #require(try await parts.store.run(run))
        #expect(row.state == .failed)
        #expect(row.failureWord == "history")
        #expect(try await parts.store.failureStreak(runbookID: "line").failures == 1)
      }
    }
  }

  @Test("A run whose events do not fit one another fails for its history, in the list too")
  func misfit() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let before = try await House(parts)
        let run = try await before.started(try before.bundle(Self.line))
        let row = try #require(try await parts.store.run(run))
        let key = try parts.keyring.runKeys.key(slot: row.runKeySlot, generation: row.runKeyGeneration)
        let stray = RunEvent.waitElapsed(EffectAddress(step: "other", visit: 1), at: parts.clock.now())
        let stored = try await parts.store.events(of: run, after: 0)
        let sealed = try RunRecord.seal(
          stray, bringing: [], of: ValueTable(), sequence: stored.count + 1, run: run, key: key)
        _ = try await parts.store.commit(WriteBatch([.appendEvents(run, [sealed], row: row)]))
        let house = try await House(parts, before.library)
        await house.runner.work(on: run, since: house.runner.signals.epoch)
        #expect(try await parts.store.run(run)?.failureWord == "history")
        #expect(try await parts.store.events(of: run, after: 0).count == stored.count + 1)
      }
    }
  }

  @Test("A run that began with a commit of which nobody knew, and was paused then, holds its series' line")
  func begunUnknown() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let older = parts.runIDs.make(at: parts.clock.now())
        let library = DocumentLibrary(parts: parts)
        // Nothing begins before everything was read: the run is taken in and waits.
        let asleep = Admission(runner: Runner(parts: parts, library: library))
        let house = try await House(parts, library)
        let slot = ScheduleSlot(
          runbookID: "line", schedule: "x", slot: Instant(millisecondsSinceEpoch: 1), missed: 0)
        guard case .started(let run) = try await asleep.start(try house.bundle(Self.line), slot: slot) else {
          throw Unexpected()
        }
        let runner = Runner(parts: parts, library: library)
        _ = await runner.recoverOnce()
        let taken = runner.desk.withLock { $0.queue.takeStartable() }
        #expect(taken == [run])
        house.store.failNext(.keptAndFailed)
        house.store.when(.committed) { runner.pause(true, runbook: "line") }
        await runner.work(on: run, since: runner.signals.epoch)
        let next = runner.desk.withLock { desk in
          desk.queue.enqueue(older, runbook: "line", isSeries: true)
          desk.queue.pause(false, runbook: "line")
          return desk.queue.takeStartable()
        }
        #expect(next == [run])
      }
    }
  }

  @Test("Ids of a service whose clock has gone back come after those of the runs that wait")
  func clockBack() async throws {
    try await KeyBookRig.with { rig in
      var waiting: RunID?
      try await rig.withParts { parts in
        let house = try await House(parts)
        _ = try await house.start(try house.bundle(Self.line))
        let result = try await house.start(try house.bundle(Self.line), slot: 2)
        guard case .started(let run) = result else { throw Unexpected() }
        waiting = run
      }
      rig.pass(seconds: -7_200)
      let first = try #require(waiting)
      try await rig.withParts { parts in
        let house = try await House(parts)
        try await house.runner.renewIDs()
        #expect(first < parts.runIDs.make(at: parts.clock.now()))
      }
    }
  }

  @Test("A call that a pause kept from beginning is on record before it leaves, though the pause was over at once")
  func pausedForAMoment() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let run = try await house.started(try house.bundle(Self.asks))
        await house.runner.work(on: run, since: house.runner.signals.epoch)
        let row = try await parts.store.run(run)
        try #require(row?.waiting?.reason == .approval, "\(row?.state.rawValue ?? "") \(row?.failureWord ?? "")")
        let answer = StoredApproval(
          run: run, step: "tell", visit: 1, login: "ada", isGiven: true, at: parts.clock.now())
        _ = try await parts.store.commit(WriteBatch([.saveApproval(answer)]))
        let runner = house.runner
        house.store.when(.approvalsRead) { runner.pause(true, runbook: "asks") }
        house.store.when(.committed) { runner.pause(false, runbook: "asks") }
        await runner.work(on: run, since: runner.signals.epoch)
        let kinds = try await parts.store.events(of: run, after: 0).map(\.kind)
        #expect(kinds == ["started", "approval-asked", "approval-given", "call-intended", "call-failed"])
      }
    }
  }
}
