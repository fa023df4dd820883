/// One statement of a step, cut by the rules of a dialect: what stands in the document, and the places of values. No value
/// is ever part of its text.
package struct SQLStatement: Equatable, Sendable {
  /// A piece in the order of the text.
  package enum Piece: Equatable, Sendable {
    case text(String)
    /// A parameter of the value's own type.
    case value(Placeholder)
    /// A string made of fixed pieces and values.
    case string([SQLStringPart])
  }

  package let pieces: [Piece]
  /// Its first keyword, in upper case.
  package let verb: String

  /// What begins a statement that only reads.
  private static let reading: Set<String> = ["SELECT", "WITH", "VALUES"]
  private static let changing: Set<String> = ["INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"]

  /// Cuts the template. Throws what is wrong with it and where; the template's own syntax was read before.
  package init(_ template: Template, dialect: SQLDialect, isReadOnly: Bool) throws(SQLFault) {
    var lexer = SQLLexer(template, dialect: dialect)
    let tokens = try lexer.run()
    var positions = SQLPositions()
    var pieces: [Piece] = []
    var text: [UInt8] = []
    var verb: String?
    var isOver = false
    for token in tokens {
      if token.kind != .space {
        guard !isOver || token.kind == .semicolon else { throw SQLFault(kind: .secondStatement, offset: token.offset) }
        if verb == nil { verb = try Self.verb(token, isReadOnly: isReadOnly) }
      }
      try positions.take(token)
      switch token.kind {
      case .placeholder(let placeholder):
        Self.flush(&text, to: &pieces)
        pieces.append(.value(placeholder))
      case .filledString(let parts):
        Self.flush(&text, to: &pieces)
        pieces.append(.string(parts))
      case .semicolon: isOver = true
      default: text += token.text
      }
    }
    guard let verb else { throw SQLFault(kind: .empty, offset: 0) }
    Self.flush(&text, to: &pieces)
    self.pieces = pieces
    self.verb = verb
  }

  private static func flush(_ text: inout [UInt8], to pieces: inout [Piece]) {
    if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
    text = []
  }

  /// The first keyword; a parenthesis before it is passed over.
  private static func verb(_ token: SQLToken, isReadOnly: Bool) throws(SQLFault) -> String? {
    switch token.kind {
    case .open: return nil
    case .word(let word) where reading.contains(word): return word
    case .word(let word) where changing.contains(word):
      guard !isReadOnly else { throw SQLFault(kind: .readOnly(word), offset: token.offset) }
      return word
    case .word(let word): throw SQLFault(kind: .verb(word), offset: token.offset)
    case .placeholder, .filledString: throw SQLFault(kind: .notAValue, offset: token.offset)
    case .semicolon: throw SQLFault(kind: .empty, offset: token.offset)
    default: throw SQLFault(kind: .verb(String(decoding: token.text, as: UTF8.self)), offset: token.offset)
    }
  }

  /// In the order of the text.
  package var placeholders: [Placeholder] {
    pieces.flatMap { piece -> [Placeholder] in
      switch piece {
      case .text: []
      case .value(let placeholder): [placeholder]
      case .string(let parts): parts.compactMap { if case .value(let placeholder) = $0 { placeholder } else { nil } }
      }
    }
  }
}
