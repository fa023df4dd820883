/// Where a sealed value lives, and what it belongs to. All of it must be the same at opening as it was at sealing:
/// a value moved to another row, column, table, purpose, context or version does not open.
package struct EnvelopeContext: Sendable, Equatable {
  /// Which key; and which context fields there must be.
  package var purpose: Purpose
  /// Where the value is stored: table, row id and column, as the store calls them.
  package var table: String
  package var row: String
  package var column: String
  /// The fields that `purpose.contextFields` names, in that order. They are in the key *and* in the associated data.
  package var context: [[UInt8]]
  /// The row's version, so that an older value put back into its own row does not open.
  package var version: UInt64

  /// A context without fields is for purposes that declare none.
  package init(
    purpose: Purpose, table: String, row: String, column: String, context: [[UInt8]] = [], version: UInt64
  ) {
    self.purpose = purpose
    self.table = table
    self.row = row
    self.column = column
    self.context = context
    self.version = version
  }
}
