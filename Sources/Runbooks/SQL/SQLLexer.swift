/// Cuts a template into the tokens of a statement by the rules of its dialect. A placeholder is one character to it, so
/// that what stands in its place can never decide where a token ends.
struct SQLLexer {
  /// A byte of the document, or a placeholder.
  private enum Unit {
    case byte(UInt8)
    case placeholder(Placeholder)
  }

  private let dialect: SQLDialect
  private let units: [Unit]
  private let offsets: [Int]
  private var position = 0
  private(set) var tokens: [SQLToken] = []

  init(_ template: Template, dialect: SQLDialect) {
    self.dialect = dialect
    var units: [Unit] = []
    var offsets: [Int] = []
    var offset = 0
    for segment in template.segments {
      switch segment {
      case .literal(let text):
        for byte in text.utf8 {
          units.append(.byte(byte))
          offsets.append(offset)
          offset += 1
        }
      case .placeholder(let placeholder):
        units.append(.placeholder(placeholder))
        offsets.append(placeholder.offset)
        offset = placeholder.offset + placeholder.path.text.utf8.count + 4
      }
    }
    self.units = units
    self.offsets = offsets
  }

  /// All tokens, white space and comments as `space`.
  mutating func run() throws(SQLFault) -> [SQLToken] {
    while position < units.count { try next() }
    return tokens
  }

  private func fault(_ kind: SQLFault.Kind, at index: Int) -> SQLFault {
    SQLFault(kind: kind, offset: index < offsets.count ? offsets[index] : offsets.last ?? 0)
  }

  private func byte(_ index: Int) -> UInt8? {
    guard index < units.count, case .byte(let byte) = units[index] else { return nil }
    return byte
  }

  private func bytes(_ range: Range<Int>) -> [UInt8] { range.compactMap { byte($0) } }

  private mutating func add(_ kind: SQLToken.Kind, to end: Int) {
    tokens.append(SQLToken(kind: kind, text: bytes(position..<end), offset: offsets[position]))
    position = end
  }

  private mutating func next() throws(SQLFault) {
    guard let first = byte(position) else {
      guard case .placeholder(let placeholder) = units[position] else { return }
      return add(.placeholder(placeholder), to: position + 1)
    }
    switch first {
    case 0x20, 0x09, 0x0A, 0x0D, 0x0C: add(.space, to: position + 1)
    case 0..<0x20, 0x7F: throw fault(.controlCharacter, at: position)
    case UInt8(ascii: "-") where byte(position + 1) == first: try lineComment()
    case UInt8(ascii: "/") where byte(position + 1) == UInt8(ascii: "*"): try blockComment()
    case UInt8(ascii: "'"): try plainString()
    case UInt8(ascii: "\""): try quotedName(to: first)
    case UInt8(ascii: "`") where dialect == .sqlite: try quotedName(to: first)
    case UInt8(ascii: "[") where dialect == .sqlite: try quotedName(to: UInt8(ascii: "]"))
    case UInt8(ascii: "$") where dialect == .postgres && byte(position + 1).map(Self.isDigit) != true:
      try dollarString()
    case UInt8(ascii: "$"): throw fault(.ownParameter, at: position)
    case UInt8(ascii: "?") where dialect == .sqlite: throw fault(.ownParameter, at: position)
    case UInt8(ascii: "@") where dialect == .sqlite: throw fault(.ownParameter, at: position)
    case UInt8(ascii: ":") where dialect == .sqlite: throw fault(.ownParameter, at: position)
    case UInt8(ascii: "("): add(.open, to: position + 1)
    case UInt8(ascii: ")"): add(.close, to: position + 1)
    case UInt8(ascii: ","): add(.comma, to: position + 1)
    case UInt8(ascii: ";"): add(.semicolon, to: position + 1)
    case UInt8(ascii: ".") where byte(position + 1).map(Self.isDigit) != true: add(.dot, to: position + 1)
    case UInt8(ascii: "."): number()
    case let digit where Self.isDigit(digit): number()
    case let letter where Self.beginsWord(letter): try word()
    default: symbol()
    }
  }

  private mutating func lineComment() throws(SQLFault) {
    var end = position
    while end < units.count, byte(end) != 0x0A, !(byte(end) == 0x0D && dialect == .postgres) {
      guard byte(end) != nil else { throw fault(.comment, at: end) }
      end += 1
    }
    try checkControls(position..<end)
    add(.space, to: end)
  }

  private mutating func blockComment() throws(SQLFault) {
    var depth = 1
    var end = position + 2
    while depth > 0 {
      guard end < units.count else { throw fault(.unterminated, at: position) }
      guard let here = byte(end) else { throw fault(.comment, at: end) }
      let pair = (here, byte(end + 1))
      if pair == (UInt8(ascii: "*"), UInt8(ascii: "/")) {
        depth -= 1
        end += 2
      } else if dialect.commentsNest, pair == (UInt8(ascii: "/"), UInt8(ascii: "*")) {
        depth += 1
        end += 2
      } else {
        end += 1
      }
    }
    try checkControls(position..<end)
    add(.space, to: end)
  }

  /// `'…'`, where `''` is one quote. A backslash is itself: PostgreSQL is told so when it is connected to.
  private mutating func plainString() throws(SQLFault) {
    var parts: [SQLStringPart] = []
    var literal: [UInt8] = []
    var end = position + 1
    while true {
      guard end < units.count else { throw fault(.unterminated, at: position) }
      guard let here = byte(end) else {
        if case .placeholder(let placeholder) = units[end] {
          if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
          literal = []
          parts.append(.value(placeholder))
        }
        end += 1
        continue
      }
      if here == 0 { throw fault(.controlCharacter, at: end) }
      if here == UInt8(ascii: "'") {
        guard byte(end + 1) == here else { break }
        literal.append(here)
        end += 1
      }
      literal.append(here)
      end += 1
    }
    if parts.isEmpty { return add(.string, to: end + 1) }
    if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
    add(.filledString(parts), to: end + 1)
  }

  private mutating func quotedName(to quote: UInt8) throws(SQLFault) {
    var end = position + 1
    while true {
      guard end < units.count else { throw fault(.unterminated, at: position) }
      guard let here = byte(end) else { throw fault(.quotedName, at: end) }
      if here == 0 { throw fault(.controlCharacter, at: end) }
      if here == quote {
        // A bracket cannot be doubled.
        guard quote != UInt8(ascii: "]"), byte(end + 1) == quote else { break }
        end += 1
      }
      end += 1
    }
    add(.quotedName, to: end + 1)
  }

  /// PostgreSQL: `$tag$…$tag$` (documentation §4.1.2.4).
  private mutating func dollarString() throws(SQLFault) {
    var open = position + 1
    while let here = byte(open), Self.isOfWord(here), here != UInt8(ascii: "$") { open += 1 }
    guard byte(open) == UInt8(ascii: "$") else { throw fault(.ownParameter, at: position) }
    let tag = bytes(position..<(open + 1))
    var end = open + 1
    while end + tag.count <= units.count {
      guard let here = byte(end) else { throw fault(.otherString, at: end) }
      if here == 0 { throw fault(.controlCharacter, at: end) }
      if bytes(end..<(end + tag.count)) == tag { return add(.string, to: end + tag.count) }
      end += 1
    }
    for index in end..<units.count where byte(index) == nil { throw fault(.otherString, at: index) }
    throw fault(.unterminated, at: position)
  }

  private mutating func number() {
    var end = position
    while let here = byte(end), Self.isOfWord(here) || here == UInt8(ascii: ".") { end += 1 }
    add(.number, to: end)
  }

  private mutating func word() throws(SQLFault) {
    var end = position
    while let here = byte(end), Self.isOfWord(here) { end += 1 }
    let text = String(decoding: bytes(position..<end), as: UTF8.self).uppercased()
    if byte(end) == UInt8(ascii: "'"), prefixes.contains(text) {
      return try prefixedString(from: end, escapes: text == "E")
    }
    if byte(end) == UInt8(ascii: "&"), text == "U", dialect == .postgres,
      byte(end + 1) == UInt8(ascii: "'") || byte(end + 1) == UInt8(ascii: "\"")
    {
      return try prefixedString(from: end + 1, escapes: false)
    }
    add(.word(text), to: end)
  }

  /// Letters that change what the string behind them means.
  private var prefixes: Set<String> { dialect == .sqlite ? ["X"] : ["E", "B", "X", "N", "U"] }

  private mutating func prefixedString(from start: Int, escapes: Bool) throws(SQLFault) {
    let quote = byte(start)
    var end = start + 1
    while true {
      guard end < units.count else { throw fault(.unterminated, at: position) }
      guard let here = byte(end) else { throw fault(.otherString, at: end) }
      if here == 0 { throw fault(.controlCharacter, at: end) }
      if escapes, here == UInt8(ascii: "\\") {
        guard byte(end + 1) != nil else {
          throw fault(end + 1 < units.count ? .otherString : .unterminated, at: end + 1)
        }
        end += 2
        continue
      }
      if here == quote {
        guard byte(end + 1) == quote else { break }
        end += 1
      }
      end += 1
    }
    add(quote == UInt8(ascii: "\"") ? .quotedName : .string, to: end + 1)
  }

  /// One character at a time but for `::`; `--` and `/*` begin comments wherever they stand.
  private mutating func symbol() {
    let isCast = byte(position) == UInt8(ascii: ":") && byte(position + 1) == UInt8(ascii: ":")
    let end = position + (isCast ? 2 : 1)
    add(.symbol(String(decoding: bytes(position..<end), as: UTF8.self)), to: end)
  }

  private func checkControls(_ range: Range<Int>) throws(SQLFault) {
    for index in range where byte(index) == 0 { throw fault(.controlCharacter, at: index) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func beginsWord(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  private static func isOfWord(_ byte: UInt8) -> Bool { beginsWord(byte) || isDigit(byte) || byte == UInt8(ascii: "$") }
}
