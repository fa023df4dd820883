import Destinations
import Egress
import Encodings
import Foundation
import Keyring
import Ledger
import NIOPosix
import NamedKeys
import RunEngine
import Runner
import SQLiteStore
import Storage
import Synchronization
import Testing

/// A keyring, a database and a clock that stands where a test puts it. The book can be opened again over the same folder, as
/// after a crash.
struct KeyBookRig: Sendable {
  static let start = Instant(millisecondsSinceEpoch: 1_795_536_339_000)
  static let actor = LedgerActor.entity("test")

  let folder: String
  let keyring: Keyring
  private let clock: Hand

  /// Under the lock: the time.
  private final class Hand: Sendable {
    let now = Mutex(KeyBookRig.start)
  }

  /// Runs the body in a folder of its own, which is removed afterwards.
  static func with(_ body: (KeyBookRig) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "key-book-\(UUID().uuidString)")
      .path(percentEncoded: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let keyring = try KeyringFolder(folder).initialise(seal: .dev, at: start)
    try await body(KeyBookRig(folder: folder, keyring: keyring, clock: Hand()))
  }

  /// Puts the clock forward.
  func pass(seconds: Int64) { clock.now.withLock { $0 = $0.advanced(byMilliseconds: seconds * 1000) } }

  /// Opens the database, gives a book over it that knows nothing from before, and closes.
  func withBook(_ body: (KeyBook, FaultyStore) async throws -> Void) async throws {
    try await withParts { parts, store in try await body(KeyBook(parts: parts), store) }
  }

  /// The same with the parts of a service.
  func withParts(_ body: (ServiceParts) async throws -> Void) async throws {
    try await withParts { parts, _ in try await body(parts) }
  }

  private func withParts(_ body: (ServiceParts, FaultyStore) async throws -> Void) async throws {
    let clock = clock
    let store = try SQLiteStore(
      SQLiteStore.Configuration(
        folder: folder, now: { clock.now.withLock { $0 } }, signHead: { state in "\(state.size)" },
        onFailedSync: { preconditionFailure("a sync failed in a test") }))
    // Nobody listens there: whatever is sent fails at once.
    let rules = EgressRules(allowed: [HostPort("127.0.0.1:9")].compactMap { $0 })
    let group = MultiThreadedEventLoopGroup.singleton
    let resolver = SystemResolver(group: group, limits: EgressLimits())
    let client = EgressGuard(rules: rules, resolver: resolver, group: group)
    let faulty = FaultyStore(store)
    let parts = ServiceParts(
      store: faulty, keyring: keyring, client: client, rules: rules,
      clock: ServiceClock(now: { clock.now.withLock { $0 } }, monotonicMilliseconds: { 0 }), publicURL: nil)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(parts, faulty))
    } catch {
      outcome = .failure(error)
    }
    await client.shutDown()
    await resolver.shutDown()
    await store.close()
    try outcome.get()
  }
}

/// What goes wrong with the next commit.
enum CommitFault: Sendable {
  /// Nothing is written, and the caller is told that it is unknown.
  case lost
  /// Everything is written, and the caller is told that it is unknown.
  case keptAndFailed
}

/// What a test does when the store is asked for something, once.
enum StoreMoment: Sendable {
  case approvalsRead
  case committed
}

/// A database whose next commit can fail in both ways, and whose events can be damaged.
final class FaultyStore: Store {
  private let store: SQLiteStore
  /// Under the lock: what is done at a moment, once.
  private let watches = Mutex<[StoreMoment: @Sendable () -> Void]>([:])
  /// Under the lock: whether a row of events is no envelope any more.
  private let isDamaged = Mutex(false)
  /// Under the lock: how many readings of a run, or of what is paused, fail from here on.
  private let failingReads = Mutex(0)
  /// Under the lock: what the next commit does.
  private let next = Mutex<CommitFault?>(nil)
  /// Under the lock: what happens just before the next commit.
  private let meanwhile = Mutex<(@Sendable () async throws -> Void)?>(nil)
  /// Under the lock: what happens between the next reading of documents and its answer.
  private let reading = Mutex<(@Sendable () async -> Void)?>(nil)

  init(_ store: SQLiteStore) { self.store = store }

  func damageEvents() { isDamaged.withLock { $0 = true } }

  func when(_ moment: StoreMoment, _ body: @escaping @Sendable () -> Void) { watches.withLock { $0[moment] = body } }

  private func pass(_ moment: StoreMoment) { watches.withLock { $0.removeValue(forKey: moment) }?() }

  func failNext(_ fault: CommitFault) { next.withLock { $0 = fault } }

  /// The next readings of a run, or of what is paused, fail: so many.
  func failReads(_ count: Int) { failingReads.withLock { $0 = count } }

  /// Readings that are still to fail.
  var readsToFail: Int { failingReads.withLock { $0 } }

  private func read() throws(StoreFault) {
    let fails = failingReads.withLock { left in
      defer { left = max(0, left - 1) }
      return left > 0
    }
    if fails { throw .engine(code: 10, during: "a reading") }
  }

  /// Does this before the next commit, once.
  func beforeNext(_ work: @escaping @Sendable () async throws -> Void) { meanwhile.withLock { $0 = work } }

  /// Does this once the documents are read, once, before whoever asked has them.
  func afterNextDocuments(_ work: @escaping @Sendable () async -> Void) { reading.withLock { $0 = work } }

  func commit(_ batch: WriteBatch) async throws -> CommitReceipt {
    let work = meanwhile.withLock { meanwhile in
      defer { meanwhile = nil }
      return meanwhile
    }
    try await work?()
    let fault = next.withLock { next in
      defer { next = nil }
      return next
    }
    switch fault {
    case nil:
      defer { pass(.committed) }
      return try await store.commit(batch)
    case .lost: throw StoreFault.engine(code: 10, during: "a commit")
    case .keptAndFailed:
      _ = try await store.commit(batch)
      pass(.committed)
      throw StoreFault.engine(code: 10, during: "a commit")
    }
  }

  /// The actions of the ledger's entries about keys, in order: `ACTION VERSION OUTCOME`.
  func actions() async throws -> [String] {
    try await store.ledgerRows(from: 0, limit: 1000).compactMap { row in
      guard let tape = try? JSONTape(row.bytes),
        let action = tape.member(tape.root, "action").flatMap(tape.string)
      else { return nil }
      return action
    }
  }

  func search(_ query: SearchQuery) async throws(StoreFault) -> SearchPage { try await store.search(query) }
  func searchDays() async throws(StoreFault) -> [SearchDay] { try await store.searchDays() }
  func unmergedSearchEntries() async throws(StoreFault) -> [Int64: Int] { try await store.unmergedSearchEntries() }
  func unsettledSearchSegments() async throws(StoreFault) -> Int { try await store.unsettledSearchSegments() }
  func failureStreak(runbookID: String) async throws(StoreFault) -> FailureStreak {
    try await store.failureStreak(runbookID: runbookID)
  }
  func outbox(_ query: OutboxQuery) async throws(StoreFault) -> [OutboxItem] {
    try await store.outbox(query)
  }
  func outboxItem(_ id: String) async throws(StoreFault) -> OutboxItem? {
    try await store.outboxItem(id)
  }
  func dueOutbox(_ part: OutboxPart, at: Instant, limit: Int) async throws(StoreFault) -> [OutboxItem] {
    try await store.dueOutbox(part, at: at, limit: limit)
  }
  func nextOutboxDue(_ part: OutboxPart) async throws(StoreFault) -> Instant? {
    try await store.nextOutboxDue(part)
  }
  func notifications(login: String, unreadOnly: Bool, limit: Int) async throws(StoreFault) -> [StoredNotification] {
    try await store.notifications(login: login, unreadOnly: unreadOnly, limit: limit)
  }
  func tally(runbookID: String, _ window: TallyWindow) async throws(StoreFault) -> RunTally {
    try await store.tally(runbookID: runbookID, window)
  }
  func pauses() async throws(StoreFault) -> [StoredPause] {
    try read()
    return try await store.pauses()
  }
  func scheduleSlots(runbookID: String) async throws(StoreFault) -> [ScheduleSlot] {
    try await store.scheduleSlots(runbookID: runbookID)
  }
  func requests(_ query: RequestQuery) async throws(StoreFault) -> [RequestEntry] {
    try await store.requests(query)
  }
  func requestMethods() async throws(StoreFault) -> [String] {
    try await store.requestMethods()
  }
  func submit(_ batch: WriteBatch, then done: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void) {
    Task {
      do { done(.success(try await commit(batch))) } catch { done(.failure(error)) }
    }
  }
  func keptVariables(runbookID: String) async throws(StoreFault) -> [StoredKeptVariable] {
    try await store.keptVariables(runbookID: runbookID)
  }
  func approvals(of run: RunID) async throws(StoreFault) -> [StoredApproval] {
    defer { pass(.approvalsRead) }
    return try await store.approvals(of: run)
  }
  func integrationToken(_ integrationID: String) async throws(StoreFault) -> StoredIntegrationToken? {
    try await store.integrationToken(integrationID)
  }
  func run(_ id: RunID) async throws(StoreFault) -> StoredRun? {
    try read()
    return try await store.run(id)
  }
  func runs(_ query: RunQuery) async throws(StoreFault) -> [StoredRun] { try await store.runs(query) }
  func finishedRuns(endedBefore: Instant, limit: Int) async throws(StoreFault) -> [StoredRun] {
    try await store.finishedRuns(endedBefore: endedBefore, limit: limit)
  }
  func unfinishedRuns(after: RunID?, limit: Int) async throws(StoreFault) -> [StoredRun] {
    try await store.unfinishedRuns(after: after, limit: limit)
  }
  func runbooksOfRuns() async throws(StoreFault) -> [String] { try await store.runbooksOfRuns() }
  func events(of run: RunID, after: Int) async throws(StoreFault) -> [StoredEvent] {
    if isDamaged.withLock({ $0 }) { throw .damaged(table: "run_event", column: "event") }
    return try await store.events(of: run, after: after)
  }
  func newestEvent(of run: RunID) async throws(StoreFault) -> Int { try await store.newestEvent(of: run) }
  func replayedRun(key: [UInt8]) async throws(StoreFault) -> RunID? { try await store.replayedRun(key: key) }
  func keptEpochs(endpoint: String) async throws(StoreFault) -> [String] {
    try await store.keptEpochs(endpoint: endpoint)
  }
  func keptReplays() async throws(StoreFault) -> [String: Int] { try await store.keptReplays() }
  func runKeySlots() async throws(StoreFault) -> Set<UInt32> { try await store.runKeySlots() }
  func bundle(_ id: BundleID) async throws(StoreFault) -> Envelope? { try await store.bundle(id) }
  func documents(_ kind: DocumentKind) async throws(StoreFault) -> [StoredDocument] {
    let found = try await store.documents(kind)
    let work = reading.withLock { reading in
      defer { reading = nil }
      return reading
    }
    await work?()
    return found
  }
  func document(_ kind: DocumentKind, id: String) async throws(StoreFault) -> StoredDocument? {
    try await store.document(kind, id: id)
  }
  func document(_ kind: DocumentKind, named: String) async throws(StoreFault) -> StoredDocument? {
    try await store.document(kind, named: named)
  }
  func strayDocuments(_ kind: DocumentKind) async throws(StoreFault) -> [StoredDocument] {
    try await store.strayDocuments(kind)
  }
  func isAnchored(_ document: StoredDocument) async throws(StoreFault) -> Bool { try await store.isAnchored(document) }
  func documentVersions(_ kind: DocumentKind, id: String) async throws(StoreFault) -> [StoredDocumentVersion] {
    try await store.documentVersions(kind, id: id)
  }
  func documentVersion(
    _ kind: DocumentKind, id: String, revision: UInt64
  ) async throws(StoreFault) -> StoredDocument? {
    try await store.documentVersion(kind, id: id, revision: revision)
  }
  func sealedRows(owner: String) async throws(StoreFault) -> [SealedRow] { try await store.sealedRows(owner: owner) }
  func secret(path: String) async throws(StoreFault) -> StoredSecret? { try await store.secret(path: path) }
  func secretVersions(path: String, limit: Int) async throws(StoreFault) -> [StoredSecret] {
    try await store.secretVersions(path: path, limit: limit)
  }
  func pastGrants(runbookID: String) async throws(StoreFault) -> [String] {
    try await store.pastGrants(runbookID: runbookID)
  }
  func secretPaths(prefix: String) async throws(StoreFault) -> [String] {
    try await store.secretPaths(prefix: prefix)
  }
  func grants(runbookID: String) async throws(StoreFault) -> [StoredGrant] {
    try await store.grants(runbookID: runbookID)
  }
  func token(hash: [UInt8]) async throws(StoreFault) -> StoredToken? { try await store.token(hash: hash) }
  func liveTokens() async throws(StoreFault) -> [StoredToken] { try await store.liveTokens() }
  func policies() async throws(StoreFault) -> [StoredPolicy] { try await store.policies() }
  func reveal(id: String) async throws(StoreFault) -> StoredReveal? { try await store.reveal(id: id) }
  func reveals() async throws(StoreFault) -> [StoredReveal] { try await store.reveals() }
  func login(named: String) async throws(StoreFault) -> StoredLogin? { try await store.login(named: named) }
  func loginNames() async throws(StoreFault) -> [String] { try await store.loginNames() }
  func namedKey(_ name: String) async throws(StoreFault) -> StoredNamedKey? { try await store.namedKey(name) }
  func keyMaterial(_ name: String, version: UInt32) async throws(StoreFault) -> Envelope? {
    try await store.keyMaterial(name, version: version)
  }
  func namedKeyNames() async throws(StoreFault) -> [String] { try await store.namedKeyNames() }
  func anchor(_ reading: AnchorReading) async throws(StoreFault) -> AnchorCheckpoint { try await store.anchor(reading) }
  func anchorCheckpoint() async throws(StoreFault) -> AnchorCheckpoint? { try await store.anchorCheckpoint() }
  func ledgerState() async throws(StoreFault) -> LedgerState { try await store.ledgerState() }
  func ledgerHead() async throws(StoreFault) -> String? { try await store.ledgerHead() }
  func ledgerRows(from first: UInt64, limit: Int) async throws(StoreFault) -> [LedgerRow] {
    try await store.ledgerRows(from: first, limit: limit)
  }
  func cells(
    _ table: SealedTable, notUnder term: UInt32, after: SealedCell?, limit: Int
  ) async throws(StoreFault) -> [SealedCell] {
    try await store.cells(table, notUnder: term, after: after, limit: limit)
  }
  func setting(_ name: String) async throws(StoreFault) -> [UInt8]? { try await store.setting(name) }
  func lastNotedTime() async throws(StoreFault) -> Instant? { try await store.lastNotedTime() }
  func close() async { await store.close() }
}

/// A renewal that begins while another one is held between its reading and its setting.
final class LaterRenewal: Sendable {
  /// Under the lock: what renews.
  private let renewal = Mutex<Task<Void, any Error>?>(nil)
  private let hasEnded = Mutex(false)

  /// Begins it, and comes back when it has ended, or waits for its turn.
  func begin(waiting: @Sendable () -> Int, _ renew: @escaping @Sendable () async throws -> Void) async {
    let task = Task {
      defer { self.hasEnded.withLock { $0 = true } }
      try await renew()
    }
    renewal.withLock { $0 = task }
    while !hasEnded.withLock({ $0 }), waiting() == 0 { await Task.yield() }
  }

  func end() async throws {
    if let renewal = renewal.withLock({ $0 }) { try await renewal.value }
  }
}
