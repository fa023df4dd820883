import Encodings
import RunEngine
import Storage
import Testing

@Suite("The log of calls by method")
struct RequestLogTests {
  private static func entry(
    _ number: Int, _ method: String, at: Instant, _ origin: RequestEntry.Origin = .run
  ) -> RequestEntry {
    RequestEntry(
      method: method, at: at, run: StoreRig.runID(number), sequence: 2, step: "s", outcome: "status 200",
      milliseconds: 4, sentBytes: nil, receivedBytes: 64, origin: origin)
  }

  private static func days(_ number: Int64) -> Instant {
    StoreRig.start.advanced(byMilliseconds: number * 86_400_000)
  }

  private static func calls(_ method: String, in store: any Store) async throws -> [RequestEntry] {
    try await store.requests(RequestQuery(method: method))
  }

  @Test("What is older goes and what is younger stays, of this method alone", arguments: Engine.allCases)
  func forget(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let a = (0...3).map { Self.entry($0 + 1, "a/x", at: Self.days(Int64($0))) }
      let b = Self.entry(9, "b/y", at: Self.days(0))
      try await store.write(.account(.logRequests(a + [b])))
      try await store.write(.account(.forgetRequests(method: "a/x", before: Self.days(2))))
      // The very instant is no older than itself.
      let younger = try await Self.calls("a/x", in: store)
      #expect(younger == [a[3], a[2]])
      let other = try await Self.calls("b/y", in: store)
      #expect(other == [b])
    }
  }

  @Test("Pages of any size lose no call of one millisecond, and none comes twice", arguments: Engine.allCases)
  func pages(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      var entries = (1...7).map { Self.entry($0, "a/x", at: Self.days($0 == 7 ? 1 : 0)) }
      for sequence in [5, 9] {
        var further = entries[2]
        further.sequence = sequence
        entries.append(further)
      }
      try await store.write(.account(.logRequests(entries)))
      let all = try await Self.calls("a/x", in: store)
      #expect(all.count == 9)
      for limit in 1...10 {
        var query = RequestQuery(method: "a/x", limit: limit)
        var found: [RequestEntry] = []
        while true {
          let page = try await store.requests(query)
          found += page
          guard page.count == limit, let last = page.last else { break }
          let text = try #require(RequestCursor(behind: last).text)
          let cursor: RequestCursor = try #require(RequestCursor(text))
          query.before = cursor
        }
        #expect(found == all, "\(limit)")
      }
      // An instant alone is before all calls of its own.
      let older = try await store.requests(RequestQuery(method: "a/x", before: RequestCursor(before: Self.days(1))))
      #expect(older == Array(all.dropFirst()))
    }
  }

  @Test("A text that no page named is no cursor")
  func cursors() {
    let run = StoreRig.runID(1).text
    #expect(RequestCursor("5-\(run)-2")?.text == "5-\(run)-2")
    for text in ["", "x", "5", "5--2", "5-\(run)", "5-\(run)-x", "5-\(run)-2-", "2026-01-31T06:00:00Z"] {
      #expect(RequestCursor(text) == nil, "\(text)")
    }
  }

  @Test("Calls of runs can be left to their runs, where tests and tokens go", arguments: Engine.allCases)
  func keepingRuns(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let origins = RequestEntry.Origin.allCases
      let entries = origins.enumerated().map { Self.entry($0.offset + 1, "a/x", at: Self.days(0), $0.element) }
      try await store.write(.account(.logRequests(entries)))
      try await store.write(.account(.forgetRequests(method: "a/x", before: Self.days(1), keepingRuns: true)))
      let ofRuns = try await Self.calls("a/x", in: store)
      #expect(ofRuns.map(\.origin) == [.run])
      try await store.write(.account(.forgetRequests(method: "a/x", before: Self.days(1))))
      let none = try await Self.calls("a/x", in: store)
      #expect(none.isEmpty)
    }
  }

  @Test("A method that keeps its calls longer keeps them past their run, and no longer", arguments: Engine.allCases)
  func pastRuns(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let entries = ["a/long", "a/plain"].map { Self.entry(1, $0, at: Self.days(0)) }
      try await store.write(
        .createRun(rig.run(1, state: .succeeded), [], replay: nil), .account(.logRequests(entries)))
      try await store.write(
        .account(.keepRequests(run: StoreRig.runID(1), methods: ["a/long", "a/other"])), .deleteRun(StoreRig.runID(1)))
      let plain = try await Self.calls("a/plain", in: store)
      #expect(plain.isEmpty)
      let kept = try await Self.calls("a/long", in: store)
      #expect(kept.map(\.origin) == [.deletedRun])
      #expect(kept.map(\.at) == [Self.days(0)])
      // When its figure is taken away it is of no run, and goes with what has none.
      try await store.write(.account(.forgetRequests(method: "a/long", before: Self.days(1), keepingRuns: true)))
      let long = try await Self.calls("a/long", in: store)
      #expect(long.isEmpty)
    }
  }

  @Test(
    "A stop between two methods, or after a run went, leaves what the next round does away with",
    arguments: Engine.allCases)
  func stopped(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      let young = Self.entry(4, "a/x", at: Self.days(9))
      let round: [Intention] = ["a/x", "b/y"].map {
        .account(.forgetRequests(method: $0, before: Self.days(5)))
      }
      try await rig.withStore { store in
        try await store.write(
          .createRun(rig.run(1, state: .succeeded), [], replay: nil),
          .account(
            .logRequests([Self.entry(1, "a/x", at: Self.days(0)), Self.entry(2, "b/y", at: Self.days(1)), young])))
        // The first half of a round.
        try await store.write(round[0])
      }
      for _ in 1...2 {
        try await rig.withStore { store in
          let left = try await Self.calls("a/x", in: store)
          #expect(left == [young])
          for change in round { try await store.write(change) }
          let old = try await Self.calls("b/y", in: store)
          #expect(old.isEmpty)
        }
      }
      try await rig.withStore { store in
        // Refused as a whole: the calls of the run stay calls of the run.
        let batch = WriteBatch([
          .account(.keepRequests(run: StoreRig.runID(4), methods: ["a/x"])), .deleteRun(StoreRig.runID(4)),
        ])
        await #expect(throws: CommitRefusal.historyMoved(StoreRig.runID(4))) { _ = try await store.commit(batch) }
      }
      try await rig.withStore { store in
        let last = try await Self.calls("a/x", in: store)
        #expect(last == [young])
      }
    }
  }
}
