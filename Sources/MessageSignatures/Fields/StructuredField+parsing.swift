extension StructuredField {
  /// A dictionary from the lines of one field, in order (RFC 9651 §4.2, §4.2.2).
  package static func dictionary(_ lines: [[UInt8]]) throws(Fault) -> Dictionary {
    var parser = try Parser(lines)
    return try parser.whole { (parser) throws(Fault) in try parser.dictionary() }
  }

  /// A list from the lines of one field, in order (§4.2.1).
  package static func list(_ lines: [[UInt8]]) throws(Fault) -> [Member] {
    var parser = try Parser(lines)
    return try parser.whole { (parser) throws(Fault) in try parser.list() }
  }

  /// An item from the lines of one field; several lines are malformed, as they join to a list (§4.2.3).
  package static func item(_ lines: [[UInt8]]) throws(Fault) -> Item {
    var parser = try Parser(lines)
    return try parser.whole { (parser) throws(Fault) in try parser.item() }
  }

  /// The algorithms of RFC 9651 §4.2. Where that document lets a parser be lenient this one is strict: base64 must be
  /// canonical (§4.2.7), so that one value has one spelling, and a repeated key is refused.
  struct Parser {
    let bytes: [UInt8]
    var position = 0
    private var values = 0

    /// The lines are joined by a comma and a space.
    init(_ lines: [[UInt8]]) throws(Fault) {
      let count = lines.reduce(0) { $0 + $1.count + 2 }
      guard count <= MessageSignatureLimits.fieldBytes else { throw .tooMuch }
      bytes = Array(lines.joined(separator: [0x2C, 0x20]))
    }

    /// Runs `read` over everything but the spaces at both ends.
    mutating func whole<Value>(_ read: (inout Parser) throws(Fault) -> Value) throws(Fault) -> Value {
      skipSpaces()
      let value = try read(&self)
      skipSpaces()
      guard position == bytes.count else { throw .malformed(at: position) }
      return value
    }

    mutating func list() throws(Fault) -> [Member] {
      var members: [Member] = []
      while position < bytes.count {
        members.append(try member())
        if try isLastMember() { break }
      }
      return members
    }

    mutating func dictionary() throws(Fault) -> Dictionary {
      var entries: [(key: String, member: Member)] = []
      while position < bytes.count {
        let start = position
        let key = try key()
        guard !entries.contains(where: { $0.key == key }) else { throw .repeatedKey(at: start) }
        if take(0x3D) {
          entries.append((key, try member()))
        } else {
          try countValue()
          entries.append((key, .item(Item(.boolean(true), try parameters()))))
        }
        if try isLastMember() { break }
      }
      return Dictionary(entries)
    }

    /// White space, and a comma behind which something must follow.
    private mutating func isLastMember() throws(Fault) -> Bool {
      skipOptionalWhiteSpace()
      guard position < bytes.count else { return true }
      guard take(0x2C) else { throw .malformed(at: position) }
      skipOptionalWhiteSpace()
      guard position < bytes.count else { throw .malformed(at: position) }
      return false
    }

    private mutating func member() throws(Fault) -> Member {
      peek == 0x28 ? .innerList(try innerList()) : .item(try item())
    }

    private mutating func innerList() throws(Fault) -> InnerList {
      guard take(0x28) else { throw .malformed(at: position) }
      var items: [Item] = []
      while true {
        skipSpaces()
        if take(0x29) { return InnerList(items, try parameters()) }
        items.append(try item())
        guard peek == 0x20 || peek == 0x29 else { throw .malformed(at: position) }
      }
    }

    mutating func item() throws(Fault) -> Item {
      let value = try bareItem()
      return Item(value, try parameters())
    }

    private mutating func parameters() throws(Fault) -> [Parameter] {
      var parameters: [Parameter] = []
      while take(0x3B) {
        skipSpaces()
        let start = position
        let key = try key()
        guard !parameters.contains(where: { $0.key == key }) else { throw .repeatedKey(at: start) }
        if take(0x3D) {
          parameters.append(Parameter(key, try bareItem()))
        } else {
          try countValue()
          parameters.append(Parameter(key, .boolean(true)))
        }
      }
      return parameters
    }

    /// Bounds what one field can make us build.
    private mutating func countValue() throws(Fault) {
      values += 1
      guard values <= MessageSignatureLimits.fieldValues else { throw .tooMuch }
    }

    private mutating func key() throws(Fault) -> String {
      guard let first = peek, StructuredField.isKeyStart(first) else { throw .malformed(at: position) }
      return text(while: StructuredField.isKeyByte)
    }

    private mutating func bareItem() throws(Fault) -> BareItem {
      try countValue()
      guard let first = peek else { throw .malformed(at: position) }
      switch first {
      case 0x2D, 0x30...0x39: return try number()
      case 0x22: return .string(try string())
      case 0x3A: return .bytes(try byteSequence())
      case 0x3F: return .boolean(try boolean())
      case 0x40:
        position += 1
        guard case .integer(let seconds) = try number() else { throw .malformed(at: position) }
        return .date(seconds)
      case 0x25: return .displayString(try displayString())
      case 0x2A, 0x41...0x5A, 0x61...0x7A:
        return .token(text { StructuredField.isTokenByte($0) || $0 == 0x3A || $0 == 0x2F })
      default: throw .malformed(at: position)
      }
    }

    private mutating func number() throws(Fault) -> BareItem {
      let isNegative = take(0x2D)
      let whole = digits()
      guard whole.count > 0 else { throw .malformed(at: position) }
      let sign: Int64 = isNegative ? -1 : 1
      guard peek == 0x2E else {
        guard whole.count <= 15 else { throw .malformed(at: position) }
        return .integer(sign * whole.value)
      }
      position += 1
      let fraction = digits()
      guard whole.count <= 12, (1...3).contains(fraction.count) else { throw .malformed(at: position) }
      let scale: Int64 = [1, 100, 10, 1][fraction.count]
      return .decimal(thousandths: sign * (whole.value * 1000 + fraction.value * scale))
    }

    /// The digits that follow; of more than 15 only the count is right.
    private mutating func digits() -> (value: Int64, count: Int) {
      var value: Int64 = 0
      let start = position
      while let byte = peek, StructuredField.isDigit(byte) {
        if position - start < 15 { value = value * 10 + Int64(byte - 0x30) }
        position += 1
      }
      return (value, position - start)
    }

    private mutating func string() throws(Fault) -> String {
      guard take(0x22) else { throw .malformed(at: position) }
      var content: [UInt8] = []
      while let byte = peek {
        switch byte {
        case 0x22:
          position += 1
          return String(decoding: content, as: UTF8.self)
        case 0x5C:
          position += 1
          guard let escaped = peek, escaped == 0x22 || escaped == 0x5C else { throw .malformed(at: position) }
          content.append(escaped)
        case 0x20...0x7E: content.append(byte)
        default: throw .malformed(at: position)
        }
        position += 1
      }
      throw .malformed(at: position)
    }
  }
}
