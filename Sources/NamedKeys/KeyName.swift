import Encodings

/// The name of a key: one segment of a policy's path (`keys/NAME`), in one spelling. It may be shown.
package struct KeyName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The text.
  package let text: String

  /// Throws `name` for any other text than 1 to 64 characters of a-z 0-9 . _ -, the first a letter or a digit. Upper
  /// case is refused, not folded.
  package init(_ text: String) throws(NamedKeyError) {
    func isPlain(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    guard (1...64).contains(text.utf8.count), let first = text.utf8.first, isPlain(first),
      text.utf8.allSatisfy({
        isPlain($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
      })
    else { throw .name }
    self.text = text
  }

  package var description: String { text }

  package static func < (left: KeyName, right: KeyName) -> Bool { left.text < right.text }
}
