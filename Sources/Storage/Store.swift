package import Encodings
package import Keyring
package import Ledger
package import RunEngine

/// Where everything is kept. Each engine implements these intentions natively; one contract suite
/// (Tests/StoreContractTests) holds for all.
///
/// Writing goes through `commit` alone: one batch, one transaction, durable when it returns. Batches that
/// wait at the same time share one sync. A call whose task is cancelled may still be committed.
package protocol Store: AccountStore, SearchStore {
  /// Writes the batch. No row comes in whose texts an engine would end at U+0000 (`Intention.tableThatWouldCut`).
  /// Throws `CommitRefusal` (nothing written, the data disagrees) or `StoreFault`
  /// (whether it was written is unknown when the engine failed after the commit began: treat it as
  /// neither done nor undone).
  @discardableResult
  func commit(_ batch: WriteBatch) async throws -> CommitReceipt
  /// The same without a task: `done` is called once, by the writer, when the batch is durable or was not written. It must
  /// not wait for anything: every batch behind it does.
  func submit(_ batch: WriteBatch, then done: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void)

  func run(_ id: RunID) async throws(StoreFault) -> StoredRun?
  func runs(_ query: RunQuery) async throws(StoreFault) -> [StoredRun]
  /// Runs that ended before this time, the oldest first.
  func finishedRuns(endedBefore: Instant, limit: Int) async throws(StoreFault) -> [StoredRun]
  /// Queued and running runs, the oldest first: what a restarted service goes on with. With `after` only younger ones: the
  /// last of the page before.
  func unfinishedRuns(after: RunID?, limit: Int) async throws(StoreFault) -> [StoredRun]
  /// The runbooks that runs are of, whether they are there still or not, sorted.
  func runbooksOfRuns() async throws(StoreFault) -> [String]
  /// Events of a run with a sequence above `after`, in order.
  func events(of run: RunID, after: Int) async throws(StoreFault) -> [StoredEvent]
  /// The sequence of a run's newest event; 0 where it has none, or there is no such run.
  func newestEvent(of run: RunID) async throws(StoreFault) -> Int
  /// What the variables of a runbook were left with.
  func keptVariables(runbookID: String) async throws(StoreFault) -> [StoredKeptVariable]
  /// Answers to the questions of a run, the oldest first.
  func approvals(of run: RunID) async throws(StoreFault) -> [StoredApproval]
  /// The run that an accepted delivery started.
  func replayedRun(key: [UInt8]) async throws(StoreFault) -> RunID?
  /// How many names of deliveries each endpoint keeps for its keys; endpoints without any are left out.
  func keptReplays() async throws(StoreFault) -> [String: Int]
  /// The epochs for which an endpoint keeps deliveries, each once.
  func keptEpochs(endpoint: String) async throws(StoreFault) -> [String]
  /// Slots of the run-keys file that stored runs need, and days of the index.
  func runKeySlots() async throws(StoreFault) -> Set<UInt32>

  func bundle(_ id: BundleID) async throws(StoreFault) -> Envelope?
  func documents(_ kind: DocumentKind) async throws(StoreFault) -> [StoredDocument]
  func document(_ kind: DocumentKind, id: String) async throws(StoreFault) -> StoredDocument?
  func document(_ kind: DocumentKind, named: String) async throws(StoreFault) -> StoredDocument?
  /// Documents of a kind whose rows are not the ones that the ledger has, as they stand: for whoever can tell what they were
  /// (`isAnchored`), and for nothing else. Empty before `anchor`.
  func strayDocuments(_ kind: DocumentKind) async throws(StoreFault) -> [StoredDocument]
  /// Whether the ledger has this very row; false before `anchor`.
  func isAnchored(_ document: StoredDocument) async throws(StoreFault) -> Bool
  /// What is kept of a document's earlier saves, the newest first, without their texts. The stored document itself is not
  /// among them.
  func documentVersions(_ kind: DocumentKind, id: String) async throws(StoreFault) -> [StoredDocumentVersion]
  /// An earlier save of a document; nil where it is not kept or never was.
  func documentVersion(
    _ kind: DocumentKind, id: String, revision: UInt64
  ) async throws(StoreFault) -> StoredDocument?

  func sealedRows(owner: String) async throws(StoreFault) -> [SealedRow]
  /// The newest version of a secret.
  func secret(path: String) async throws(StoreFault) -> StoredSecret?
  /// Stored versions of a secret, the newest first, at most `limit`.
  func secretVersions(path: String, limit: Int) async throws(StoreFault) -> [StoredSecret]
  /// Paths below a prefix, sorted.
  func secretPaths(prefix: String) async throws(StoreFault) -> [String]
  func grants(runbookID: String) async throws(StoreFault) -> [StoredGrant]
  /// Paths that a runbook had a grant for which was taken away, with a deleted runbook too, sorted: its logs stay masked for
  /// them. They give no right, and are not anchored.
  func pastGrants(runbookID: String) async throws(StoreFault) -> [String]

  func token(hash: [UInt8]) async throws(StoreFault) -> StoredToken?
  /// Every token that is not revoked: for revoking what one of them made.
  func liveTokens() async throws(StoreFault) -> [StoredToken]
  func policies() async throws(StoreFault) -> [StoredPolicy]
  func reveal(id: String) async throws(StoreFault) -> StoredReveal?
  /// All that are stored, expired ones too, in the order of their ends.
  func reveals() async throws(StoreFault) -> [StoredReveal]
  func login(named: String) async throws(StoreFault) -> StoredLogin?
  /// Names, sorted.
  func loginNames() async throws(StoreFault) -> [String]

  func namedKey(_ name: String) async throws(StoreFault) -> StoredNamedKey?
  /// The sealed material of one version; nil where it was trimmed or never was.
  func keyMaterial(_ name: String, version: UInt32) async throws(StoreFault) -> Envelope?
  /// Names, sorted.
  func namedKeyNames() async throws(StoreFault) -> [String]

  /// The integration's token, whatever its settings.
  func integrationToken(_ integrationID: String) async throws(StoreFault) -> StoredIntegrationToken?

  /// Reads the ledger to its end, and compares every document, grant, login, named key, policy, reveal request and
  /// token with it from now on. Throws
  /// `ledgerBroken` where the rows do not follow from one another, or do not lead to the signed head and the stored
  /// state. Called again after each unseal.
  func anchor(_ reading: AnchorReading) async throws(StoreFault) -> AnchorCheckpoint
  /// Where the next reading may begin; nil before `anchor`.
  func anchorCheckpoint() async throws(StoreFault) -> AnchorCheckpoint?

  /// The ledger's state (size and frontier) as of the last commit.
  func ledgerState() async throws(StoreFault) -> LedgerState
  /// The newest signed head, as a signed note; nil before the first entry, or while there is no key.
  func ledgerHead() async throws(StoreFault) -> String?
  /// Rows from `first` on, at most `limit`.
  func ledgerRows(from first: UInt64, limit: Int) async throws(StoreFault) -> [LedgerRow]

  /// Sealed columns that are not under this term of the keyring, in the order of their keys, from behind `after` on.
  func cells(
    _ table: SealedTable, notUnder term: UInt32, after: SealedCell?, limit: Int
  ) async throws(StoreFault) -> [SealedCell]

  func setting(_ name: String) async throws(StoreFault) -> [UInt8]?
  /// The newest wall-clock reading that was noted.
  func lastNotedTime() async throws(StoreFault) -> Instant?

  /// Finishes what waits and closes; further calls throw `closed`.
  func close() async
}
