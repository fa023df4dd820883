/// Text with placeholders, before it is taken apart: `<<name>>` stands for a value, `\<<` for the characters `<<`.
enum TemplateText {
  enum Token: Equatable {
    case literal([UInt8])
    case placeholder(String)
  }

  /// Literal tokens are never empty and never adjacent. A name is not empty and holds neither `<`, `>` nor a
  /// control character; everything else in it (`^`, `[n]`, `!`, '/') is the caller's grammar.
  static func scan(_ text: String) throws(URLFault) -> [Token] {
    let bytes = Array(text.utf8)
    guard bytes.count <= URLLimits.textBytes else { throw .tooLong }
    var tokens: [Token] = []
    var literal: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.first {
      if rest.starts(with: [0x5c, 0x3c, 0x3c]) {
        literal += [0x3c, 0x3c]
        rest = rest.dropFirst(3)
      } else if rest.starts(with: [0x3c, 0x3c]) {
        let name = rest.dropFirst(2).prefix { $0 != 0x3c && $0 != 0x3e && !ASCII.isControl($0) }
        let after = rest.dropFirst(2 + name.count)
        guard !name.isEmpty, after.starts(with: [0x3e, 0x3e]) else { throw .brokenPlaceholder }
        if !literal.isEmpty { tokens.append(.literal(literal)) }
        literal = []
        tokens.append(.placeholder(ASCII.text(name)))
        rest = after.dropFirst(2)
      } else {
        literal.append(byte)
        rest = rest.dropFirst()
      }
    }
    if !literal.isEmpty { tokens.append(.literal(literal)) }
    for case .literal(let bytes) in tokens { try checkLiteral(bytes) }
    return tokens
  }

  /// Splits at each separator byte that stands in a literal; a placeholder is never split.
  static func split(_ tokens: [Token], at separator: UInt8) -> [[Token]] {
    var groups: [[Token]] = [[]]
    for token in tokens {
      guard case .literal(let bytes) = token else {
        groups[groups.count - 1].append(token)
        continue
      }
      for (index, part) in bytes.split(separator: separator, omittingEmptySubsequences: false).enumerated() {
        if index > 0 { groups.append([]) }
        if !part.isEmpty { groups[groups.count - 1].append(.literal(Array(part))) }
      }
    }
    return groups
  }

  /// What stands before the first separator byte in a literal, and what after it; nil when there is none.
  static func cut(_ tokens: [Token], at separator: UInt8) -> (before: [Token], after: [Token])? {
    for (index, token) in tokens.enumerated() {
      guard case .literal(let bytes) = token, let position = bytes.firstIndex(of: separator) else { continue }
      var before = Array(tokens[..<index])
      var after = Array(tokens[(index + 1)...])
      if position > 0 { before.append(.literal(Array(bytes[..<position]))) }
      if position + 1 < bytes.count { after.insert(.literal(Array(bytes[(position + 1)...])), at: 0) }
      return (before, after)
    }
    return nil
  }

  private static func checkLiteral(_ bytes: [UInt8]) throws(URLFault) {
    if bytes.contains(where: ASCII.isControl) { throw .controlCharacter }
    if ASCII.text(bytes).unicodeScalars.contains(where: { (0x80...0x9f).contains($0.value) }) {
      throw .controlCharacter
    }
    if bytes.contains(0x5c) { throw .backslash }
    if bytes.contains(0x23) { throw .fragment }
  }
}
