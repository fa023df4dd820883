/// Texts for people that stand in lists, logs and rows of the database: one line each.
package enum ShownText {
  /// Whether the character is none of those that control something, end a line, or turn the direction of what stands around
  /// them: with one of them a name could pass for another, or for another line.
  static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false
    default: true
    }
  }

  /// Whether the text has no such character.
  package static func isPlain(_ text: String) -> Bool { text.unicodeScalars.allSatisfy { isPlain($0) } }

  /// The text with a space in the place of each such character, and none at its ends; empty where nothing else is in it.
  package static func plain(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { scalars.append(isPlain(scalar) ? scalar : " ") }
    let isSpace = { (scalar: Unicode.Scalar) in scalar == " " }
    guard let first = scalars.firstIndex(where: { !isSpace($0) }), let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[first...last])
  }

  /// How a message names the character: as `U+0000`.
  static func code(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
  }
}
