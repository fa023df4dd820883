/// What a step may make of values before it keeps any of it: as much as a run may hold. Values are copied where they are
/// put together, so what is asked for only when something is kept would be asked too late.
package struct ValueRoom: Sendable {
  private var heldBytes: Int
  private let limit: Int

  /// Room for one request, or one list, beside the values of the run.
  package init(limit: Int = ValueTable.standardBytes) {
    heldBytes = 0
    self.limit = limit
  }

  /// The room that a table has left beside values that were taken for it before.
  package init(of table: ValueTable, beside taken: some Collection<LabeledText>) {
    heldBytes = taken.reduce(table.heldBytes) { $0 + $1.heldBytes }
    limit = table.maximumBytes
  }

  /// Counts a value. Throws `tooLarge` where there is no room for it.
  package mutating func take(_ text: LabeledText) throws(ValueFault) {
    heldBytes += text.heldBytes
    guard heldBytes <= limit else { throw .tooLarge(limit: limit) }
  }
}
