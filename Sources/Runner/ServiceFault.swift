package import Keyring
import Labels
package import Ledger
import NamedKeys
package import RunEngine
import SecretStore
package import Storage

/// What an operation of the service answers instead of a result: each case is something that its caller can
/// act on. No value of anybody in it.
package enum ServiceFault: Error, Equatable, Sendable {
  case sealed
  /// Nothing of this kind has this id or name.
  case notFound(kind: String, name: String)
  /// The request is not what the operation takes; the text names the field.
  case invalid(field: String, sentence: String)
  /// A state of the data stands in the way: a name taken, an older revision, an inactive runbook.
  case conflict(String)
  /// The caller's policies do not allow a part of what was asked; the text says which.
  case denied(String)
  /// Documents that were refused: rendered lines, `file:line:column: error: …`.
  case documents([String])
  /// Too much is waiting; try again after so many seconds.
  case busy(retryAfterSeconds: Int)
  /// A stored value that does not open: it was moved, changed, or belongs to other keys. The reason is for the ledger.
  case cannotOpen(place: String, reason: String)
  case plan(PlanFault)
  case run(RunFault)
  case keyring(KeyringError)
  case store(StoreFault)

  /// The fault of whatever was thrown below.
  package init(_ error: any Error) {
    switch error {
    case let fault as ServiceFault: self = fault
    case KeyringError.sealed, DoorRefusal.cannotOpen(.sealed), SecretStoreError.cannotOpen(_, .cannotOpen(.sealed)):
      self = .sealed
    case DoorRefusal.cannotOpen(let reason):
      self = .cannotOpen(place: "a sealed value", reason: reason.ledgerWord)
    case SecretStoreError.cannotOpen(let path, .cannotOpen(let reason)):
      self = .cannotOpen(place: "the secret \(path)", reason: reason.ledgerWord)
    case SecretStoreError.cannotOpen(let path, _):
      self = .cannotOpen(place: "the secret \(path)", reason: "not a labelled value")
    case SecretStoreError.rowChanged(let path):
      self = .cannotOpen(place: "the secret \(path)", reason: "clear columns differ")
    case let error as SecretStoreError: self = .conflict(error.message)
    case NamedKeyError.damaged:
      self = .cannotOpen(place: "a named key", reason: "not a key of its record")
    case let error as NamedKeyError: self = Self.key(error)
    case let fault as KeyringError: self = .keyring(fault)
    case let fault as StoreFault: self = .store(fault)
    case let fault as PlanFault: self = .plan(fault)
    case RunFault.keyring(.sealed): self = .sealed
    case let fault as RunFault: self = .run(fault)
    case CommitRefusal.sealed: self = .sealed
    case let refusal as CommitRefusal: self = .conflict(refusal.sentence)
    default: self = .store(.engine(code: 1, during: "an operation"))
    }
  }

  private static func key(_ error: NamedKeyError) -> ServiceFault {
    let sentence = error.message.prefix(1).uppercased() + error.message.dropFirst() + "."
    return switch error {
    case .deleted, .exhausted, .versionTooOld, .unknownVersion, .purpose, .noPostQuantum, .damaged: .conflict(sentence)
    case .name: .invalid(field: "name", sentence: sentence)
    case .unsuited, .notDerivable: .invalid(field: "type", sentence: sentence)
    case .algorithm: .invalid(field: "algorithm", sentence: sentence)
    case .noPublicHalf: .invalid(field: "key", sentence: sentence)
    case .context: .invalid(field: "context", sentence: sentence)
    case .setting(let setting): .invalid(field: setting.rawValue, sentence: sentence)
    case .tooLarge, .malformed, .cannotOpen: .invalid(field: "text", sentence: sentence)
    }
  }

  /// One sentence for the caller, with the remedy where there is one.
  package var sentence: String {
    switch self {
    case .sealed: "The service is sealed; `chancery operator unseal` opens it."
    case .notFound(MailBook.serverKind, _): "There is no mail server; `chancery mail set` names one."
    case .notFound(let kind, let name): "There is no \(kind) `\(name)`."
    case .invalid(_, let sentence): sentence
    case .conflict(let sentence), .denied(let sentence): sentence
    case .documents(let lines): lines.joined(separator: "\n")
    case .busy(let seconds): "Too much is waiting; try again in \(seconds) seconds."
    case .cannotOpen(let place, DocumentLibrary.noDocument):
      "\(place.prefix(1).uppercased() + place.dropFirst()) is saved in a form that this release does not read, so nothing is "
        + "done with it. Delete it, go back to an earlier save (`chancery rollback`), or import it again (a runbook with "
        + "`chancery import --into`)."
    case .cannotOpen(let place, _):
      "\(place.prefix(1).uppercased() + place.dropFirst()) cannot be opened: it was changed outside the service, or belongs "
        + "to another installation. Enter it again, or restore the database from a backup."
    case .plan(let fault): fault.sentence
    case .run: "A stored run cannot be read; `chancery ledger verify` tells whether its rows were changed."
    case .keyring(let error): error.callerMessage
    case .store(let fault): fault.sentence
    }
  }
}

extension CommitRefusal {
  /// One sentence for whoever asked for the change.
  package var sentence: String {
    switch self {
    case .duplicateDelivery: "This delivery has been accepted before."
    case .replayCapReached: "As many deliveries are kept as the endpoint may keep."
    case .historyMoved: "The run has gone on in the meantime."
    case .answerStands: "You have answered for this request already."
    case .nameTaken(let kind, let name): "Name must be unique: a \(kind.rawValue) `\(name)` exists already."
    case .revisionMoved(let name): "`\(name)` was changed by somebody else in the meantime; read it again."
    case .notFound(let name): "There is no `\(name)`."
    case .runsUnfinished(let runbook):
      "Runs of `\(runbook)` are not over: wait for them, or cancel them (`chancery runs --runbook \(runbook)`)."
    case .tokenSpent: "The token has no use left."
    case .slotTaken: "This start of the schedule was dealt with already."
    case .sealed: ServiceFault.sealed.sentence
    case .rowRestored(let table): StoreFault.rowRestored(table: table).sentence
    case .textWouldBeCut(let table):
      "A text for the table `\(table)` holds U+0000, at which the database would end it; leave it out. Nothing was changed."
    }
  }
}

extension ServiceFault {
  /// What the ledger is told where a stored value does not open: which, and why. Nil for everything else.
  package func integrityDraft(actor: LedgerActor) -> LedgerDraft? {
    guard case .cannotOpen(let place, let reason) = self else { return nil }
    return LedgerDraft(kind: .secret, actor: actor, action: "open", subject: place, outcome: "cannot open: \(reason)")
  }
}

extension KeyringError {
  /// Why an envelope does not open, in a word of the ledger.
  var ledgerWord: String {
    switch self {
    case .notAnEnvelope, .wrongLength: "not an envelope"
    case .unknownVersion: "unknown version"
    case .unknownSuite: "unknown suite"
    case .unknownTerm: "unknown term"
    case .commitmentMismatch: "commitment mismatch"
    case .cannotOpen, .malformedPadding: "tag mismatch"
    default: "keyring"
    }
  }
}
