package import Keyring
package import RunEngine
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
  /// Documents that were refused: rendered lines, `file:line:column: error: …`.
  case documents([String])
  /// Too much is waiting; try again after so many seconds.
  case busy(retryAfterSeconds: Int)
  case plan(PlanFault)
  case run(RunFault)
  case keyring(KeyringError)
  case store(StoreFault)

  /// The fault of whatever was thrown below.
  package init(_ error: any Error) {
    switch error {
    case let fault as ServiceFault: self = fault
    case KeyringError.sealed: self = .sealed
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

  /// One sentence for the caller, with the remedy where there is one.
  package var sentence: String {
    switch self {
    case .sealed: "The service is sealed; `chancery operator unseal` opens it."
    case .notFound(let kind, let name): "There is no \(kind) `\(name)`."
    case .invalid(_, let sentence): sentence
    case .conflict(let sentence): sentence
    case .documents(let lines): lines.joined(separator: "\n")
    case .busy(let seconds): "Too much is waiting; try again in \(seconds) seconds."
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
    case .historyMoved: "The run has gone on in the meantime."
    case .nameTaken(let kind, let name): "Name must be unique: a \(kind.rawValue) `\(name)` exists already."
    case .revisionMoved(let name): "`\(name)` was changed by somebody else in the meantime; read it again."
    case .notFound(let name): "There is no `\(name)`."
    case .tokenSpent: "The token has no use left."
    case .sealed: ServiceFault.sealed.sentence
    case .rowRestored(let table): StoreFault.rowRestored(table: table).sentence
    }
  }
}
