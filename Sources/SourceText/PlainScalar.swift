import Encodings

/// What a YAML scalar without quotes means.
enum PlainScalar {
  /// By the YAML 1.2 core schema (§10.3.2), except that a number must be one in JSON too.
  static func kind(of text: String) -> SourceNode.ScalarKind {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .true
    case "false", "False", "FALSE": return .false
    default: return isNumber(text) ? .number : .string
    }
  }

  private static func isNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first, first == 0x2D || (0x30...0x39).contains(first),
      let last = text.utf8.last, (0x30...0x39).contains(last),
      let tape = try? JSONTape(Array(text.utf8))
    else { return false }
    return tape.kind(tape.root) == .number && tape.range(tape.root).count == text.utf8.count
  }
}
