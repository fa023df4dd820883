package import Labels

/// A limit that a statement or its answer is over.
package enum StatementExcess: Hashable, Sendable {
  case rows(limit: Int)
  /// Of the answer as JSON.
  case bytes(limit: Int)
  /// One row, before all of it was read.
  case row
  /// A value, or the memory that the statement takes.
  case memory
  /// JSON that stands in a column.
  case json(column: String, JSONExcess)

  /// The limit and what helps, in words.
  package var message: String {
    switch self {
    case .rows(let limit):
      "the answer has more than \(limit) rows; ask for fewer, or raise `max_rows` of the data source"
    case .bytes(let limit):
      "the answer has more than \(limit) bytes as JSON; ask for less, or raise `max_bytes` of the data source"
    case .row: "a row is larger than `max_bytes` of the data source allows; ask for less of it, or raise it"
    case .memory:
      "a value, or the memory that the statement takes, is larger than `max_bytes` of the data source allows; ask for "
        + "less at once, or raise it"
    case .json(let column, let excess):
      "the column `\(column)`: \(excess.message) (the array of the rows and the row count too)"
    }
  }
}
