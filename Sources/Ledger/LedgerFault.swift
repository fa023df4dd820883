/// What is wrong with a ledger, a head or a state: the one error of this room. Rows are counted from 0. Carries
/// positions and sizes, never a part of an entry.
package enum LedgerFault: Error, Equatable, Sendable {
  // Of a ledger's rows.
  /// The row is not what was written: its text was changed.
  case changed(row: UInt64)
  /// The row is missing, and the later ones are not.
  case deleted(row: UInt64)
  /// A row stands there that was not written there.
  case inserted(row: UInt64)
  /// Another row stands there, and this one later.
  case reordered(row: UInt64)
  /// The row's number in the table is not the number in its text.
  case misplaced(row: UInt64)
  /// Rows at the end are missing: a signed head covers `size`.
  case truncated(rows: UInt64, size: UInt64)
  /// The rows hang together, but are not those that the head was signed over: one of the rows from `firstSuspect` to
  /// `size` was replaced, and what follows it was made to fit.
  case rewritten(firstSuspect: UInt64, size: UInt64)
  /// The ledger is an older one, or another: a head that was kept outside covers `size`.
  case rolledBack(rows: UInt64, size: UInt64)
  /// The rows are not a continuation of the head that was kept outside.
  case notAContinuation(size: UInt64)
  /// No signed head covers the row, and it is none that a sealed service writes.
  case unsigned(row: UInt64)
  /// The stored state does not follow from the rows.
  case stateDisagrees

  // Of a signed head.
  /// Not a checkpoint in the one form that this ledger writes; the step says what was looked at.
  case malformedHead(step: StaticString)
  /// No signature line is by a known key.
  case unknownKey
  /// A signature line by a known key does not verify.
  case wrongSignature
  /// The head is of another ledger.
  case otherOrigin
  /// A verifier key or an origin is not of its form.
  case malformedKey

  // Of a receipt.
  /// Not a receipt in the one form that is written; the step says what was looked at.
  case malformedReceipt(step: StaticString)

  // Of an export.
  /// The line (from 1) is none of an export's.
  case malformedExport(line: Int)

  package static func == (left: LedgerFault, right: LedgerFault) -> Bool {
    left.message == right.message
  }

  /// One sentence for people.
  package var message: String {
    switch self {
    case .changed(let row): "row \(row) was changed"
    case .deleted(let row): "row \(row) is missing"
    case .inserted(let row): "row \(row) was inserted"
    case .reordered(let row): "row \(row) was moved"
    case .misplaced(let row): "row \(row) has another number than its text"
    case .truncated(let rows, let size): "the ledger ends after \(rows) rows, but a signed head covers \(size)"
    case .rewritten(let first, let size):
      "the rows are not those that the head of size \(size) was signed over: "
        + "row \(first) or a later one was replaced, and the rows after it were made to fit"
    case .rolledBack(let rows, let size):
      "the ledger has \(rows) rows, but the given head covers \(size): it was rolled back"
    case .notAContinuation(let size): "the first \(size) rows are not those of the given head: the history was replaced"
    case .unsigned(let row): "row \(row) is covered by no signed head"
    case .stateDisagrees: "the stored state does not follow from the rows"
    case .malformedHead(let step): "the signed head is malformed: \(step)"
    case .unknownKey: "the head is signed by no known key"
    case .wrongSignature: "the signature of the head does not verify"
    case .otherOrigin: "the head is of another ledger"
    case .malformedKey: "the verifier key is malformed"
    case .malformedReceipt(let step): "the receipt is malformed: \(step)"
    case .malformedExport(let line): "line \(line) is none of a ledger export"
    }
  }
}

extension LedgerFault {
  /// The same of a receipt, which is a signed note as a head is, and none: one sentence for people.
  package var receiptMessage: String {
    switch self {
    case .unknownKey: "it is signed by none of the given keys"
    case .wrongSignature: "the signature of the given key does not verify, so the receipt was changed"
    case .otherOrigin: "it is of another ledger than the given key"
    case .malformedReceipt, .malformedHead, .malformedKey, .malformedExport, .changed, .deleted, .inserted, .reordered,
      .misplaced, .truncated, .rewritten, .rolledBack, .notAContinuation, .unsigned, .stateDisagrees:
      message
    }
  }
}
