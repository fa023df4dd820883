import Encodings
import GRDB
import RunEngine
import SQLiteStore
import Storage
import TestSupport
import Testing

@Suite("What is still to be done")
struct OutboxTests {
  /// Some are the beginnings of others; the last has none.
  private static let runbooks = ["ask", "ask-2", "Ask", "b", "\u{e9}", "none"]

  /// - Parameter at: when the run ended; the moment in which it was made without it.
  private static func end(_ number: Int, runbook: String, at: Int? = nil) -> Intention {
    let moments = FailureAction.allCases.map { ($0, FailureRules.Moment.each) }
    return .account(
      .run(
        RunAccount(
          runbookID: runbook, run: StoreRig.runID(number), bundle: BundleID(hex: "00"), startedAt: nil,
          end: RunAccount.End(
            at: StoreRig.time(at ?? number), outcome: .failed(.dns), steps: 1, milliseconds: nil,
            rules: FailureRules(Dictionary(uniqueKeysWithValues: moments))))))
  }

  /// Five items of each of 40 runs, due at few times that many share, some of them no longer pending. Gives what is stored.
  private static func fill(_ store: any Store, _ random: inout SeededRandom) async throws -> [OutboxItem] {
    var ends: [Intention] = []
    for number in 1...40 {
      ends.append(end(number, runbook: random.element(of: runbooks.dropLast()) ?? "ask"))
    }
    var items = try await store.commit(WriteBatch(ends)).outbox
    try await store.write(.account(.release(.ticket, at: StoreRig.time(1))))
    for index in items.indices {
      items[index].attempts = 1
      items[index].state = random.oneIn(4) ? random.element(of: OutboxItem.State.allCases) ?? .done : .pending
      items[index].dueAt = StoreRig.time(random.number(in: 0...9))
    }
    try await store.commit(WriteBatch(items.map { .account(.settle($0)) }))
    return items
  }

  @Test(
    "Items of any kinds, without any runbooks, at any time and up to any limit are those of a scan over all, in order",
    arguments: Engine.allCases)
  func model(engine: Engine) async throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      try await StoreRig.withStore(engine) { _, store in
        var random = SeededRandom(seed: seed)
        let items = try await Self.fill(store, &random)
        #expect(items.count == 200)
        for round in 0..<60 {
          let actions = FailureAction.allCases.filter { _ in random.oneIn(2) }
          let excluded = Self.runbooks.filter { _ in random.oneIn(3) }
          let part = OutboxPart(actions.shuffled(using: &random), excluding: Set(excluded))
          let now = StoreRig.time(random.number(in: -1...10))
          let limit = random.element(of: [0, 1, 2, 7, 64, 500]) ?? 1
          let asked = items.filter {
            $0.state == .pending && part.actions.contains($0.action) && !part.excluding.contains($0.runbookID)
          }.sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }
          let due = try await store.dueOutbox(part, at: now, limit: limit)
          #expect(due == Array(asked.filter { $0.dueAt <= now }.prefix(limit)), "seed \(seed), round \(round)")
          let next = try await store.nextOutboxDue(part)
          #expect(next == asked.first?.dueAt, "seed \(seed), round \(round)")
        }
      }
    }
  }

  @Test(
    "Pages have what was asked for last first, whichever run was made first, and each item once",
    arguments: Engine.allCases)
  func pages(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      var random = SeededRandom(seed: 5)
      var ends: [Intention] = []
      for number in 1...30 {
        let runbook = number.isMultiple(of: 3) ? "b" : "ask"
        ends.append(Self.end(number, runbook: runbook, at: random.number(in: 1...9)))
      }
      let items = try await store.commit(WriteBatch(ends)).outbox.sorted {
        ($0.createdAt, $0.id) > ($1.createdAt, $1.id)
      }
      #expect(items.map(\.run) != items.map(\.run).sorted { $0.text > $1.text })
      let filters: [(state: OutboxItem.State?, action: FailureAction?, runbook: String?)] = [
        (nil, nil, nil), (nil, nil, "b"), (.waiting, nil, nil), (.pending, .disable, nil), (.pending, .mail, "ask"),
        (.done, nil, nil),
      ]
      for (state, action, runbook) in filters {
        let wanted = items.filter {
          (state ?? $0.state) == $0.state && (action ?? $0.action) == $0.action
            && (runbook ?? $0.runbookID) == $0.runbookID
        }
        var query = OutboxQuery(state: state, action: action, runbookID: runbook, limit: 7)
        var found: [OutboxItem] = []
        while true {
          let page = try await store.outbox(query)
          found += page
          guard page.count == query.limit, let last = page.last else { break }
          let place: OutboxCursor = try #require(OutboxCursor(OutboxCursor(behind: last).text))
          query.before = place
        }
        #expect(found == wanted)
      }
    }
  }

  @Test("A place in the outbox is read from its own text only")
  func cursors() {
    let id = OutboxItem.id(StoreRig.runID(1), .mail)
    #expect(OutboxCursor("5-\(id)")?.text == "5-\(id)")
    for text in ["", "x", id, "5-\(id)-1", "x-\(id)", "5-\(StoreRig.runID(1).text)-post", "5-nonesuch-mail"] {
      #expect(OutboxCursor(text) == nil, "\(text)")
    }
  }

  @Test(
    "A retry leaves an attempt that is under way its end, and what was given up has all its attempts again",
    arguments: Engine.allCases)
  func retried(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      try await store.write(Self.end(1, runbook: "ask"))
      let id = OutboxItem.id(StoreRig.runID(1), .webhook)
      var item = try #require(try await store.outboxItem(id))
      item.attempts = 1
      item.dueAt = StoreRig.time(50)
      item.problem = "status 500"
      try await store.write(.account(.settle(item)))
      try await store.write(.account(.retry(outbox: id, at: StoreRig.time(9))))
      let due = try await store.dueOutbox(OutboxPart([.webhook]), at: StoreRig.time(9), limit: 9)
      #expect(due.map(\.attempts) == [1])
      item.attempts = 2
      item.state = .failed
      item.doneAt = StoreRig.time(10)
      try await store.write(.account(.settle(item)))
      try await store.write(.account(.retry(outbox: id, at: StoreRig.time(11))))
      let anew = try #require(try await store.outboxItem(id))
      #expect(anew.attempts == 0)
      #expect(anew.state == .pending)
      #expect(anew.doneAt == nil)
    }
  }

  @Test(
    "What is given up of a runbook has failed with its reason, and nothing of another one's or of another kind",
    arguments: Engine.allCases)
  func givenUp(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      try await store.write(Self.end(1, runbook: "ask"), Self.end(2, runbook: "other"))
      let giveUp = AccountChange.giveUp(.webhook, runbookID: "ask", problem: "runbook-deleted", at: StoreRig.time(9))
      try await store.write(.account(giveUp))
      let failed = try await store.outbox(OutboxQuery(state: .failed))
      #expect(failed.map(\.id) == [OutboxItem.id(StoreRig.runID(1), .webhook)])
      #expect(failed.map(\.problem) == ["runbook-deleted"])
      #expect(failed.map(\.doneAt) == [StoreRig.time(9)])
      let pending = try await store.dueOutbox(OutboxPart([.webhook]), at: StoreRig.time(100), limit: 9)
      #expect(pending.map(\.runbookID) == ["other"])
    }
  }

  @Test(
    "A mail that waits for a server is forgotten in time, and a ticket that waits is not", arguments: Engine.allCases)
  func waiting(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      try await store.write(Self.end(1, runbook: "ask"), Self.end(50, runbook: "ask"))
      for number in [1, 50] {
        var item = try #require(try await store.outboxItem(OutboxItem.id(StoreRig.runID(number), .mail)))
        item.attempts = 1
        item.state = .waiting
        try await store.write(.account(.settle(item)))
      }
      try await store.write(.account(.forgetToldBefore(StoreRig.time(20))))
      let left = try await store.outbox(OutboxQuery(state: .waiting))
      let wanted: [(number: Int, action: FailureAction)] = [(1, .ticket), (50, .ticket), (50, .mail)]
      #expect(Set(left.map(\.id)) == Set(wanted.map { OutboxItem.id(StoreRig.runID($0.number), $0.action) }))
    }
  }

  @Test("What is due goes by an index that leaps from runbook to runbook, and reads no item of those that are left out")
  func plans() async throws {
    let first = ["(kind=?)", "(kind=? AND runbook>?)", "(kind=? AND runbook=?)"]
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { _ in }
      let queue = try DatabaseQueue(path: rig.folder + "/chancery.db")
      for (statement, searches) in [
        (OutboxRows.firstOfRunbooks(excluding: 0), first), (OutboxRows.firstOfRunbooks(excluding: 2), first),
        (OutboxRows.nextOfRunbook, ["(kind=? AND runbook=? AND (due_at,id)>(?,?) AND due_at<?)"]),
      ] {
        let plan = try await queue.read { database in
          try String.fetchAll(
            database, sql: "EXPLAIN QUERY PLAN " + statement.replacing("?", with: "'1'"),
            adapter: SuffixRowAdapter(fromIndex: 3))
        }
        let found = plan.filter { $0.contains("outbox") && !$0.hasSuffix(" outbox USING PRIMARY KEY (id=?)") }
        #expect(
          found.count == searches.count
            && zip(found, searches).allSatisfy { $0.hasSuffix("INDEX outbox_by_runbook \($1)") },
          "\(plan) for \(statement)")
        #expect(!plan.contains { $0.contains("SCAN outbox") }, "\(plan) for \(statement)")
      }
      try queue.close()
    }
  }

  @Test("A list reads the items of its page only: what it leaves out is told apart in an index")
  func listPlans() async throws {
    let all = "outbox USING COVERING INDEX outbox_by_creation"
    try await StoreRig.with(.sqlite) { rig in
      try await rig.withStore { _ in }
      let queue = try DatabaseQueue(path: rig.folder + "/chancery.db")
      for (conditions, wanted) in [
        ([], "SCAN " + all), (["runbook = ?"], "SCAN " + all), (["state = 'failed'", "runbook = ?"], "SCAN " + all),
        (["(created_at, id) < (?, ?)"], "SEARCH \(all) ((created_at,id)<(?,?))"),
        (["state = 'pending'", "kind = ?"], "SEARCH outbox USING INDEX outbox_by_runbook (kind=?)"),
      ] as [([String], String)] {
        let plan = try await queue.read { database in
          try String.fetchAll(
            database, sql: "EXPLAIN QUERY PLAN " + OutboxRows.page(where: conditions).replacing("?", with: "'1'"),
            adapter: SuffixRowAdapter(fromIndex: 3))
        }
        let found = plan.filter { $0.contains("outbox") }
        #expect(found == ["SEARCH outbox USING PRIMARY KEY (id=?)", wanted], "\(plan) for \(conditions)")
      }
      try queue.close()
    }
  }
}
