/// A text of bounded length for an entry, safe to show: control characters, and those that change the direction of
/// text, stand as U+FFFD; what is longer than the limit is cut and says by how much.
struct LedgerText {
  let text: String

  /// Room for the note at the end: `…(+`, 19 digits, `)`.
  private static let noteBytes = 26

  init(_ text: String, limit: Int) {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      bytes.append(contentsOf: String(Self.isPlain(scalar) ? scalar : "\u{FFFD}").utf8)
    }
    guard bytes.count > limit else {
      self.text = String(decoding: bytes, as: UTF8.self)
      return
    }
    var end = limit - Self.noteBytes
    while bytes[end] & 0xC0 == 0x80 { end -= 1 }
    self.text = "\(String(decoding: bytes[..<end], as: UTF8.self))…(+\(bytes.count - end))"
  }

  /// Whether the text stands in an entry as it is: within the limit, printable ASCII, without quote and backslash. What
  /// nearly every text is, so that it is asked first.
  static func isPlainASCII(_ text: String, limit: Int) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      bytes.count <= limit
        && bytes.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false
    default: true
    }
  }
}
