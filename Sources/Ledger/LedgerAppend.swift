package import Encodings

/// Appends entries: pure, so that the store can do it inside the transaction that writes what the entries record.
package enum LedgerAppend {
  /// The rows to be written and the state after them. Cost: for each entry the hash of its bytes and one more on
  /// average, whatever the size of the ledger.
  package static func append(
    state: LedgerState, entries: [LedgerDraft], at time: Instant
  ) -> (rows: [LedgerRow], state: LedgerState) {
    var state = state
    let time = LedgerDraft.timeText(time)
    var rows: [LedgerRow] = []
    rows.reserveCapacity(entries.count)
    for entry in entries { rows.append(state.append(entry, at: time)) }
    return (rows, state)
  }
}
