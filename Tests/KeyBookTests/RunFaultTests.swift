import Encodings
import Labels
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Runner

/// What `simulate` found, or plays, at the real runner and a real database.
@Suite("Runs whose commit, history, clock or pause is not as it should be", .timeLimit(.minutes(5)))
struct RunFaultTests {
  private static let line = """
    runbook: line
    mode: series
    steps: { rest: { sleep: 1h, then: done }, done: { end: success } }
    """
  private static let starter = """
    runbook: starter
    steps:
      go: { start_runbook: line, else: done }
      done: { end: failure }
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

    func started(_ bundle: LoadedBundle, slot: Int64 = 1) async throws -> RunID {
      guard case .started(let run) = try await start(bundle, slot: slot) else { throw Unexpected() }
      return run
    }

    var takenUnknown: [UnknownRun] {
      runner.desk.withLock { desk in
        defer { desk.unknown = [] }
        return desk.unknown
      }
    }

    var takenPauses: [UnknownPause] {
      runner.desk.withLock { desk in
        defer { desk.unknownPauses = [] }
        return desk.unknownPauses
      }
    }

    /// Imports documents as a caller does.
    func take(_ text: String) async throws {
      parts.search.use([])
      let documents = DocumentImport(library: library, endpoints: EndpointBook(library: library))
      try await TestCaller(parts).take(text, with: documents)
    }

    func takesPlace(_ runbook: String, isSeries: Bool = true) -> Bool {
      let run = parts.runIDs.make(at: parts.clock.now())
      return runner.desk.withLock { $0.queue.takePlace(run, runbook: runbook, isSeries: isSeries) }
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
        let bundle = try house.bundle(
          Self.line.replacing("mode: series", with: "mode: parallel\nlimits: { max_parallel: 2 }"))
        #expect(try await house.start(bundle, slot: 5) != .slotTaken)
        #expect(try await house.start(bundle, slot: 5) == .slotTaken)
        #expect(house.takenUnknown.isEmpty)
        #expect(house.takesPlace("line", isSeries: false))
        #expect(!house.takesPlace("line", isSeries: false))
      }
    }
  }

  @Test("A child that was written although the commit failed is driven, also where the disk cannot be read at first")
  func keptChild() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        try await house.take(Self.line)
        let parent = try await house.started(try house.bundle(Self.starter))
        house.store.failNext(.keptAndFailed)
        house.store.when(.committed) { house.store.failReads(1) }
        await house.runner.work(on: parent, since: house.runner.signals.epoch)
        #expect(house.store.readsToFail == 0)
        let unknown = house.takenUnknown
        #expect(unknown.count == 1)
        #expect(!house.takesPlace("line"))
        house.store.failReads(1)
        for run in unknown { await house.runner.settle(run) }
        let placed = house.runner.desk.withLock(\.placed)
        #expect(placed.contains(try #require(unknown.first?.child.session.id)))
        #expect(!house.takesPlace("line"))
      }
    }
  }

  @Test("A child whose row cannot be read after its commit is looked after, and keeps what was asked of its starter")
  func unreadChild() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        try await house.take(Self.line)
        let parent = try await house.started(try house.bundle(Self.starter))
        house.store.beforeNext {
          let pause = Intention.pauseRun(parent, RunPause(at: parts.clock.now(), by: "ada"))
          _ = try await parts.store.commit(WriteBatch([pause]))
          house.store.failReads(1)
        }
        await house.runner.work(on: parent, since: house.runner.signals.epoch)
        let unknown = house.takenUnknown
        let child = try #require(unknown.first?.child.session)
        #expect(!house.runner.isPaused(child.row))
        for run in unknown { await house.runner.settle(run) }
        #expect(house.runner.isPaused(child.row))
      }
    }
  }

  @Test(
    "A pause that was written although its commit failed holds the queue as soon as the disk can be read; so do all its ways"
  )
  func unknownPauses() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let row = try #require(try await parts.store.run(try await house.started(try house.bundle(Self.line))))
        let who = try TestCaller(parts).allowed(.update, "api/runbooks/line/pause")
        let pausing = Pausing(runner: house.runner)
        for (fault, follows) in [(CommitFault.keptAndFailed, true), (.lost, false)] {
          for isPaused in [true, false] {
            // What was there before, on disk and in memory.
            try await pausing.set(!isPaused, runbook: "line", by: who)
            try await pausing.set(!isPaused, run: row, by: who)
            for subject in [Pausing.Subject.runbook("line"), .run(row)] {
              house.store.failNext(fault)
              await #expect(throws: (any Error).self) {
                switch subject {
                case .runbook(let id): try await pausing.set(isPaused, runbook: id, by: who)
                case .run(let run): try await pausing.set(isPaused, run: run, by: who)
                }
              }
            }
            let unknown = house.takenPauses
            #expect(unknown.count == 2)
            house.store.failReads(1)
            for pause in unknown { await house.runner.settle(pause) }
            let expected = follows == isPaused
            #expect(house.runner.isPaused("line") == expected, "\(fault), \(isPaused)")
            #expect(house.runner.pausedCount == (expected ? 1 : 0), "\(fault), \(isPaused)")
          }
        }
      }
    }
  }

  @Test("A run whose request to end was written although its commit failed ends; one whose was not goes on")
  func unknownCancel() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        for (fault, ends) in [(CommitFault.lost, false), (.keptAndFailed, true)] {
          let run = try await house.started(try house.bundle(Self.line), slot: ends ? 2 : 1)
          house.store.failNext(fault)
          await #expect(throws: (any Error).self) { try await house.runner.cancel(run, by: "ada") }
          let unknown = house.runner.desk.withLock { desk in
            defer { desk.unknownCancels = [] }
            return desk.unknownCancels
          }
          #expect(unknown.map(\.run) == [run])
          house.store.failReads(1)
          for cancel in unknown { await house.runner.settle(cancel) }
          #expect(house.runner.signals.isRequested(run) == ends)
        }
      }
    }
  }

  @Test("The mark of a run that ended while it was paused goes, also where the disk cannot be read at first")
  func pausedAtTheEnd() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let row = try #require(try await parts.store.run(try await house.started(try house.bundle(Self.line))))
        var ended = row
        ended.state = .failed
        ended.endedAt = parts.clock.now()
        _ = try await parts.store.commit(WriteBatch([.appendEvents(row.id, [], row: ended)]))
        house.store.failReads(1)
        await house.runner.pause(true, run: row)
        #expect(house.runner.pausedCount == 1)
        for pause in house.takenPauses { await house.runner.settle(pause) }
        #expect(house.runner.pausedCount == 0)
      }
    }
  }

  @Test("A refusal that comes between the look at the answers and what follows from them keeps the request here")
  func refusedMeanwhile() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let run = try await house.started(try house.bundle(Self.asks))
        await house.runner.work(on: run, since: house.runner.signals.epoch)
        func answer(_ login: String, _ isGiven: Bool) -> WriteBatch {
          WriteBatch([
            .saveApproval(
              StoredApproval(
                run: run, step: "tell", visit: 1, login: login, isGiven: isGiven, at: parts.clock.now()))
          ])
        }
        _ = try await parts.store.commit(answer("ada", true))
        let refusal = answer("bob", false)
        house.store.beforeNext { _ = try await parts.store.commit(refusal) }
        await house.runner.work(on: run, since: house.runner.signals.epoch)
        let kinds = try await parts.store.events(of: run, after: 0).map(\.kind)
        #expect(kinds == ["started", "approval-asked", "approval-refused"])
      }
    }
  }

  @Test("Pauses that are asked for at one time leave the queue as the disk has it")
  func racingPauses() async throws {
    try await KeyBookRig.with { rig in
      try await rig.withParts { parts in
        let house = try await House(parts)
        let who = try TestCaller(parts).allowed(.update, "api/runbooks/line/pause")
        for round in 0..<40 {
          await withTaskGroup(of: Void.self) { group in
            for isPaused in [true, false, round % 2 == 0] {
              group.addTask { try? await Pausing(runner: house.runner).set(isPaused, runbook: "line", by: who) }
            }
          }
          #expect(house.runner.isPaused("line") == (try await !parts.store.pauses().isEmpty))
        }
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
        #expect(row.waiting == nil)
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
