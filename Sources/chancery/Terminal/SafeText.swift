/// Text from elsewhere as it may be written to a terminal.
enum SafeText {
  /// Control characters, and those that change the direction of what stands around them, become `\u{1B}`: a response
  /// body in a log, or the name of a runbook, must not move the cursor, set a title or pass for another line.
  /// With `keepsLines`, line feeds and tabs stay.
  static func show(_ text: String, keepsLines: Bool = false) -> String {
    guard text.unicodeScalars.contains(where: { !isPlain($0) }) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isPlain(scalar) || (keepsLines && (scalar == "\n" || scalar == "\t")) {
        shown.unicodeScalars.append(scalar)
      } else {
        shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return shown
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false
    default: true
    }
  }
}
