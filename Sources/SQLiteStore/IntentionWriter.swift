import Encodings
import GRDB
import Keyring
import Ledger
import RunEngine
import Storage
import Synchronization

/// Turns batches into rows, inside one transaction. Holds the ledger's state and the book of anchored rows between
/// transactions: only the writer's thread steps them, the locks are for readers.
final class IntentionWriter: Sendable {
  private let ledger: Mutex<LedgerState>
  /// Under the lock: nil until the ledger has been read; rows are not compared before.
  private let book = Mutex<AnchorBook?>(nil)
  /// Let go of with each commit that changes a grant.
  let grants = StandingGrants()
  private let now: @Sendable () -> Instant
  /// Signs the head of a ledger state; nil while the service is sealed and has no key: then the last head stays.
  private let signHead: @Sendable (LedgerState) -> String?

  init(
    ledger: LedgerState, now: @escaping @Sendable () -> Instant, signHead: @escaping @Sendable (LedgerState) -> String?
  ) {
    self.ledger = Mutex(ledger)
    self.now = now
    self.signHead = signHead
  }

  var ledgerState: LedgerState { ledger.withLock { $0 } }

  /// The anchored rows, as of the last commit; nil until `begin`.
  var anchorBook: AnchorBook? { book.withLock { $0 } }

  /// Rows are compared with this book from now on. Only inside the writer's turn, and only with the book of the present
  /// ledger.
  func begin(with book: AnchorBook) {
    self.book.withLock { $0 = book }
    grants.forget()
  }

  /// There is no key to sign the ledger with.
  private struct NoSigner: Error {}
  /// A batch was refused after it had written something, and has no savepoint to go back to.
  private struct NeedsSavepoints: Error {}

  /// What the batches of a group that were not refused leave to be done once for all of them.
  private struct Gathered {
    var anchors: [LedgerAnchor] = []
    var tallies = GatheredTallies()
  }

  /// How a group is written.
  private struct Manner {
    /// Each batch stands in a savepoint of its own. SQLite then keeps a copy of every page that a batch touches, so a
    /// group is first tried without: nearly all refusals come before a batch has written anything.
    var hasSavepoints = false
    /// There is no key: batches that a sealed service does not write are refused as `sealed`.
    var isSealed = false
  }

  /// One transaction for all batches. A refused batch is rolled back alone; an engine error rolls back everything and is
  /// thrown. Without a key, batches that a sealed service does not write are refused as `sealed`.
  func write(_ batches: [WriteBatch], to database: Database) throws -> [Result<CommitReceipt, any Error>] {
    var manner = Manner()
    while true {
      do {
        return try write(batches, to: database, in: manner)
      } catch is NoSigner where !manner.isSealed {
        manner.isSealed = true
      } catch is NeedsSavepoints where !manner.hasSavepoints {
        manner.hasSavepoints = true
      }
    }
  }

  private func write(
    _ batches: [WriteBatch], to database: Database, in manner: Manner
  ) throws -> [Result<CommitReceipt, any Error>] {
    var state = ledgerState
    let sizeBefore = state.size
    var answers: [Result<CommitReceipt, any Error>] = []
    var gathered = Gathered()
    var needsSigner = false
    try database.beginTransaction(.immediate)
    do {
      for batch in batches {
        if manner.isSealed, !batch.isForSealed {
          answers.append(.failure(CommitRefusal.sealed))
          continue
        }
        let answer =
          manner.hasSavepoints
          ? try applyAlone(batch, state: &state, gathered: &gathered, to: database)
          : try applyPlainly(batch, state: &state, gathered: &gathered, to: database)
        if case .success = answer, !batch.isForSealed { needsSigner = true }
        answers.append(answer)
      }
      try gathered.tallies.write(to: database)
      if state.size != sizeBefore {
        let head = signHead(state)
        if head == nil, needsSigner { throw NoSigner() }
        try database.cachedStatement(
          sql: """
            INSERT INTO ledger_state (id, state, head) VALUES (1, ?, ?)
            ON CONFLICT (id) DO UPDATE SET state = excluded.state, head = coalesce(excluded.head, head)
            """
        ).execute(arguments: [Blob.of(state.serialised), head])
      }
      try database.commit()
    } catch {
      if database.isInsideTransaction { try? database.rollback() }
      throw error
    }
    ledger.withLock { $0 = state }
    if !gathered.anchors.isEmpty {
      book.withLock { $0?.take(gathered.anchors) }
      if gathered.anchors.contains(where: { $0.table == AnchoredTable.grant.rawValue }) { grants.forget() }
    }
    return answers
  }

  /// In a savepoint: whatever a refused batch wrote is undone.
  private func applyAlone(
    _ batch: WriteBatch, state: inout LedgerState, gathered: inout Gathered, to database: Database
  ) throws -> Result<CommitReceipt, any Error> {
    try database.execute(sql: "SAVEPOINT batch")
    do {
      let outbox = try apply(batch, state: &state, gathered: &gathered, to: database)
      try database.execute(sql: "RELEASE batch")
      return .success(CommitReceipt(ledgerSize: state.size, outbox: outbox))
    } catch let refusal as CommitRefusal {
      try database.execute(sql: "ROLLBACK TO batch")
      try database.execute(sql: "RELEASE batch")
      return .failure(refusal)
    }
  }

  /// Without one. Throws `NeedsSavepoints` where a refused batch has written something.
  private func applyPlainly(
    _ batch: WriteBatch, state: inout LedgerState, gathered: inout Gathered, to database: Database
  ) throws -> Result<CommitReceipt, any Error> {
    let writtenBefore = database.totalChangesCount
    do {
      let outbox = try apply(batch, state: &state, gathered: &gathered, to: database)
      return .success(CommitReceipt(ledgerSize: state.size, outbox: outbox))
    } catch let refusal as CommitRefusal {
      guard database.totalChangesCount == writtenBefore else { throw NeedsSavepoints() }
      return .failure(refusal)
    }
  }

  /// State and anchors are brought up to date only where nothing of the batch was refused.
  private func apply(
    _ batch: WriteBatch, state: inout LedgerState, gathered: inout Gathered, to database: Database
  ) throws -> [OutboxItem] {
    var changed: [LedgerAnchor] = []
    var tallies = GatheredTallies()
    var outbox: [OutboxItem] = []
    for intention in batch.intentions {
      if let table = intention.tableThatWouldCut { throw CommitRefusal.textWouldBeCut(table: table) }
      try check(intention, after: gathered.anchors, changed, in: database)
      outbox += try apply(intention, &tallies, to: database)
      if let anchor = try AnchorRows.anchor(after: intention, in: database) { changed.append(anchor) }
    }
    let entries = changed.isEmpty ? batch.ledger : batch.ledger + LedgerDraft.anchors(changed)
    let appended = LedgerAppend.append(state: state, entries: entries, at: now())
    if !appended.rows.isEmpty {
      let insert = try QuickStatement("INSERT INTO ledger (position, entry) VALUES (?, ?)", in: database)
      for row in appended.rows { try insert.run(.integer(Int64(row.index)), .blob(row.bytes)) }
    }
    state = appended.state
    gathered.anchors += changed
    gathered.tallies.add(tallies)
    return outbox
  }

  /// What changes a part of a row vouches for the rest of it: so the row must be the one that was anchored last.
  private func check(
    _ intention: Intention, after earlier: [LedgerAnchor], _ own: [LedgerAnchor], in database: Database
  ) throws {
    let row: LedgerAnchor? =
      switch intention {
      case .useToken(let hash): try AccessRows.token(hash: hash, from: database)?.anchor
      case .reseal(let cell, _): try SealedCells.anchor(of: cell, in: database)
      default: nil
      }
    guard let standing = row, let book = anchorBook else { return }
    let isStanding =
      if let newest = (earlier + own).last(where: { $0.table == standing.table && $0.row == standing.row }) {
        newest == standing
      } else {
        book.holds(standing)
      }
    if !isStanding { throw CommitRefusal.rowRestored(table: standing.table) }
  }

  /// Gives what came into the outbox.
  private func apply(
    _ intention: Intention, _ tallies: inout GatheredTallies, to database: Database
  ) throws -> [OutboxItem] {
    switch intention {
    case .search(let change): try SearchRows.apply(change, in: database)
    case .account(let change): return try AccountRows.apply(change, &tallies, in: database)
    case .createRun(let run, let events, let replay):
      if let replay { try ReplayRows.claim(replay, run: run.id, in: database) }
      try RunRows.insert(run, into: database)
      // The run is new: it has no events yet.
      try RunRows.insert(events, of: run.id, after: 0, into: database)
    case .appendEvents(let run, let events, let row):
      guard row.id == run else { throw CommitRefusal.historyMoved(run) }
      try RunRows.append(events, to: run, in: database)
      try RunRows.update(row, in: database)
    case .requestCancel(let run, let at): try RunRows.requestCancel(of: run, at: at, in: database)
    case .pauseRun(let run, let pause): try RunRows.pause(run, pause, in: database)
    case .resumeRun(let run): try RunRows.resume(run, in: database)
    case .handDownRequests(let old, let new): try RunRows.handDownRequests(from: old, to: new, in: database)
    case .deleteRun(let run): try RunRows.delete(run, in: database)
    case .keepVariable, .forgetKeptVariable, .saveApproval, .expectNoRefusal:
      try ChainRows.apply(intention, in: database)
    case .saveBundle(let id, let text):
      try database.cachedStatement(sql: "INSERT OR IGNORE INTO bundle (id, text) VALUES (?, ?)")
        .execute(arguments: [id.hex, Blob.of(text.bytes)])
    case .saveDocument(let document): try DocumentRows.save(document, in: database)
    case .deleteDocument(let kind, let id, let revision):
      try DocumentRows.delete(kind, id: id, revision: revision, in: database)
    case .expectDocuments(let kind, let revisions): try DocumentRows.expect(kind, revisions, in: database)
    case .forgetRunbook(let id, let owner): try RunbookRemains.delete(id, sealedOwner: owner, in: database)
    case .expectNothingSealed(let owners): try RunbookRemains.expectNothingSealed(owners, in: database)
    case .saveSealedRow(let row): try DocumentRows.save(row, in: database)
    case .deleteSealedRow(let place): try DocumentRows.delete(place, in: database)
    case .saveSecret(let secret): try SecretRows.save(secret, in: database)
    case .deleteSecret(let path):
      try database.execute(sql: "DELETE FROM secret WHERE path = ?", arguments: [path])
      if database.changesCount == 0 { throw CommitRefusal.notFound(name: path) }
    case .saveGrant(let grant):
      try SecretRows.save(grant, in: database)
    case .deleteGrant(let runbookID, let secretPath):
      try SecretRows.deleteGrant(of: runbookID, secretPath: secretPath, in: database)
    case .saveToken, .useToken, .revokeToken, .savePolicy, .deletePolicy:
      try AccessRows.apply(intention, in: database)
    case .reseal(let cell, let envelope):
      try SealedCells.reseal(cell, with: envelope, in: database)
    case .saveReveal, .deleteReveal, .saveLogin, .expectLogin, .deleteLogin:
      try PersonRows.apply(intention, in: database)
    case .saveNamedKey(let key, let materials, let gone):
      try KeyRows.save(key, adding: materials, removing: gone, in: database)
    case .deleteNamedKey(let name): try KeyRows.delete(name, in: database)
    case .saveIntegrationToken(let token): try TokenRows.save(token, in: database)
    case .deleteIntegrationToken(let id): try TokenRows.delete(id, in: database)
    case .forgetReplays(let before):
      try ReplayRows.forget(before: before, in: database)
    case .forgetKeptReplays, .renameKeptReplays: try ReplayRows.changeKept(intention, in: database)
    case .noteTime(let at):
      try database.cachedStatement(
        sql: "INSERT INTO noted_time (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)"
      ).execute(arguments: [at.millisecondsSinceEpoch])
    case .resetTime(let at):
      try database.execute(
        sql: "INSERT OR REPLACE INTO noted_time (id, at) VALUES (1, ?)", arguments: [at.millisecondsSinceEpoch])
      try ScheduleRows.resetTime(to: at, in: database)
    case .saveSetting(let name, let value):
      try database.execute(
        sql: "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", arguments: [name, Blob.of(value)])
    case .expectSetting(let name, let value): try DocumentRows.expectSetting(name, value, in: database)
    }
    return []
  }
}
