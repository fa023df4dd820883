import Encodings

extension StructuredField.Parser {
  /// The byte at the position; nil at the end.
  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Whether the next byte is this one, which is then behind the position.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  /// SP only.
  mutating func skipSpaces() {
    while peek == 0x20 { position += 1 }
  }

  /// SP and HTAB.
  mutating func skipOptionalWhiteSpace() {
    while peek == 0x20 || peek == 0x09 { position += 1 }
  }

  /// The ASCII text of all that follows and belongs.
  mutating func text(while belongs: (UInt8) -> Bool) -> String {
    let start = position
    while let byte = peek, belongs(byte) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// §4.2.7, without its leniencies.
  mutating func byteSequence() throws(StructuredField.Fault) -> [UInt8] {
    guard take(0x3A) else { throw .malformed(at: position) }
    let start = position
    guard let end = bytes[start...].firstIndex(of: 0x3A), let decoded = Base64.decode(bytes[start..<end]) else {
      throw .malformed(at: start)
    }
    position = end + 1
    return decoded
  }

  /// §4.2.8.
  mutating func boolean() throws(StructuredField.Fault) -> Bool {
    guard take(0x3F), let byte = peek, byte == 0x30 || byte == 0x31 else { throw .malformed(at: position) }
    position += 1
    return byte == 0x31
  }

  /// §4.2.10.
  mutating func displayString() throws(StructuredField.Fault) -> String {
    guard take(0x25), take(0x22) else { throw .malformed(at: position) }
    var content: [UInt8] = []
    while let byte = peek {
      switch byte {
      case 0x22:
        guard UTF8Text.isValid(content) else { throw .malformed(at: position) }
        position += 1
        return String(decoding: content, as: UTF8.self)
      case 0x25:
        guard position + 2 < bytes.count,
          let decoded = Hex.decode(bytes[(position + 1)...(position + 2)], allowUpperCase: false)
        else { throw .malformed(at: position) }
        content += decoded
        position += 3
      case 0x20...0x7E:
        content.append(byte)
        position += 1
      default: throw .malformed(at: position)
      }
    }
    throw .malformed(at: position)
  }
}
