import GRDB
import RunEngine
import SQLiteStore
import Storage
import Testing

@Suite("Lists of runs")
struct RunListTests {
  /// Twelve runs, stored out of order: runbook by parity, state by number.
  private func fill(_ rig: StoreRig, _ store: any Store) async throws {
    for number in [5, 12, 1, 8, 3, 10, 7, 2, 11, 4, 9, 6] {
      let state = StoredRunState.allCases[number % 5]
      try await store.write(
        .createRun(rig.run(number, runbook: number % 2 == 0 ? "even" : "odd", state: state), [], replay: nil))
    }
  }

  private func ids(_ numbers: [Int]) -> [RunID] { numbers.map(StoreRig.runID) }

  @Test(
    "Runs come from the newest to the oldest, in pages that neither repeat nor miss one", arguments: Engine.allCases)
  func pages(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await fill(rig, store)
      var seen: [RunID] = []
      var query = RunQuery(limit: 5)
      var sizes: [Int] = []
      while true {
        let page = try await store.runs(query)
        sizes.append(page.count)
        guard let last = page.last else { break }
        seen += page.map(\.id)
        query.before = last.id
      }
      #expect(sizes == [5, 5, 2, 0])
      #expect(seen == ids(Array((1...12).reversed())))
    }
  }

  @Test("Runbook, state and cursor narrow a list together", arguments: Engine.allCases)
  func filters(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await fill(rig, store)
      let seen1 = try await store.runs(RunQuery(runbookID: "odd", limit: 3)).map(\.id)
      #expect(seen1 == ids([11, 9, 7]))
      let seen2 = try await store.runs(RunQuery(state: .running)).map(\.id)
      #expect(seen2 == ids([11, 6, 1]))
      let seen3 = try await store.runs(RunQuery(runbookID: "even", state: .running)).map(\.id)
      #expect(seen3 == ids([6]))
      let older = RunQuery(runbookID: "odd", state: .running, before: StoreRig.runID(11))
      let seen4 = try await store.runs(older).map(\.id)
      #expect(seen4 == ids([1]))
      let seen5 = try await store.runs(RunQuery(runbookID: "none"))
      #expect(seen5 == [])
    }
  }

  @Test("Unfinished runs come oldest first, and leave the list when they end", arguments: Engine.allCases)
  func unfinished(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      try await fill(rig, store)
      let seen6 = try await store.unfinishedRuns(after: nil, limit: 50).map(\.id)
      #expect(seen6 == ids([1, 5, 6, 10, 11]))
      let seen7 = try await store.unfinishedRuns(after: nil, limit: 2).map(\.id)
      #expect(seen7 == ids([1, 5]))
      let rest = try await store.unfinishedRuns(after: seen7.last, limit: 2).map(\.id)
      #expect(rest == ids([6, 10]))
      let ended = rig.run(1, runbook: "odd", state: .succeeded)
      try await store.write(.appendEvents(ended.id, try rig.events(1...1, of: ended.id), row: ended))
      let seen8 = try await store.unfinishedRuns(after: nil, limit: 50).map(\.id)
      #expect(seen8 == ids([5, 6, 10, 11]))
      let seen9 = try await store.runKeySlots()
      #expect(seen9 == Set(1...12))
    }
  }

  @Test(
    "A request to end a run stays with it through appends, and a finished run takes none", arguments: Engine.allCases)
  func cancelRequest(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let run = rig.run(1)
      try await store.write(.createRun(run, try rig.events(1...1, of: run.id), replay: nil))
      try await store.write(.requestCancel(run.id, at: StoreRig.time(5)))
      try await store.write(.requestCancel(run.id, at: StoreRig.time(9)))
      var row = run
      row.state = .running
      try await store.write(.appendEvents(run.id, try rig.events(2...2, of: run.id), row: row))
      let running = try await store.run(run.id)
      #expect(running?.cancelRequestedAt == StoreRig.time(5))
      row.state = .cancelled
      try await store.write(.appendEvents(run.id, try rig.events(3...3, of: run.id), row: row))
      await #expect(throws: CommitRefusal.historyMoved(run.id)) {
        try await store.write(.requestCancel(run.id, at: StoreRig.time(10)))
      }
      await #expect(throws: CommitRefusal.historyMoved(StoreRig.runID(2))) {
        try await store.write(.requestCancel(StoreRig.runID(2), at: StoreRig.time(10)))
      }
    }
  }

  @Test(
    "A finished run goes with its events, one that is not over stays, and its delivery stays known",
    arguments: Engine.allCases)
  func deletion(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var done = rig.run(1, state: .succeeded)
      done.endedAt = StoreRig.time(50)
      try await store.write(.createRun(done, try rig.events(1...3, of: done.id), replay: StoreRig.replay(1)))
      let going = rig.run(2, state: .running)
      try await store.write(.createRun(going, try rig.events(1...1, of: going.id), replay: nil))
      await #expect(throws: CommitRefusal.historyMoved(going.id)) { try await store.write(.deleteRun(going.id)) }
      try await store.write(.deleteRun(done.id))
      let gone = try await store.run(done.id)
      #expect(gone == nil)
      let events = try await store.events(of: done.id, after: 0)
      #expect(events.isEmpty)
      let slots = try await store.runKeySlots()
      #expect(slots == [going.runKeySlot])
      let known = try await store.replayedRun(key: StoreRig.hash(1))
      #expect(known == done.id)
      await #expect(throws: CommitRefusal.historyMoved(done.id)) { try await store.write(.deleteRun(done.id)) }
    }
  }

  @Test("Old runs are those that ended before a time, the oldest first", arguments: Engine.allCases)
  func oldRuns(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      for number in [3, 1, 2, 4] {
        var run = rig.run(number, state: number == 4 ? .running : .failed)
        run.endedAt = number == 4 ? nil : StoreRig.time(number * 10)
        try await store.write(.createRun(run, [], replay: nil))
      }
      let old = try await store.finishedRuns(endedBefore: StoreRig.time(30), limit: 10)
      #expect(old.map(\.id) == ids([1, 2]))
      let first = try await store.finishedRuns(endedBefore: StoreRig.time(1_000), limit: 1)
      #expect(first.map(\.id) == ids([1]))
    }
  }

  @Test("Paths below a prefix are read from their range of the index, whatever else there is")
  func paths() async throws {
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { _ in }
      let queue = try DatabaseQueue(path: rig.folder + "/chancery.db")
      let plan = try await queue.read { database in
        try String.fetchAll(
          database, sql: "EXPLAIN QUERY PLAN " + SecretRows.pathsBelow.replacing("?", with: "'1'"),
          adapter: SuffixRowAdapter(fromIndex: 3))
      }
      #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH") && plan[0].contains("(path>? AND path<?)"), "\(plan)")
      try queue.close()
    }
  }

  @Test("Each list goes by an index that holds its runs and hardly any others")
  func plans() async throws {
    func query(_ runbook: String?, _ state: StoredRunState?, _ trigger: TriggerKind? = nil) -> RunQuery {
      var query = RunQuery(runbookID: runbook, state: state)
      query.trigger = trigger
      return query
    }
    var paused = query("odd", nil, .api)
    paused.isPaused = true
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { _ in }
      let queue = try DatabaseQueue(path: rig.folder + "/chancery.db")
      for (query, index) in [
        (query("odd", nil), "run_by_runbook"), (query(nil, .failed), "run_by_state"),
        (query("odd", .failed), "run_by_runbook_and_state"), (query(nil, nil, .api), "run_by_trigger"),
        (query(nil, .running), "run_unfinished"), (query("odd", .queued), "run_unfinished"),
        (query("odd", .running, .api), "run_unfinished"), (query(nil, .queued, .api), "run_unfinished"),
        (paused, "run_by_pause"),
      ] {
        let statement = RunRows.list(query)
        let plan = try await queue.read { database in
          try String.fetchAll(
            database, sql: "EXPLAIN QUERY PLAN " + statement.replacing("?", with: "'1'"),
            adapter: SuffixRowAdapter(fromIndex: 3))
        }
        #expect(plan.count == 1 && plan[0].contains("USING INDEX \(index)"), "\(plan) for \(statement)")
      }
      try queue.close()
    }
  }
}
