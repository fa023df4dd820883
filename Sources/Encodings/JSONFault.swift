/// Why a text is not JSON that we read. Offsets are in bytes from the start of the text; no content is carried.
package enum JSONFault: Error, Equatable, Sendable {
  /// Longer than `JSONLimits.maximumBytes`.
  case tooLarge
  /// Deeper than `JSONLimits.maximumDepth`; where the bracket stands that goes too deep.
  case tooDeep(at: Int)
  /// More values than `JSONLimits.maximumNodes`.
  case tooManyNodes
  /// An ill-formed UTF-8 sequence.
  case notUTF8(at: Int)
  /// A byte that cannot stand there.
  case unexpected(at: Int)
  /// The text stops inside a value, or holds none.
  case unexpectedEnd
  /// A key that the same object already has, after unescaping.
  case duplicateKey(at: Int)
  /// Something after the one value.
  case trailingText(at: Int)
  /// Half of a surrogate pair as an escape.
  case loneSurrogate(at: Int)
  /// A control character inside a string that is not escaped.
  case controlCharacter(at: Int)
  /// A byte order mark at the start.
  case byteOrderMark
  /// A number that RFC 8259 §6 does not allow.
  case badNumber(at: Int)
  /// An escape that RFC 8259 §7 does not know.
  case badEscape(at: Int)

  /// Where it is, in bytes from the start; nil for what concerns the whole text.
  package var offset: Int? {
    switch self {
    case .tooLarge, .tooManyNodes, .unexpectedEnd: nil
    case .byteOrderMark: 0
    case .tooDeep(let offset), .notUTF8(let offset), .unexpected(let offset), .duplicateKey(let offset),
      .trailingText(let offset),
      .loneSurrogate(let offset), .controlCharacter(let offset), .badNumber(let offset), .badEscape(let offset):
      offset
    }
  }

  /// What is wrong, in words and without any of the text.
  package var summary: String {
    switch self {
    case .tooLarge: "the JSON text is too large"
    case .tooDeep: "arrays and objects are nested too deeply"
    case .tooManyNodes: "the JSON text has too many values"
    case .notUTF8: "the JSON text is not UTF-8"
    case .unexpected: "this character cannot stand here in JSON"
    case .unexpectedEnd: "the JSON text stops too early"
    case .duplicateKey: "the object already has this key"
    case .trailingText: "there is text after the JSON value"
    case .loneSurrogate: "half of a surrogate pair is no character"
    case .controlCharacter: "a control character in a string must be escaped"
    case .byteOrderMark: "a byte order mark is not allowed before JSON"
    case .badNumber: "this is not a JSON number"
    case .badEscape: "this is not an escape that JSON knows"
    }
  }

  /// `line:column: what is wrong`, for the text that was read; without the place where there is none.
  package func message(in bytes: [UInt8]) -> String {
    let place: Int? = self == .unexpectedEnd ? bytes.count : offset
    guard let place else { return summary }
    let position = TextPosition(offset: place, in: bytes)
    return "\(position.line):\(position.column): \(summary)"
  }
}
