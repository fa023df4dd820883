/// Finds the placeholders of a JSON body and whether each stands for a value, inside a string, or at or
/// inside a key. It follows strings and brackets only; what else JSON demands is checked afterwards.
struct JSONTemplateScanner {
  private let bytes: [UInt8]
  private var position = 0
  /// For each open bracket whether it is an object.
  private var containers: [Bool] = []
  /// In an object: whether the next token is a key.
  private var expectsKey = false
  private var text: [UInt8] = []
  private var textStart = 0
  private var found: [JSONTemplate.Piece] = []
  /// For each piece, the byte of the source where it begins.
  private(set) var starts: [Int] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func pieces() throws(TemplateFault) -> [JSONTemplate.Piece] {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""): try string()
      case UInt8(ascii: "<") where opens: try add(asKey: isAtKey, inside: false)
      case UInt8(ascii: "\\"):
        // No backslash can stand outside a string, an escaped placeholder least of all.
        throw TemplateFault(kind: .json(.unexpected), offset: position)
      case let byte:
        structure(byte)
        take(1)
      }
    }
    flush()
    return found
  }

  private var isAtKey: Bool { containers.last == true && expectsKey }

  private var opens: Bool {
    bytes[position] == UInt8(ascii: "<") && position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "<")
  }

  private mutating func structure(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "{"):
      containers.append(true)
      expectsKey = true
    case UInt8(ascii: "["):
      containers.append(false)
      expectsKey = false
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      _ = containers.popLast()
      expectsKey = false
    case UInt8(ascii: ":"): expectsKey = false
    case UInt8(ascii: ","): expectsKey = containers.last == true
    default: break
    }
  }

  /// A string from its opening quote to its closing one.
  private mutating func string() throws(TemplateFault) {
    let isKey = isAtKey
    take(1)
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        take(1)
        return
      case UInt8(ascii: "\\"):
        guard position + 1 < bytes.count else { return take(1) }
        if bytes[position + 1] == UInt8(ascii: "<"), position + 2 < bytes.count,
          bytes[position + 2] == UInt8(ascii: "<")
        {
          cutBackslash()
        } else {
          take(2)
        }
      case UInt8(ascii: "<") where opens: try add(asKey: isKey, inside: true)
      default: take(1)
      }
    }
  }

  private mutating func take(_ count: Int) {
    if text.isEmpty { textStart = position }
    text += bytes[position..<min(bytes.count, position + count)]
    position += count
  }

  /// `\<<`: a piece ends before the backslash, so that offsets within each piece stay those of the source.
  private mutating func cutBackslash() {
    flush()
    position += 1
    take(2)
  }

  private mutating func flush() {
    guard !text.isEmpty else { return }
    found.append(.text(String(decoding: text, as: UTF8.self)))
    starts.append(textStart)
    text = []
  }

  private mutating func add(asKey: Bool, inside: Bool) throws(TemplateFault) {
    flush()
    let (placeholder, end) = try TemplateScanner.placeholder(in: bytes[...], at: position)
    starts.append(position)
    switch (asKey, inside) {
    case (true, true): found.append(.inKey(placeholder))
    case (true, false): found.append(.key(placeholder))
    case (false, true): found.append(.inString(placeholder))
    case (false, false): found.append(.value(placeholder))
    }
    position = end
  }
}
