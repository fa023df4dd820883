/// A text of bounded length for an entry, safe to show: control characters, and those that change the direction of
/// text, stand as U+FFFD; what is too long is cut and says by how much.
struct LedgerText {
  let text: String

  init(_ text: String, limit: Int) {
    var bytes: [UInt8] = []
    var rest = 0
    for scalar in text.unicodeScalars {
      let shown = Self.isPlain(scalar) ? scalar : "\u{FFFD}"
      // 24 bytes are kept for the note at the end: `…(+`, 19 digits, `)`.
      if rest == 0, bytes.count + UTF8.width(shown) <= limit - 26 {
        bytes.append(contentsOf: String(shown).utf8)
      } else {
        rest += UTF8.width(shown)
      }
    }
    let kept = String(decoding: bytes, as: UTF8.self)
    self.text = rest == 0 ? kept : "\(kept)…(+\(rest))"
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false
    default: true
    }
  }
}
