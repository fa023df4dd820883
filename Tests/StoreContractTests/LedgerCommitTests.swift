import Encodings
import Ledger
import Storage
import Testing

/// The ledger as the store hands it out, verified row by row against the stored state.
enum Audit {
  static func fault(of store: any Store) async throws -> LedgerFault? {
    var audit = LedgerAudit()
    var next: UInt64 = 0
    while true {
      let rows = try await store.ledgerRows(from: next, limit: 64)
      guard let last = rows.last else { break }
      for row in rows { audit.push(row) }
      next = last.index + 1
    }
    switch audit.finish(state: try await store.ledgerState()) {
    case .success: return nil
    case .failure(let fault): return fault
    }
  }
}

/// All that a store shows, for comparing before and after.
struct Shown: Equatable {
  var runs: [StoredRun]
  var events: [[StoredEvent]]
  var slots: Set<UInt32>
  var documents: [StoredDocument]
  var sealed: [SealedRow]
  var secrets: [StoredSecret?]
  var grants: [StoredGrant]
  var tokens: [StoredToken?]
  var policies: [StoredPolicy]
  var replays: [String?]
  var settings: [[UInt8]?]
  var ledger: [LedgerRow]
  var state: LedgerState
  var head: String?
  var notedTime: Instant?

  init(_ store: any Store) async throws {
    runs = try await store.runs(RunQuery(limit: 500))
    events = []
    for run in runs { events.append(try await store.events(of: run.id, after: 0)) }
    slots = try await store.runKeySlots()
    documents = try await store.documents(.runbook) + store.documents(.integration)
    sealed = try await store.sealedRows(owner: "runbook:ask")
    secrets = []
    for path in try await store.secretPaths(prefix: "") { secrets.append(try await store.secret(path: path)) }
    grants = try await store.grants(runbookID: "ask")
    tokens = []
    for number in 1...3 { tokens.append(try await store.token(hash: StoreRig.hash(number))) }
    policies = try await store.policies()
    replays = []
    for number in 1...3 { replays.append(try await store.replayedRun(key: StoreRig.hash(number))?.text) }
    settings = []
    for name in ["mark", "after", "id"] { settings.append(try await store.setting(name)) }
    ledger = try await store.ledgerRows(from: 0, limit: 1000)
    state = try await store.ledgerState()
    head = try await store.ledgerHead()
    notedTime = try await store.lastNotedTime()
  }
}

@Suite("Ledger entries are committed with what they record")
struct LedgerCommitTests {
  @Test("A fresh ledger is empty and has no head", arguments: Engine.allCases)
  func empty(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let seen1 = try await store.ledgerState()
      #expect(seen1 == LedgerState())
      let seen2 = try await store.ledgerHead()
      #expect(seen2 == nil)
      let seen3 = try await store.ledgerRows(from: 0, limit: 10)
      #expect(seen3 == [])
    }
  }

  @Test("Rows, state and head are those of the entries, at the store's time", arguments: Engine.allCases)
  func rows(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      let drafts = ["one", "two", "three"].map(StoreRig.draft)
      let mark = Intention.saveSetting(name: "mark", value: [1])
      let seen4 = try await store.write(mark, ledger: Array(drafts[..<2])).ledgerSize
      #expect(seen4 == 2)
      let seen5 = try await store.write(ledger: [drafts[2]]).ledgerSize
      #expect(seen5 == 3)
      let expected = LedgerAppend.append(state: LedgerState(), entries: drafts, at: StoreRig.start)
      let seen6 = try await store.ledgerState()
      #expect(seen6 == expected.state)
      let seen7 = try await store.ledgerRows(from: 0, limit: 10)
      #expect(seen7 == expected.rows)
      let seen8 = try await store.ledgerHead()
      #expect(seen8 == StoreRig.head(expected.state))
      let seen9 = try await store.setting("mark")
      #expect(seen9 == [1])
      let seen10 = try await Audit.fault(of: store)
      #expect(seen10 == nil)
    }
  }

  @Test("Rows are read in pages, from any place", arguments: Engine.allCases)
  func pages(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      try await store.write(ledger: (0..<10).map { StoreRig.draft("\($0)") })
      let seen11 = try await store.ledgerRows(from: 0, limit: 4).map(\.index)
      #expect(seen11 == [0, 1, 2, 3])
      let seen12 = try await store.ledgerRows(from: 8, limit: 4).map(\.index)
      #expect(seen12 == [8, 9])
      let seen13 = try await store.ledgerRows(from: 10, limit: 4)
      #expect(seen13 == [])
    }
  }

  @Test("A batch without entries leaves ledger and head as they were", arguments: Engine.allCases)
  func withoutEntries(engine: Engine) async throws {
    try await StoreRig.withStore(engine) { _, store in
      try await store.write(ledger: [StoreRig.draft("one")])
      let head = try await store.ledgerHead()
      let seen14 = try await store.write(.saveSetting(name: "mark", value: [1])).ledgerSize
      #expect(seen14 == 1)
      let seen15 = try await store.ledgerState().size
      #expect(seen15 == 1)
      let seen16 = try await store.ledgerHead()
      #expect(seen16 == head)
    }
  }
}
