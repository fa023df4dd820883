/// The escapes that are undone in a text before it is searched, one at a time.
///
/// Escapes of different families never overlap: each begins with its own mark (`%`, `\`, `&`), no mark is among its
/// further characters, and a backslash before an escape of another family stands for itself. So all families can be
/// undone in one go.
enum EscapeTokens {
  /// A way of escaping.
  enum Family: CaseIterable {
    /// `%XX`, a byte.
    case percent
    /// `\"`, `\n`, `\uXXXX` with surrogate pairs, `\xNN`, and a backslash before any other ASCII punctuation or blank.
    case backslash
    /// `&name;` of ASCII characters, `&#N;`, `&#xH;`.
    case reference
  }

  /// One escape.
  struct Token {
    /// Bytes of text.
    var count: Int
    /// What it stands for.
    var value: Value
    var family: Family
  }

  enum Value {
    case byte(UInt8)
    case scalar(Unicode.Scalar)
  }

  /// The longest escape: a surrogate pair.
  static let maximumCount = 12

  /// The escape that begins at `position`, or nil: then the byte there stands for itself.
  static func token(at position: Int, in text: UnsafeRawBufferPointer) -> Token? {
    switch text[position] {
    case 0x25: percent(position, text)
    case 0x5C: backslash(position, text)
    case 0x26: reference(position, text)
    default: nil
    }
  }

  /// `bytes` with the escapes of some families undone; nil when there are none.
  static func undone(_ bytes: [UInt8], families: Set<Family>) -> [UInt8]? {
    bytes.withUnsafeBytes { text in
      var output: [UInt8] = []
      var undoneCount = 0
      var position = 0
      while position < text.count {
        if let token = token(at: position, in: text), families.contains(token.family) {
          append(token.value, to: &output)
          position += token.count
          undoneCount += 1
        } else {
          output.append(text[position])
          position += 1
        }
      }
      return undoneCount > 0 ? output : nil
    }
  }

  /// Appends what an escape stands for.
  static func append(_ value: Value, to output: inout [UInt8]) {
    switch value {
    case .byte(let byte): output.append(byte)
    case .scalar(let scalar) where scalar.value < 0x80: output.append(UInt8(truncatingIfNeeded: scalar.value))
    case .scalar(let scalar): output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }

  private static func percent(_ position: Int, _ text: UnsafeRawBufferPointer) -> Token? {
    guard let value = hex(text, position + 1, count: 2) else { return nil }
    return Token(count: 3, value: .byte(UInt8(truncatingIfNeeded: value)), family: .percent)
  }

  private static func backslash(_ position: Int, _ text: UnsafeRawBufferPointer) -> Token? {
    guard position + 1 < text.count else { return nil }
    let value: UInt8
    switch text[position + 1] {
    case 0x75: return unicode(position, text)
    case 0x78:
      guard let byte = hex(text, position + 2, count: 2) else { return nil }
      return Token(count: 4, value: .byte(UInt8(truncatingIfNeeded: byte)), family: .backslash)
    case 0x62: value = 0x08
    case 0x66: value = 0x0C
    case 0x6E: value = 0x0A
    case 0x72: value = 0x0D
    case 0x74: value = 0x09
    case 0x25, 0x26:
      guard token(at: position + 1, in: text) == nil else { return nil }
      value = text[position + 1]
    case let other where other < 0x7F && (other == 0x5F || !isWordByte(other)): value = other
    default: return nil
    }
    return Token(count: 2, value: .byte(value), family: .backslash)
  }

  private static func unicode(_ position: Int, _ text: UnsafeRawBufferPointer) -> Token? {
    guard let unit = hex(text, position + 2, count: 4) else { return nil }
    if let scalar = Unicode.Scalar(unit) { return Token(count: 6, value: .scalar(scalar), family: .backslash) }
    guard (0xD800..<0xDC00).contains(unit), position + 12 <= text.count, text[position + 6] == 0x5C,
      text[position + 7] == 0x75, let low = hex(text, position + 8, count: 4), (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { return nil }
    return Token(count: 12, value: .scalar(scalar), family: .backslash)
  }

  private static func reference(_ position: Int, _ text: UnsafeRawBufferPointer) -> Token? {
    guard position + 2 < text.count else { return nil }
    return text[position + 1] == 0x23 ? number(position, text) : name(position, text)
  }

  /// `&#N;` and `&#xH;`, of up to seven digits.
  private static func number(_ position: Int, _ text: UnsafeRawBufferPointer) -> Token? {
    let isHex = text[position + 2] | 0x20 == 0x78
    let first = position + (isHex ? 3 : 2)
    var value: UInt32 = 0
    var end = first
    while end < text.count, end - first < 7, let digit = hexDigit(text[end]), isHex || digit < 10 {
      value = value * (isHex ? 16 : 10) + digit
      end += 1
    }
    guard end > first, end < text.count, text[end] == 0x3B, let scalar = Unicode.Scalar(value) else { return nil }
    return Token(count: end + 1 - position, value: .scalar(scalar), family: .reference)
  }

  private static func name(_ position: Int, _ text: UnsafeRawBufferPointer) -> Token? {
    var key: UInt64 = 0
    var end = position + 1
    while end < text.count, end - position <= 8, text[end] != 0x3B {
      guard isWordByte(text[end]) else { return nil }
      key = key << 8 | UInt64(text[end])
      end += 1
    }
    guard end < text.count, text[end] == 0x3B, let byte = names[key] else { return nil }
    return Token(count: end + 1 - position, value: .byte(byte), family: .reference)
  }

  private static func hex(_ text: UnsafeRawBufferPointer, _ start: Int, count: Int) -> UInt32? {
    guard start + count <= text.count else { return nil }
    var value: UInt32 = 0
    for index in start..<start + count {
      guard let digit = hexDigit(text[index]) else { return nil }
      value = value << 4 | digit
    }
    return value
  }

  static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte - 0x30)
    case 0x41...0x46: UInt32(byte - 0x41 + 10)
    case 0x61...0x66: UInt32(byte - 0x61 + 10)
    default: nil
    }
  }

  /// The names of ASCII characters in HTML, each as one number of its letters, and the character.
  private static let names: [UInt64: UInt8] = {
    let list: [(String, String)] = [
      ("amp", "&"), ("AMP", "&"), ("lt", "<"), ("LT", "<"), ("gt", ">"), ("GT", ">"), ("quot", "\""), ("QUOT", "\""),
      ("apos", "'"), ("Tab", "\t"), ("NewLine", "\n"), ("excl", "!"), ("num", "#"), ("dollar", "$"), ("percnt", "%"),
      ("lpar", "("), ("rpar", ")"), ("ast", "*"), ("midast", "*"), ("plus", "+"), ("comma", ","), ("period", "."),
      ("sol", "/"), ("colon", ":"), ("semi", ";"), ("equals", "="), ("quest", "?"), ("commat", "@"), ("lsqb", "["),
      ("lbrack", "["), ("bsol", "\\"), ("rsqb", "]"), ("rbrack", "]"), ("Hat", "^"), ("lowbar", "_"),
      ("UnderBar", "_"), ("grave", "`"), ("lcub", "{"), ("lbrace", "{"), ("verbar", "|"), ("vert", "|"),
      ("rcub", "}"), ("rbrace", "}"),
    ]
    return list.reduce(into: [:]) { table, entry in
      table[entry.0.utf8.reduce(0) { $0 << 8 | UInt64($1) }] = entry.1.utf8.first
    }
  }()
}
