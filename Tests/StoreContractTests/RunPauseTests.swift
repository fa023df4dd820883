import RunEngine
import Storage
import Testing

@Suite("Pauses of single runs")
struct RunPauseTests {
  @Test(
    "A pause stands since its first request, through appends and openings, until it is lifted",
    arguments: Engine.allCases)
  func stands(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      let run = rig.run(1)
      let pause = RunPause(at: StoreRig.time(5), by: "ann")
      try await rig.withStore { store in
        try await store.write(.createRun(run, try rig.events(1...1, of: run.id), replay: nil))
        try await store.write(.pauseRun(run.id, pause))
        try await store.write(.pauseRun(run.id, RunPause(at: StoreRig.time(6), by: "bob")))
        var row = run
        row.state = .running
        try await store.write(.appendEvents(run.id, try rig.events(2...2, of: run.id), row: row))
      }
      try await rig.withStore { store in
        let paused = try await store.run(run.id)
        #expect(paused?.pause == pause)
        #expect(paused?.isPaused == true)
        var query = RunQuery()
        query.isPaused = true
        let found = try await store.runs(query).map(\.id)
        #expect(found == [run.id])
        try await store.write(.resumeRun(run.id))
        try await store.write(.resumeRun(run.id))
        let resumed = try await store.run(run.id)
        #expect(resumed?.pause == nil)
        let left = try await store.runs(query)
        #expect(left.isEmpty)
      }
    }
  }

  @Test(
    "A run that is over takes neither a pause nor its end, and is listed as paused no more", arguments: Engine.allCases)
  func over(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var run = rig.run(1)
      let pause = RunPause(at: StoreRig.time(5), by: "ann")
      try await store.write(.createRun(run, try rig.events(1...1, of: run.id), replay: nil))
      try await store.write(.pauseRun(run.id, pause))
      run.state = .cancelled
      try await store.write(.appendEvents(run.id, try rig.events(2...2, of: run.id), row: run))
      var query = RunQuery()
      query.isPaused = true
      let found = try await store.runs(query)
      #expect(found.isEmpty)
      for id in [run.id, StoreRig.runID(2)] {
        await #expect(throws: CommitRefusal.historyMoved(id)) { try await store.write(.pauseRun(id, pause)) }
        await #expect(throws: CommitRefusal.historyMoved(id)) { try await store.write(.resumeRun(id)) }
      }
    }
  }

  @Test(
    "What was asked of a run too late is asked of the one that it starts, and of no other", arguments: Engine.allCases)
  func handedDown(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let pause = RunPause(at: StoreRig.time(5), by: "ann")
      let runs = (1...6).map { rig.run($0) }
      for run in runs { try await store.write(.createRun(run, try rig.events(1...1, of: run.id), replay: nil)) }
      try await store.write(.pauseRun(runs[0].id, pause))
      try await store.write(.requestCancel(runs[2].id, at: StoreRig.time(7)))
      for index in [0, 2, 4] {
        var ended = runs[index]
        ended.state = .succeeded
        try await store.write(
          .appendEvents(ended.id, try rig.events(2...2, of: ended.id), row: ended),
          .handDownRequests(from: ended.id, to: runs[index + 1].id))
      }
      let children = [
        try await store.run(runs[1].id), try await store.run(runs[3].id), try await store.run(runs[5].id),
      ]
      #expect(children.map { $0?.pause } == [pause, nil, nil])
      #expect(children.map { $0?.cancelRequestedAt } == [nil, StoreRig.time(7), nil])
    }
  }
}
