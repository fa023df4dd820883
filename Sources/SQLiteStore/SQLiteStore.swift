package import Encodings
import Foundation
import GRDB
package import Keyring
package import Ledger
package import RunEngine
package import Storage
import Synchronization

/// The embedded store: one SQLite database in the data folder, one writer with group commit, readers beside
/// it. Holds the exclusive lock on the folder for as long as it lives.
package final class SQLiteStore: Store {
  /// What the store is told from outside.
  package struct Configuration: Sendable {
    /// The data folder; the database is `chancery.db` in it.
    package var folder: String
    /// The wall clock, for the times of ledger entries.
    package var now: @Sendable () -> Instant
    /// Signs the head of a ledger state; nil while there is no key.
    package var signHead: @Sendable (LedgerState) -> String?
    /// Called when a sync failed: what is on disk is unknown from then on, so the process must end.
    package var onFailedSync: @Sendable () -> Never

    package init(
      folder: String, now: @escaping @Sendable () -> Instant, signHead: @escaping @Sendable (LedgerState) -> String?,
      onFailedSync: @escaping @Sendable () -> Never
    ) {
      self.folder = folder
      self.now = now
      self.signHead = signHead
      self.onFailedSync = onFailedSync
    }
  }

  /// The format that this release writes.
  package static let schemaVersion = 11

  private let lock: FolderLock
  private let pool: DatabasePool
  private let lookUps: LookUps
  private let writer: IntentionWriter
  private let group: GroupCommit
  /// Under the lock: whether the store was closed.
  private let isClosed = Mutex(false)

  /// Locks the folder, opens or makes the database, brings it to the present format and checks every
  /// setting on which durability depends.
  package init(_ configuration: Configuration) throws(StoreFault) {
    lock = try FolderLock(folder: configuration.folder)
    let path = "\(configuration.folder)/chancery.db"
    // Before SQLite sees the file: opening alone may write to it.
    let found = DatabaseHeader.version(of: path)
    guard found <= Self.schemaVersion else { throw .newerSchema(found: found, known: Self.schemaVersion) }
    do {
      pool = try Self.open(path)
      try Self.migrate(pool)
      lookUps = try LookUps(
        path: path, count: ProcessInfo.processInfo.activeProcessorCount, configuration: Self.connection)
      let state = try pool.read { database in try LedgerRows.state(from: database) }
      writer = IntentionWriter(ledger: state, now: configuration.now, signHead: configuration.signHead)
      group = GroupCommit(pool: pool, writer: writer, onFailedSync: configuration.onFailedSync)
    } catch {
      throw Self.opening(error, path: path, folder: configuration.folder)
    }
  }

  /// What every connection has.
  private static var connection: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(5)
    // Errors never show the arguments of a statement.
    configuration.publicStatementArguments = false
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
      try database.execute(sql: "PRAGMA mmap_size = 0")
      try database.execute(sql: "PRAGMA trusted_schema = OFF")
    }
    return configuration
  }

  private static func open(_ path: String) throws -> DatabasePool {
    var configuration = connection
    configuration.maximumReaderCount = 4
    configuration.label = "chancery"
    let pool = try DatabasePool(path: path, configuration: configuration)
    // After opening: the pool has set `synchronous` to NORMAL by now.
    try pool.writeWithoutTransaction { database in
      try Pragmas.apply(to: database)
      // Names of deliveries come in no order: 16 MB of pages hold the leaves of some hundred thousand of them.
      try database.execute(sql: "PRAGMA cache_size = -16384")
    }
    return pool
  }

  private static func migrate(_ pool: DatabasePool) throws {
    try pool.writeWithoutTransaction { database in
      let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
      guard found <= schemaVersion else { throw StoreFault.newerSchema(found: found, known: schemaVersion) }
      let steps = [
        V01.statements, V02.statements, V03.statements, V04.statements, V05.statements, V06.statements, V07.statements,
        V08.statements, V09.statements, V10.statements, V11.statements,
      ]
      for (index, statements) in steps.enumerated() where found <= index {
        try database.inTransaction(.immediate) {
          for statement in statements { try database.execute(sql: statement) }
          try database.execute(sql: "PRAGMA user_version = \(index + 1)")
          return .commit
        }
      }
    }
  }

  private static func opening(_ error: any Error, path: String, folder: String) -> StoreFault {
    switch StoreFault(error, during: "opening") {
    case .folderReadOnly: .folderReadOnly(path: folder)
    case .notADatabase: .notADatabase(path: path)
    case .damagedDatabase: .damagedDatabase(path: path)
    case let fault: fault
    }
  }

  @discardableResult
  package func commit(_ batch: WriteBatch) async throws -> CommitReceipt {
    try await group.commit(batch)
  }

  package func submit(
    _ batch: WriteBatch, then done: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void
  ) {
    group.submit(batch, then: done)
  }

  package func close() async {
    await group.close()
    isClosed.withLock { $0 = true }
    lookUps.close()
    try? pool.close()
  }

  // MARK: Reading

  func read<Value: Sendable>(
    _ name: String, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreFault) -> Value {
    if isClosed.withLock({ $0 }) { throw .closed }
    do {
      return try await pool.read(body)
    } catch {
      throw StoreFault(error, during: name)
    }
  }

  /// As `read`, where it is called: a look-up by key takes less time than handing it to another thread and back. Not for
  /// what reads many rows: the threads that run tasks are few (`LookUps`).
  private func lookUp<Value>(_ name: String, _ body: (Database) throws -> Value) throws(StoreFault) -> Value {
    if isClosed.withLock({ $0 }) { throw .closed }
    do {
      return try lookUps.read(body)
    } catch {
      throw StoreFault(error, during: name)
    }
  }

  /// As `lookUp`, for rows that the ledger anchors. A reader may see a commit before the book does, or after: what differs
  /// is read once more in the writer's turn, where both are of one moment.
  private func readAnchored<Value: Sendable>(
    _ name: String, _ table: AnchoredTable, _ body: @escaping @Sendable (Database) throws -> Value,
    isStanding: @escaping @Sendable (Value, AnchorBook) -> Bool
  ) async throws(StoreFault) -> Value {
    let value = try lookUp(name, body)
    guard let book = writer.anchorBook, !isStanding(value, book) else { return value }
    do {
      return try await pool.writeWithoutTransaction { [writer] database in
        let value = try body(database)
        guard let book = writer.anchorBook, isStanding(value, book) else {
          throw StoreFault.rowRestored(table: table.rawValue)
        }
        return value
      }
    } catch {
      throw StoreFault(error, during: name)
    }
  }

  /// In the writer's turn, where the rows and the book are of one moment.
  private func inTurn<Value: Sendable>(
    _ name: String, _ body: @escaping @Sendable (Database, AnchorBook?) throws -> Value
  ) async throws(StoreFault) -> Value {
    if isClosed.withLock({ $0 }) { throw .closed }
    do {
      return try await pool.writeWithoutTransaction { [writer] database in try body(database, writer.anchorBook) }
    } catch {
      throw StoreFault(error, during: name)
    }
  }

  private static let ledgerPage = 4096

  package func anchor(_ reading: AnchorReading) async throws(StoreFault) -> AnchorCheckpoint {
    if isClosed.withLock({ $0 }) { throw .closed }
    do {
      return try await pool.writeWithoutTransaction { [writer] database in
        var reading = reading
        do {
          while true {
            let next = reading.reached.state.size
            let rows = try LedgerRows.rows(from: next, limit: Self.ledgerPage, in: database)
            for row in rows { try reading.take(row) }
            if rows.count < Self.ledgerPage { break }
          }
          let reached = try reading.finish(stored: writer.ledgerState)
          writer.begin(with: reached.book)
          return reached
        } catch let fault as LedgerFault {
          throw StoreFault.ledgerBroken(fault)
        }
      }
    } catch {
      throw StoreFault(error, during: "anchor")
    }
  }

  package func anchorCheckpoint() async throws(StoreFault) -> AnchorCheckpoint? {
    if isClosed.withLock({ $0 }) { throw .closed }
    do {
      return try await pool.writeWithoutTransaction { [writer] _ in
        writer.anchorBook.map { AnchorCheckpoint(state: writer.ledgerState, book: $0) }
      }
    } catch {
      throw StoreFault(error, during: "anchorCheckpoint")
    }
  }

  package func run(_ id: RunID) async throws(StoreFault) -> StoredRun? {
    try lookUp("run") { try RunRows.fetch(id, from: $0) }
  }

  package func runs(_ query: RunQuery) async throws(StoreFault) -> [StoredRun] {
    try await read("runs") { try RunRows.fetch(query, from: $0) }
  }

  package func finishedRuns(endedBefore: Instant, limit: Int) async throws(StoreFault) -> [StoredRun] {
    try await read("finishedRuns") { try RunRows.finished(before: endedBefore, limit: limit, from: $0) }
  }

  package func unfinishedRuns(after: RunID?, limit: Int) async throws(StoreFault) -> [StoredRun] {
    try await read("unfinishedRuns") { try RunRows.unfinished(after: after, limit: limit, from: $0) }
  }

  package func runbooksOfRuns() async throws(StoreFault) -> [String] {
    try await read("runbooksOfRuns") { try RunRows.runbooks(from: $0) }
  }

  package func events(of run: RunID, after: Int) async throws(StoreFault) -> [StoredEvent] {
    try lookUp("events") { try RunRows.events(of: run, after: after, from: $0) }
  }

  package func newestEvent(of run: RunID) async throws(StoreFault) -> Int {
    try lookUp("newestEvent") { try RunRows.newestEvent(of: run, from: $0) }
  }

  package func keptVariables(runbookID: String) async throws(StoreFault) -> [StoredKeptVariable] {
    try await read("keptVariables") { try ChainRows.keptVariables(of: runbookID, from: $0) }
  }

  package func approvals(of run: RunID) async throws(StoreFault) -> [StoredApproval] {
    try await read("approvals") { try ChainRows.approvals(of: run, from: $0) }
  }

  package func replayedRun(key: [UInt8]) async throws(StoreFault) -> RunID? {
    try lookUp("replayedRun") { try ReplayRows.first(key, in: $0) }
  }

  package func keptEpochs(endpoint: String) async throws(StoreFault) -> [String] {
    try await read("keptEpochs") { try ReplayRows.epochs(endpoint: endpoint, in: $0) }
  }

  package func keptReplays() async throws(StoreFault) -> [String: Int] {
    try await read("keptReplays") { try ReplayRows.kept(in: $0) }
  }

  package func runKeySlots() async throws(StoreFault) -> Set<UInt32> {
    try await read("runKeySlots") { try RunRows.keySlots(from: $0) }
  }

  package func bundle(_ id: BundleID) async throws(StoreFault) -> Envelope? {
    try lookUp("bundle") { database in
      try Row.fetchOne(database.cachedStatement(sql: "SELECT text FROM bundle WHERE id = ?"), arguments: [id.hex])
        .map { try Blob.envelope($0, "text", table: "bundle") }
    }
  }

  package func documents(_ kind: DocumentKind) async throws(StoreFault) -> [StoredDocument] {
    try await readAnchored("documents", .document, { try DocumentRows.all(kind, from: $0) }) { documents, book in
      documents.allSatisfy { book.holds($0.anchor) }
    }
  }

  package func document(_ kind: DocumentKind, id: String) async throws(StoreFault) -> StoredDocument? {
    try await readAnchored("document", .document, { try DocumentRows.one(kind, id: id, from: $0) }) { document, book in
      document.map { book.holds($0.anchor) } ?? true
    }
  }

  package func document(_ kind: DocumentKind, named name: String) async throws(StoreFault) -> StoredDocument? {
    try await readAnchored("document", .document, { try DocumentRows.one(kind, named: name, from: $0) }) {
      document, book in
      document.map { book.holds($0.anchor) } ?? true
    }
  }

  package func strayDocuments(_ kind: DocumentKind) async throws(StoreFault) -> [StoredDocument] {
    try await inTurn("strayDocuments") { database, book in
      guard let book else { return [] }
      return try DocumentRows.all(kind, from: database).filter { !book.holds($0.anchor) }
    }
  }

  package func isAnchored(_ document: StoredDocument) async throws(StoreFault) -> Bool {
    try await inTurn("isAnchored") { _, book in book?.holds(document.anchor) ?? false }
  }

  package func documentVersions(
    _ kind: DocumentKind, id: String
  ) async throws(StoreFault) -> [StoredDocumentVersion] {
    try lookUp("documentVersions") { try DocumentRows.versions(kind, id: id, from: $0) }
  }

  package func documentVersion(
    _ kind: DocumentKind, id: String, revision: UInt64
  ) async throws(StoreFault) -> StoredDocument? {
    try lookUp("documentVersion") { try DocumentRows.version(kind, id: id, revision: revision, from: $0) }
  }

  package func sealedRows(owner: String) async throws(StoreFault) -> [SealedRow] {
    try lookUp("sealedRows") { try DocumentRows.sealed(owner: owner, from: $0) }
  }

  package func secret(path: String) async throws(StoreFault) -> StoredSecret? {
    try lookUp("secret") { try SecretRows.newest(path: path, from: $0) }
  }

  package func secretVersions(path: String, limit: Int) async throws(StoreFault) -> [StoredSecret] {
    try lookUp("secretVersions") { try SecretRows.versions(path: path, limit: limit, from: $0) }
  }

  package func pastGrants(runbookID: String) async throws(StoreFault) -> [String] {
    try lookUp("pastGrants") { try SecretRows.pastGrants(runbook: runbookID, from: $0) }
  }

  package func secretPaths(prefix: String) async throws(StoreFault) -> [String] {
    try await read("secretPaths") { try SecretRows.paths(prefix: prefix, from: $0) }
  }

  package func grants(runbookID: String) async throws(StoreFault) -> [StoredGrant] {
    let read = try lookUp("grants") { try SecretRows.grants(runbook: runbookID, from: $0) }
    let (isStanding, generation) = writer.grants.hold(read, of: runbookID)
    if isStanding { return read }
    let grants = try await readAnchored("grants", .grant, { try SecretRows.grants(runbook: runbookID, from: $0) }) {
      grants, book in
      grants.allSatisfy { book.holds($0.anchor) }
    }
    // Without a book nothing was held against it.
    if writer.anchorBook != nil { writer.grants.keep(grants, of: runbookID, generation: generation) }
    return grants
  }

  package func token(hash: [UInt8]) async throws(StoreFault) -> StoredToken? {
    try await readAnchored("token", .token, { try AccessRows.token(hash: hash, from: $0) }) { token, book in
      token.map { book.holds($0.anchor) } ?? true
    }
  }

  package func liveTokens() async throws(StoreFault) -> [StoredToken] {
    try await readAnchored("liveTokens", .token, { try AccessRows.liveTokens(from: $0) }) { tokens, book in
      tokens.allSatisfy { book.holds($0.anchor) }
    }
  }

  package func policies() async throws(StoreFault) -> [StoredPolicy] {
    // Also whether one is missing: it may be the one that denies.
    try await readAnchored("policies", .policy, { try AccessRows.policies(from: $0) }) { policies, book in
      policies.count == book.count(of: AnchoredTable.policy.rawValue) && policies.allSatisfy { book.holds($0.anchor) }
    }
  }

  package func reveal(id: String) async throws(StoreFault) -> StoredReveal? {
    try await readAnchored("reveal", .reveal, { try PersonRows.reveal(id: id, from: $0) }) { reveal, book in
      reveal.map { book.holds($0.anchor) } ?? true
    }
  }

  package func reveals() async throws(StoreFault) -> [StoredReveal] {
    try await readAnchored("reveals", .reveal, { try PersonRows.reveals(from: $0) }) { reveals, book in
      reveals.allSatisfy { book.holds($0.anchor) }
    }
  }

  package func login(named name: String) async throws(StoreFault) -> StoredLogin? {
    try await readAnchored("login", .login, { try PersonRows.login(named: name, from: $0) }) { login, book in
      login.map { book.holds($0.anchor) } ?? true
    }
  }

  package func loginNames() async throws(StoreFault) -> [String] {
    try await read("loginNames") { try PersonRows.loginNames(from: $0) }
  }

  package func namedKey(_ name: String) async throws(StoreFault) -> StoredNamedKey? {
    try await readAnchored("namedKey", .namedKey, { try KeyRows.key(name, from: $0) }) { key, book in
      key.map { book.holds($0.anchor) } ?? true
    }
  }

  package func keyMaterial(_ name: String, version: UInt32) async throws(StoreFault) -> Envelope? {
    try lookUp("keyMaterial") { try KeyRows.material(name, version: version, from: $0) }
  }

  package func namedKeyNames() async throws(StoreFault) -> [String] {
    try await read("namedKeyNames") { try KeyRows.names(from: $0) }
  }

  package func integrationToken(_ integrationID: String) async throws(StoreFault) -> StoredIntegrationToken? {
    try lookUp("integrationToken") { try TokenRows.token(of: integrationID, from: $0) }
  }

  package func cells(
    _ table: SealedTable, notUnder term: UInt32, after: SealedCell?, limit: Int
  ) async throws(StoreFault) -> [SealedCell] {
    try await read("cells") {
      try SealedCells.other(than: term, in: table, after: after, limit: limit, from: $0)
    }
  }

  package func ledgerState() async throws(StoreFault) -> LedgerState {
    if isClosed.withLock({ $0 }) { throw .closed }
    return writer.ledgerState
  }

  package func ledgerHead() async throws(StoreFault) -> String? {
    try await read("ledgerHead") { try LedgerRows.head(from: $0) }
  }

  package func ledgerRows(from first: UInt64, limit: Int) async throws(StoreFault) -> [LedgerRow] {
    try await read("ledgerRows") { try LedgerRows.rows(from: first, limit: limit, in: $0) }
  }

  package func setting(_ name: String) async throws(StoreFault) -> [UInt8]? {
    try await read("setting") { database in
      try Data.fetchOne(database.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"), arguments: [name])
        .map {
          [UInt8]($0)
        }
    }
  }

  package func lastNotedTime() async throws(StoreFault) -> Instant? {
    try await read("lastNotedTime") { database in
      try Int64.fetchOne(database.cachedStatement(sql: "SELECT at FROM noted_time WHERE id = 1"))
        .map { Instant(millisecondsSinceEpoch: $0) }
    }
  }
}
