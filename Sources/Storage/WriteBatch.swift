package import Encodings
package import Keyring
package import Ledger
package import RunEngine

/// One thing to be written. Every intention of a batch is committed in one transaction together with the
/// batch's ledger entries, or none is.
package enum Intention: Sendable {
  /// A run and its first events. With a claim: refused as `duplicateDelivery` where one of its keys is known, else as
  /// `replayCapReached` where the endpoint may keep no more.
  case createRun(StoredRun, [StoredEvent], replay: ReplayClaim?)
  /// Further events of a run, and what its row says from now on. Refused as `historyMoved` unless the
  /// first event's sequence follows the last one stored.
  case appendEvents(RunID, [StoredEvent], row: StoredRun)
  /// Marks an unfinished run as to be cancelled, for whoever drives it, also after a restart; refused as
  /// `historyMoved` where there is none. A second request is left alone.
  case requestCancel(RunID, at: Instant)
  /// Pauses an unfinished run; refused as `historyMoved` where there is none. One that is paused already stays so since then.
  case pauseRun(RunID, RunPause)
  /// Lets a paused run go on; refused as `historyMoved` where it is over. Nothing happens to one that is not paused.
  case resumeRun(RunID)
  /// What was asked of a run that ends with this batch is asked of the one that it starts: its end, and its pause.
  case handDownRequests(from: RunID, to: RunID)
  /// A finished run with all its events; refused as `historyMoved` where there is none. Deliveries that started it stay
  /// known. Its key is to be destroyed after the commit.
  case deleteRun(RunID)
  /// The value that a variable has for the next run of its runbook; the one before is gone.
  case keepVariable(StoredKeptVariable)
  /// Clears one kept variable; refused as `notFound` where there is none.
  case forgetKeptVariable(runbookID: String, name: String)
  /// An answer to a request that asks for approval. A refusal takes the place of the same login's agreement, and stands;
  /// refused as `answerStands` where it changes nothing, as `historyMoved` where the run waits for no approval.
  case saveApproval(StoredApproval)
  /// Writes nothing; refused as `historyMoved` where somebody has refused the request.
  case expectNoRefusal(RunID, step: String, visit: Int)
  /// The documents that runs are pinned to; known ones are left alone.
  case saveBundle(BundleID, Envelope)
  /// Refused as `nameTaken` where another document of the kind has the name, as `revisionMoved` unless the
  /// revision follows the one stored (1 for a new one).
  case saveDocument(StoredDocument)
  /// Deletes a document with its earlier saves; refused as `notFound` where there is none, as `revisionMoved` where it is
  /// of another revision.
  case deleteDocument(DocumentKind, id: String, revision: UInt64)
  /// Writes nothing; refused as `revisionMoved` with the kind unless the documents of the kind are these, by id: what was
  /// decided over all of them holds no more.
  case expectDocuments(DocumentKind, revisions: [String: UInt64])
  /// What belongs to a runbook that is deleted and is in no record of its own: kept variables, schedule slots, pause,
  /// streak, figures. Deliveries that were taken stay known. Refused as `runsUnfinished` where a run of it is not over, as `revisionMoved` where a
  /// grant or a sealed value of it is left: one that came after what was read.
  case forgetRunbook(id: String, sealedOwner: String)
  /// Writes nothing; refused as `revisionMoved` where a sealed value of one of these owners is left.
  case expectNothingSealed(owners: [String])
  case saveSealedRow(SealedRow)
  case deleteSealedRow(SealedPlace)
  /// Refused as `revisionMoved` unless the version follows the newest stored.
  case saveSecret(StoredSecret)
  /// Deletes all versions of a path; refused as `notFound` where there is none.
  case deleteSecret(path: String)
  case saveGrant(StoredGrant)
  /// Takes a right away. That the runbook had it stays known (`Store.pastGrants`), for the masks of its logs.
  case deleteGrant(runbookID: String, secretPath: String)
  case saveToken(StoredToken)
  /// Takes one use from a token that counts them; refused as `tokenSpent` where none is left, or it is
  /// revoked.
  case useToken(hash: [UInt8])
  case revokeToken(hash: [UInt8])
  case savePolicy(StoredPolicy)
  case deletePolicy(name: String)
  /// Refused as `revisionMoved` unless the revision follows the one stored (1 for a new one): so of two that would take
  /// the same step one is refused.
  case saveReveal(StoredReveal)
  case deleteReveal(id: String)
  /// Refused as `revisionMoved` unless the revision follows the one stored (1 for a new one).
  case saveLogin(StoredLogin)
  /// Writes nothing; refused as `revisionMoved` unless this very login is stored: what was decided by it holds no more.
  case expectLogin(StoredLogin)
  /// Refused as `notFound` where there is none.
  case deleteLogin(name: String)
  /// A named key with the material of versions that are new, and without that of versions that were trimmed. Refused as
  /// `revisionMoved` unless the revision follows the one stored (1 for a new one).
  case saveNamedKey(StoredNamedKey, adding: [StoredKeyMaterial], removing: [UInt32])
  /// Deletes the key and all its material; refused as `notFound` where there is none.
  case deleteNamedKey(name: String)
  /// In the place of every other token of the integration. Refused as `revisionMoved` unless the generation is greater
  /// than theirs: so of two that were fetched at one time the later one stays.
  case saveIntegrationToken(StoredIntegrationToken)
  /// Left alone where there is none.
  case deleteIntegrationToken(integrationID: String)
  /// Puts a re-sealed value in the place of the one that was read; left alone where that is not there any more. Refused as
  /// `rowRestored` where the row is not the one that the ledger has.
  case reseal(SealedCell, with: Envelope)
  /// Removes deliveries that can no longer be replayed.
  case forgetReplays(before: Instant)
  /// Removes deliveries of an endpoint that are kept for a key which it no longer has, at most `limit` at once, so that
  /// the writer is not held up.
  case forgetKeptReplays(endpoint: String, epoch: String, limit: Int)
  /// Names the key of such deliveries anew.
  case renameKeptReplays(endpoint: String, epoch: String, to: String, limit: Int)
  /// The wall clock's newest reading: a later start compares with it.
  case noteTime(Instant)
  /// Puts that reading back to this one, and slots of schedules that were taken ahead of it: somebody looked at the clock.
  case resetTime(Instant)
  /// What goes on around runs.
  case account(AccountChange)
  /// The index that runs are found by.
  case search(SearchChange)
  /// A small named record of the installation (ids, public keys): in clear.
  case saveSetting(name: String, value: [UInt8])
  /// Writes nothing; refused as `revisionMoved` unless the record is stored with this value, or not at all where that is
  /// nil: so of two that would change it from the same state one is refused.
  case expectSetting(name: String, value: [UInt8]?)
}

/// What is committed together: one effect's outcome, the next one's intent, and their ledger entries.
package struct WriteBatch: Sendable {
  package var intentions: [Intention]
  package var ledger: [LedgerDraft]

  package init(_ intentions: [Intention] = [], ledger: [LedgerDraft] = []) {
    self.intentions = intentions
    self.ledger = ledger
  }

  /// Whether a sealed service may write it: it has no entry for the ledger that somebody would have to sign, but for the
  /// refusals that it counts.
  package var isForSealed: Bool {
    ledger.allSatisfy { $0.kind == .refusalSummary }
      && intentions.allSatisfy { intention in
        switch intention {
        case .noteTime, .forgetReplays: true
        default: false
        }
      }
  }
}

/// Why a batch was not written: a state of the data that its author must take into account. Nothing of
/// the batch is stored.
package enum CommitRefusal: Error, Equatable, Sendable {
  /// The delivery was accepted before and started this run.
  case duplicateDelivery(firstRun: RunID)
  /// The endpoint keeps as many deliveries as it may, and none of them can be forgotten yet.
  case replayCapReached(endpoint: String)
  case historyMoved(RunID)
  /// The login has answered for the request already, and its answer stays as it is.
  case answerStands(RunID)
  case nameTaken(kind: DocumentKind, name: String)
  case revisionMoved(name: String)
  case notFound(name: String)
  /// A runbook that would be deleted has runs that are not over.
  case runsUnfinished(runbook: String)
  case tokenSpent
  /// A start of this schedule, or a later one, was dealt with already.
  case slotTaken(runbook: String)
  /// The service is sealed: nobody can sign what the ledger would say.
  case sealed
  /// A row that would be changed in part is not the one that the ledger has: it was put back to an older state.
  case rowRestored(table: String)
  /// A text of a column holds U+0000, at which an engine may end it: the row would not be what the ledger has.
  case textWouldBeCut(table: String)
}

extension Intention {
  /// The table, where a text that would become a column of it holds U+0000: names, addresses and hosts that somebody gave, of
  /// rows that the ledger anchors, and of values that are found again by their names.
  package var tableThatWouldCut: String? {
    let columns: (table: String, texts: [String]) =
      switch self {
      case .saveDocument(let row): ("document", [row.id, row.name, row.savedBy ?? ""])
      case .saveGrant(let row):
        ("grant", [row.runbookID, row.secretPath, row.materialHash, row.grantedBy] + row.hosts)
      case .savePolicy(let row): ("policy", [row.name])
      case .saveReveal(let row): ("reveal", [row.id])
      case .saveLogin(let row): ("login", [row.name])
      case .saveNamedKey(let row, _, _): ("named_key", [row.name])
      case .saveSealedRow(let row): ("sealed_row", [row.place.owner, row.place.name, row.boundTo])
      case .saveSecret(let row): ("secret", [row.path] + (row.hosts ?? []))
      case .keepVariable(let row): ("kept_variable", [row.runbookID, row.name])
      case .saveIntegrationToken(let row): ("integration_token", [row.integrationID, row.settings])
      default: ("", [])
      }
    return columns.texts.contains { $0.utf8.contains(0) } ? columns.table : nil
  }
}

/// A committed batch: durable when it is returned.
package struct CommitReceipt: Equatable, Sendable {
  /// The number of ledger entries after this batch.
  package var ledgerSize: UInt64
  /// What came into the outbox with it.
  package var outbox: [OutboxItem]

  package init(ledgerSize: UInt64, outbox: [OutboxItem] = []) {
    self.ledgerSize = ledgerSize
    self.outbox = outbox
  }
}
