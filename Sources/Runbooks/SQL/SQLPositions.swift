/// Decides, token by token, whether a placeholder stands where SQL expects a value. What is allowed is listed: a place
/// that is not known to be one of a value is none.
struct SQLPositions {
  /// What a level of parentheses holds at the moment.
  private enum Clause {
    case expressions
    /// Behind FROM, JOIN, UPDATE: names of tables.
    case tables
    /// Behind INTO and WITH: names.
    case names
    /// Behind SET: a name, then `=` and a value. Behind BY: a value alone would order by nothing.
    case parts
  }

  private struct Level {
    var clause: Clause
    /// Whether it holds the arguments of a function.
    var isCall: Bool
    /// Whether it has a SELECT, behind which INTO makes a table.
    var hasSelect = false
  }

  private var levels = [Level(clause: .names, isCall: false)]
  /// The last token that is no space.
  private var last: SQLToken.Kind?
  /// Whether space stands between it and the next one.
  private var isApart = true

  /// Words behind which a value can begin.
  private static let beforeValues: Set<String> = [
    "SELECT", "DISTINCT", "ALL", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ILIKE", "GLOB", "REGEXP", "MATCH",
    "BETWEEN", "IS", "CASE", "WHEN", "THEN", "ELSE", "HAVING", "LIMIT", "OFFSET", "RETURNING", "ON", "ESCAPE",
    "ANY", "SOME", "FOR", "TO", "FIRST", "NEXT", "FROM",
  ]

  /// Words that begin a part made of expressions.
  private static let beginExpressions: Set<String> = [
    "SELECT", "WHERE", "ON", "HAVING", "VALUES", "LIMIT", "OFFSET", "RETURNING", "FETCH",
  ]

  private static let beginTables: Set<String> = ["JOIN", "UPDATE", "USING"]
  private static let beginNames: Set<String> = ["INTO", "WITH", "TABLE"]

  /// Takes the next token. Throws `notAValue` for a placeholder that stands in no place of a value.
  mutating func take(_ token: SQLToken) throws(SQLFault) {
    if case .space = token.kind {
      isApart = true
      return
    }
    if let last, Self.isValue(last) { try checkBehindValue(token) }
    switch token.kind {
    case .placeholder, .filledString:
      guard isPlaceOfValue else { throw SQLFault(kind: .notAValue, offset: offset(of: token)) }
    case .word("INTO") where levels.last?.hasSelect == true:
      throw SQLFault(kind: .selectInto, offset: token.offset)
    case .word(let word): take(word: word)
    case .open: open()
    case .close: if levels.count > 1 { levels.removeLast() }
    case .number, .string, .quotedName, .symbol, .comma, .dot, .semicolon, .space: break
    }
    last = token.kind
    isApart = false
  }

  private static func isValue(_ kind: SQLToken.Kind) -> Bool {
    switch kind {
    case .placeholder, .filledString: true
    default: false
    }
  }

  /// The first placeholder of a string stands where it is, and not where the string begins.
  private func offset(of token: SQLToken) -> Int {
    guard case .filledString(let parts) = token.kind else { return token.offset }
    for case .value(let placeholder) in parts { return placeholder.offset }
    return token.offset
  }

  private var isPlaceOfValue: Bool {
    guard let level = levels.last, let last else { return false }
    switch (level.clause, last) {
    case (.expressions, .open), (.expressions, .comma), (.expressions, .symbol), (.parts, .symbol),
      (.parts, .open):
      return last != .symbol("::")
    case (.expressions, .word(let word)): return Self.beforeValues.contains(word)
    case (.parts, .word(let word)): return Self.beforeValues.contains(word) && word != "FROM"
    default: return false
    }
  }

  /// What comes behind a value: an operator, a comma, a closing parenthesis, a word that stands apart.
  private func checkBehindValue(_ token: SQLToken) throws(SQLFault) {
    switch token.kind {
    case .word, .quotedName:
      if isApart { return }
    case .symbol, .close, .comma, .semicolon, .space: return
    case .number, .string, .open, .dot, .placeholder, .filledString: break
    }
    throw SQLFault(kind: .notAValue, offset: offset(of: token))
  }

  private mutating func take(word: String) {
    let top = levels.count - 1
    if Self.beginExpressions.contains(word) {
      levels[top].clause = .expressions
      if word == "SELECT" {
        levels[top].isCall = false
        levels[top].hasSelect = true
      }
    } else if Self.beginTables.contains(word) {
      levels[top].clause = .tables
    } else if Self.beginNames.contains(word) {
      levels[top].clause = .names
    } else if word == "SET" || word == "BY" {
      levels[top].clause = .parts
    } else if word == "FROM", last != .word("DISTINCT"), !levels[top].isCall {
      levels[top].clause = .tables
    }
  }

  private mutating func open() {
    let clause = levels.last?.clause ?? .names
    let isBehindName =
      switch last {
      case .word(let word):
        !Self.beforeValues.contains(word) && !["VALUES", "AS", "EXISTS", "JOIN", "LATERAL", "SET", "BY"].contains(word)
      case .quotedName: true
      default: false
      }
    switch clause {
    case .expressions: levels.append(Level(clause: .expressions, isCall: isBehindName))
    // Of the list of assigned names, or of a value.
    case .parts:
      levels.append(Level(clause: isBehindName || isBehindSymbol ? .expressions : .names, isCall: isBehindName))
    case .tables: levels.append(Level(clause: isBehindName ? .expressions : .tables, isCall: isBehindName))
    case .names: levels.append(Level(clause: .names, isCall: false))
    }
  }

  private var isBehindSymbol: Bool { if case .symbol? = last { true } else { false } }
}
