import Encodings

/// Finds the byte that stands at a line and column. Asked in the order of the text it costs one pass in all.
struct YAMLPlaces {
  private let bytes: [UInt8]
  private var position = TextPosition()

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The byte at a place, both numbers from 1; nil at the end of the text and where a line is shorter.
  mutating func byte(line: Int, column: Int) -> UInt8? {
    if line < position.line || (line == position.line && column < position.column) { position = TextPosition() }
    while position.offset < bytes.count, position.line < line || (position.line == line && position.column < column) {
      position.advance(to: position.offset + 1, in: bytes)
    }
    guard position.offset < bytes.count, position.line == line, position.column == column else { return nil }
    return bytes[position.offset]
  }
}
