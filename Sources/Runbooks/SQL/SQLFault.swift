/// Why a text is no statement that a step can send, and where: UTF-8 bytes from the start of the document's text.
package struct SQLFault: Error, Hashable, Sendable {
  /// What is wrong.
  package enum Kind: Hashable, Sendable {
    /// A placeholder inside a comment.
    case comment
    /// A placeholder inside a quoted name.
    case quotedName
    /// A placeholder inside a string of another kind than '…'.
    case otherString
    /// A placeholder where the statement expects a name, a keyword or the end of an expression.
    case notAValue
    /// A parameter of the database's own: `?`, `$1`, `:name`.
    case ownParameter
    /// A string, a quoted name or a comment without its end.
    case unterminated
    case controlCharacter
    case secondStatement
    case empty
    /// The statement does something that no step may.
    case verb(String)
    /// INTO behind SELECT makes a table.
    case selectInto
    /// The statement changes something, and its source may only be read.
    case readOnly(String)
  }

  package let kind: Kind
  package let offset: Int

  /// One clause, without any of the text but its first keyword.
  package var message: String {
    switch kind {
    case .comment: "a placeholder stands in a comment, where no value can go"
    case .quotedName: "a placeholder stands in a quoted name, where no value can go"
    case .otherString: "a placeholder stands in a string that is not of the plain form '…'"
    case .notAValue: "a placeholder stands where SQL expects a name or a keyword, and not a value"
    case .ownParameter: "the statement has a parameter of its own"
    case .unterminated: "a string, a quoted name or a comment has no end"
    case .controlCharacter: "the statement has a control character"
    case .secondStatement: "there is a second statement"
    case .empty: "there is no statement"
    case .verb(let verb): "a statement cannot begin with \(ShownName.of(verb))"
    case .selectInto: "SELECT … INTO makes a table, which no step may"
    case .readOnly(let verb):
      "a statement that begins with \(ShownName.of(verb)) needs a source with access: read_write"
    }
  }

  /// What helps, where it can be said.
  package var remedy: String? {
    switch kind {
    case .notAValue: "a value is sent as a parameter: compare with it, or choose between fixed names with CASE"
    case .otherString: "write a plain '…', or <<value>> without quotes"
    case .ownParameter: "write <<variable>>, which is sent as a parameter"
    case .secondStatement: "a step sends exactly one; write a step for each"
    case .verb: "steps read and change rows: SELECT, WITH, VALUES, INSERT, UPDATE, DELETE, MERGE"
    case .selectInto: "INSERT INTO … SELECT puts rows into a table that is there"
    case .comment, .quotedName, .unterminated, .controlCharacter, .empty, .readOnly: nil
    }
  }
}
