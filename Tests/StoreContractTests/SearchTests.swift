import Encodings
import Foundation
import GRDB
import RunEngine
import SQLiteStore
import Storage
import TestSupport
import Testing

@Suite("The index that runs are found by")
struct SearchTests {
  private static let dayLength: Int64 = 86_400_000

  private func id(_ number: Int, day: Int64) -> RunID {
    RunID(
      at: StoreRig.start.advanced(byMilliseconds: day * Self.dayLength + Int64(number)),
      random: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 10))
  }

  private func run(
    _ rig: StoreRig, _ id: RunID, runbook: String = "ask", state: StoredRunState = .succeeded
  ) -> StoredRun {
    StoredRun(
      id: id, runbookID: runbook, bundle: BundleID(hex: "00"), state: state, trigger: .api, createdAt: id.instant,
      runKeySlot: 1, runKeyGeneration: 3)
  }

  private func entry(_ id: RunID, _ tokens: [UInt32], generation: UInt32 = 3) -> SearchEntry {
    let number = SearchDay.number(of: id)
    return SearchEntry(
      run: id, day: SearchDay(number: number, keySlot: UInt32(number % 1000), keyGeneration: generation), tokens: tokens
    )
  }

  private func search(
    _ store: any Store, _ tokens: [UInt32], cut: [UInt32]? = nil, days: [Int64], runbook: String? = nil,
    limit: Int = 500, mostRead: Int = 10_000
  ) async throws -> [[RunID]] {
    var query = SearchQuery(
      days: days.sorted(by: >).map { SearchQuery.Day(number: $0, tokens: tokens, cut: cut) },
      runs: RunQuery(runbookID: runbook, limit: limit), mostRead: mostRead)
    var pages: [[RunID]] = []
    while true {
      let page = try await store.search(query)
      pages.append(page.candidates.map(\.id))
      guard let next = page.next else { return pages }
      query.runs.before = next
    }
  }

  @Test(
    "Whatever was sorted, deleted and settled in between, a search finds what a scan over all entries finds, in order",
    arguments: Engine.allCases)
  func model(engine: Engine) async throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      try await StoreRig.withStore(engine) { rig, store in
        var random = SeededRandom(seed: seed)
        var model: [RunID: Set<UInt32>] = [:]
        var number = 0
        for _ in 0..<90 {
          switch Int.random(in: 0..<10, using: &random) {
          case 0..<6:
            number += 1
            let id = id(number, day: Int64.random(in: 0..<3, using: &random))
            let tokens = Set((0..<4).map { _ in UInt32.random(in: 0..<9, using: &random) << 20 | 0xFFFFF })
            try await store.write(
              .createRun(run(rig, id), [], replay: nil), .search(.index(entry(id, tokens.sorted()))))
            model[id] = tokens
          case 6, 7:
            let day = SearchDay.number(of: StoreRig.start) + Int64.random(in: 0..<3, using: &random)
            try await store.write(.search(.merge(day: day, atLeast: 3)))
          case 8:
            guard let id = model.keys.sorted().randomElement(using: &random) else { continue }
            model[id] = nil
            try await store.write(.deleteRun(id))
          default: try await store.write(.search(.settle(limit: 2)))
          }
        }
        let days = try await store.searchDays().map(\.number)
        for _ in 0..<20 {
          let wanted = Set((0..<2).map { _ in UInt32.random(in: 0..<9, using: &random) << 20 | 0xFFFFF })
          let expected = model.filter { wanted.isSubset(of: $0.value) }.keys.sorted(by: >)
          for (limit, mostRead) in [(500, 10_000), (2, 10_000), (500, 3)] {
            let found = try await search(store, wanted.sorted(), days: days, limit: limit, mostRead: mostRead)
            #expect(found.flatMap { $0 } == expected, "seed \(seed)")
            #expect(found.allSatisfy { $0.count <= limit })
          }
        }
        while try await store.unsettledSearchSegments() > 0 { try await store.write(.search(.settle(limit: 1))) }
      }
    }
  }

  @Test(
    "Whichever of two ways is shorter, a search in one runbook finds what a scan finds, in order",
    arguments: Engine.allCases)
  func narrow(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var random = SeededRandom(seed: 11)
      var model: [RunID: (runbook: String, tokens: Set<UInt32>, isOpen: Bool)] = [:]
      for number in 1...700 {
        let id = id(number, day: Int64(number / 300))
        let runbook = Int.random(in: 0..<40, using: &random) == 0 ? "seldom" : "often"
        let isOpen = Int.random(in: 0..<50, using: &random) == 0
        // The first word is in nearly all runs, the second in few.
        var tokens: Set<UInt32> = [1]
        if Int.random(in: 0..<60, using: &random) == 0 { tokens.insert(2) }
        let created = Intention.createRun(
          run(rig, id, runbook: runbook, state: isOpen ? .running : .failed), [], replay: nil)
        if isOpen {
          try await store.write(created)
        } else {
          try await store.write(created, .search(.index(entry(id, tokens.sorted()))))
        }
        model[id] = (runbook, tokens, isOpen)
        if number == 250 { try await store.write(.search(.merge(day: SearchDay.number(of: id), atLeast: 3))) }
      }
      let days = try await store.searchDays().map(\.number)
      for (runbook, wanted) in [("seldom", [1]), ("often", [2]), ("seldom", [1, 2]), ("often", [3]), ("none", [1])]
        as [(String, [UInt32])]
      {
        let expected = model.filter {
          $0.value.runbook == runbook && ($0.value.isOpen || $0.value.tokens.isSuperset(of: wanted))
        }.keys.sorted(by: >)
        for (limit, mostRead) in [(500, 10_000), (2, 10_000), (10, 300), (500, 3)] {
          let found = try await search(
            store, wanted, days: days, runbook: runbook, limit: limit, mostRead: mostRead)
          #expect(found.flatMap { $0 } == expected, "\(runbook) \(wanted) \(limit) \(mostRead)")
          #expect(found.allSatisfy { $0.count <= limit })
        }
      }
    }
  }

  @Test("Runs that have not ended are candidates in their place, whatever is looked for", arguments: Engine.allCases)
  func unfinished(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let ids = (1...6).map { id($0, day: 0) }
      for (place, id) in ids.enumerated() {
        let state: StoredRunState = place % 2 == 0 ? .running : .failed
        try await store.write(.createRun(run(rig, id, state: state), [], replay: nil))
        if state == .failed { try await store.write(.search(.index(entry(id, [7])))) }
      }
      let days = try await store.searchDays().map(\.number)
      for limit in 1...6 {
        let found = try await search(store, [7], days: days, limit: limit)
        #expect(found.flatMap { $0 } == ids.reversed())
        let others = try await search(store, [8], days: days, limit: limit)
        #expect(others.flatMap { $0 } == [ids[4], ids[2], ids[0]])
      }
    }
  }

  @Test(
    "A day is forgotten when its last run is gone and not before, and nothing of it is left", arguments: Engine.allCases
  )
  func forgetting(engine: Engine) async throws {
    try await StoreRig.with(engine) { rig in
      let ids = [id(1, day: 0), id(2, day: 0), id(3, day: 1)]
      let day = SearchDay.number(of: ids[0])
      try await rig.withStore { store in
        for id in ids {
          try await store.write(.createRun(run(rig, id), [], replay: nil), .search(.index(entry(id, [1, 2, 3]))))
        }
        let slots = try await store.runKeySlots()
        #expect(slots.contains(UInt32(day % 1000)))
        try await store.write(.search(.merge(day: day, atLeast: 1)))
        try await store.write(.deleteRun(ids[0]), .search(.forgetDay(day)))
        let still = try await store.searchDays().map(\.number)
        #expect(still == [day + 1, day])
        let gaps = try await store.unsettledSearchSegments()
        #expect(gaps == 1)
        try await store.write(.deleteRun(ids[1]), .search(.forgetDay(day)))
        let left = try await store.searchDays().map(\.number)
        #expect(left == [day + 1])
        let slotsLeft = try await store.runKeySlots()
        #expect(!slotsLeft.contains(UInt32(day % 1000)))
      }
      let counts = try await DatabaseQueue(path: rig.folder + "/chancery.db").read { database in
        try ["search_segment", "search_posting"].map { table in
          try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? -1
        } + [try Int.fetchOne(database, sql: "SELECT count(*) FROM search_entry") ?? -1]
      }
      #expect(counts == [0, 0, 1])
    }
  }

  @Test(
    "A search beside a filter finds the same by whichever way it goes, in pages that end where enough was read",
    arguments: Engine.allCases)
  func filtered(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      var expected: [RunID] = []
      for number in 1...40 {
        let id = id(number, day: Int64(number / 20))
        let state: StoredRunState = number % 8 == 0 ? .failed : .succeeded
        let tokens: [UInt32] = number % 3 == 0 ? [1, 2] : [1]
        try await store.write(
          .createRun(run(rig, id, state: state), [], replay: nil), .search(.index(entry(id, tokens))))
        if state == .failed, tokens.contains(2) { expected.insert(id, at: 0) }
      }
      try await store.write(.search(.merge(day: SearchDay.number(of: StoreRig.start), atLeast: 1)))
      #expect(expected.count == 1)
      for (mostRead, tokens) in [(1, [2]), (3, [2]), (10, [1, 2]), (1_000, [2])] as [(Int, [UInt32])] {
        var query = SearchQuery(
          days: try await store.searchDays().map { SearchQuery.Day(number: $0.number, tokens: tokens) },
          runs: RunQuery(state: .failed, limit: 2), mostRead: mostRead)
        var found: [RunID] = []
        var isOver = false
        for _ in 0..<100 where !isOver {
          let page = try await store.search(query)
          found += page.candidates.map(\.id)
          query.runs.before = page.next
          isOver = page.next == nil
        }
        #expect(isOver)
        #expect(found == expected, "reading \(mostRead)")
      }
    }
  }

  @Test(
    "A run that has what is enough as well is a candidate, in its place, sorted or not, whichever way is gone",
    arguments: Engine.allCases)
  func cut(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let held: [[UInt32]] = [[1, 2], [1], [7, 9], [7], [2, 9], [1, 2, 7, 9]]
      let ids = held.indices.map { id($0 + 1, day: 0) }
      let day = SearchDay.number(of: ids[0])
      for (place, tokens) in held.enumerated() {
        try await store.write(
          .createRun(run(rig, ids[place], runbook: place == 3 ? "other" : "ask"), [], replay: nil),
          .search(.index(entry(ids[place], tokens))))
        if place == 2 { try await store.write(.search(.merge(day: day, atLeast: 1))) }
      }
      for (limit, mostRead) in [(500, 10_000), (1, 10_000), (500, 1), (500, 3)] {
        func found(_ cut: [UInt32]?, _ runbook: String?) async throws -> [RunID] {
          try await search(
            store, [1, 2], cut: cut, days: [day], runbook: runbook, limit: limit, mostRead: mostRead
          ).flatMap { $0 }
        }
        for runbook in [nil, "ask"] {
          let whole = try await found(nil, runbook)
          #expect(whole == [ids[5], ids[0]], "\(limit) \(mostRead)")
          let both = try await found([7, 9], runbook)
          #expect(both == [ids[5], ids[2], ids[0]], "\(limit) \(mostRead)")
        }
        let more = try await found([7], nil)
        #expect(more == [ids[5], ids[3], ids[2], ids[0]], "\(limit) \(mostRead)")
      }
    }
  }

  @Test("Tokens under another key than the day's are left out", arguments: Engine.allCases)
  func otherKey(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let (first, second) = (id(1, day: 0), id(2, day: 0))
      for (id, generation) in [(first, 3), (second, 4)] as [(RunID, UInt32)] {
        try await store.write(
          .createRun(run(rig, id), [], replay: nil), .search(.index(entry(id, [5], generation: generation))))
      }
      let found = try await search(store, [5], days: [SearchDay.number(of: first)])
      #expect(found == [[first]])
    }
  }

  @Test("Lists narrow by the time in the runs' ids, with both ends of the range", arguments: Engine.allCases)
  func times(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { rig, store in
      let ids = (0..<4).map { id(0, day: Int64($0)) }
      for id in ids { try await store.write(.createRun(run(rig, id), [], replay: nil)) }
      var query = RunQuery()
      query.since = ids[1].instant
      query.until = ids[3].instant
      let found = try await store.runs(query).map(\.id)
      #expect(found == [ids[2], ids[1]])
    }
  }

  @Test("A run's id says when it came", arguments: [0, 1, 1_795_536_339_123, 281_474_976_710_655])
  func instants(milliseconds: Int64) {
    let instant = Instant(millisecondsSinceEpoch: milliseconds)
    #expect(RunID(at: instant, random: [UInt8](repeating: 0xFF, count: 10)).instant == instant)
  }
}
