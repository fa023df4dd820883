import Encodings
import GRDB
import Ledger
import Storage

/// What the intentions leave behind, for the ledger.
enum AnchorRows {
  /// The anchor of the row that an intention has just changed; nil for rows that are not anchored.
  static func anchor(after intention: Intention, in database: Database) throws -> LedgerAnchor? {
    switch intention {
    case .saveDocument(let document): document.anchor
    case .deleteDocument(let kind, let id, _): AnchoredTable.document.gone("\(kind.rawValue)/\(id)")
    case .saveGrant(let grant): grant.anchor
    case .deleteGrant(let runbookID, let secretPath):
      AnchoredTable.grant.gone(StoredGrant.rowName(runbookID: runbookID, secretPath: secretPath))
    case .saveToken(let token): token.anchor
    case .useToken(let hash), .revokeToken(let hash): try AccessRows.token(hash: hash, from: database)?.anchor
    case .savePolicy(let policy): policy.anchor
    case .deletePolicy(let name): AnchoredTable.policy.gone(name)
    case .saveReveal(let reveal): reveal.anchor
    case .deleteReveal(let id): AnchoredTable.reveal.gone(id)
    case .saveLogin(let login): login.anchor
    case .deleteLogin(let name): AnchoredTable.login.gone(name)
    case .saveNamedKey(let key, _, _): key.anchor
    case .deleteNamedKey(let name): AnchoredTable.namedKey.gone(name)
    case .reseal(let cell, _): try SealedCells.anchor(of: cell, in: database)
    case .expectLogin: nil
    case .createRun, .appendEvents, .requestCancel, .pauseRun, .resumeRun, .handDownRequests, .deleteRun,
      .keepVariable, .forgetKeptVariable, .saveApproval, .expectNoRefusal, .saveBundle, .forgetRunbook,
      .expectNothingSealed, .saveSealedRow, .deleteSealedRow, .saveSecret, .deleteSecret, .saveIntegrationToken,
      .deleteIntegrationToken, .forgetReplays, .forgetKeptReplays, .renameKeptReplays, .noteTime, .resetTime, .account,
      .search, .saveSetting, .expectSetting, .expectDocuments:
      nil
    }
  }
}
