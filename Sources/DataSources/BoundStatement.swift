import Labels

/// A statement with its parameters numbered, in the spelling of its database. Its text is that of the document: no value
/// is in it.
struct BoundStatement: Equatable {
  /// How parameters are written.
  enum Spelling {
    /// `?1`
    case sqlite
    /// `$1`
    case postgres
  }

  let text: String
  let values: [StatementValue]

  init(text: String, values: [StatementValue]) {
    self.text = text
    self.values = values
  }

  init(_ statement: SendableStatement, spelling: Spelling) {
    var text = ""
    var values: [StatementValue] = []
    for piece in statement.pieces {
      switch piece {
      case .text(let part): text += part
      case .value(let value):
        values.append(value)
        text += Self.parameter(value, number: values.count, spelling)
      case .characters(let characters):
        values.append(.text(characters))
        // Its type is said here: within a string everything is text.
        text += " CAST(\(Self.mark(spelling))\(values.count) AS TEXT) "
      }
    }
    self.text = text
    self.values = values
  }

  private static func mark(_ spelling: Spelling) -> String {
    switch spelling {
    case .sqlite: "?"
    case .postgres: "$"
    }
  }

  /// What is not written as an integer of 64 bits is compared as a number with columns of any type, as it would be if it
  /// stood in the statement.
  private static func parameter(_ value: StatementValue, number: Int, _ spelling: Spelling) -> String {
    let parameter = " \(mark(spelling))\(number) "
    switch (spelling, value) {
    case (.sqlite, .decimal): return " CAST(\(parameter)AS NUMERIC) "
    case (.sqlite, .integer(let digits)) where Int64(String(decoding: digits, as: UTF8.self)) == nil:
      return " CAST(\(parameter)AS NUMERIC) "
    default: return parameter
    }
  }
}
