/// A piece of a statement as the lexer cuts it.
struct SQLToken: Equatable {
  enum Kind: Equatable {
    /// A name or a keyword, in upper case.
    case word(String)
    case number
    /// A string in which no placeholder stands.
    case string
    /// A plain string, in parts.
    case filledString([SQLStringPart])
    case quotedName
    /// One or more characters of an operator.
    case symbol(String)
    case open
    case close
    case comma
    case dot
    case semicolon
    case space
    case placeholder(Placeholder)
  }

  let kind: Kind
  /// The text as it stands in the document, escapes undone; empty for placeholders.
  let text: [UInt8]
  /// Where it begins in the document's text; exact for placeholders, near for the rest where a template has escapes.
  let offset: Int
}

/// A part of a plain string with placeholders.
package enum SQLStringPart: Equatable, Sendable {
  /// Characters as they stand between quotes, quotes doubled.
  case literal(String)
  case value(Placeholder)
}
