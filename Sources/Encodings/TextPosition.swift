/// A place in a text as people count: line and column from 1, the column in Unicode scalars. LF, CR LF and a lone CR
/// end a line.
package struct TextPosition: Hashable, Sendable {
  /// Line, from 1.
  package private(set) var line = 1
  /// Column, from 1.
  package private(set) var column = 1
  /// Offset in bytes.
  package private(set) var offset = 0

  /// The beginning of a text.
  package init() {}

  /// The place of the byte at `offset`, or of the end when the text is shorter.
  package init(offset: Int, in bytes: [UInt8]) {
    advance(to: offset, in: bytes)
  }

  /// Moves forward to `target`, so that places met in order cost one pass in all. An earlier target moves nothing.
  package mutating func advance(to target: Int, in bytes: [UInt8]) {
    let end = min(target, bytes.count)
    while offset < end {
      switch bytes[offset] {
      case 0x0A:
        line += 1
        column = 1
      case 0x0D:
        // The LF of a CR LF counts instead; standing on it is still the old line.
        if offset + 1 < bytes.count, bytes[offset + 1] == 0x0A {
          column += 1
        } else {
          line += 1
          column = 1
        }
      case 0x80...0xBF: break
      default: column += 1
      }
      offset += 1
    }
  }
}
