import Encodings

/// A JSON Pointer (RFC 6901) to one value of a body that has to be read before it is verified.
package struct JSONPointer: Hashable, Sendable {
  /// As it was written.
  let source: String
  private let tokens: [String]

  /// - Throws: `WebhookFault.jsonPointer` unless the text is `/token/token…` with `~` only as `~0` or `~1`.
  package init(_ text: String) throws(WebhookFault) {
    guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count <= 256 else { throw .jsonPointer }
    var tokens: [String] = []
    for raw in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      var token: [UInt8] = []
      var rest = raw[...]
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "~") else {
          token.append(byte)
          continue
        }
        switch rest.popFirst() {
        case UInt8(ascii: "0"): token.append(UInt8(ascii: "~"))
        case UInt8(ascii: "1"): token.append(UInt8(ascii: "/"))
        default: throw .jsonPointer
        }
      }
      tokens.append(String(decoding: token, as: UTF8.self))
    }
    self.tokens = tokens
    source = text
  }

  /// Whether this is exactly the top-level member of that name.
  func isMember(_ name: String) -> Bool { tokens == [name] }

  /// The bytes of the string or integer it points to; nil when there is none. Other kinds of value have no one
  /// text form, so they cannot be signed values.
  func text(in tape: JSONTape) -> [UInt8]? {
    var node = tape.root
    for token in tokens {
      switch tape.kind(node) {
      case .object:
        guard let member = tape.member(node, token) else { return nil }
        node = member
      case .array:
        guard let index = Self.arrayIndex(token), let element = tape.element(node, index) else { return nil }
        node = element
      default: return nil
      }
    }
    switch tape.kind(node) {
    case .string: return tape.stringBytes(node)
    case .number:
      guard let text = tape.numberText(node),
        text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || ByteClass.digits.contains($0) })
      else { return nil }
      return Array(text.utf8)
    default: return nil
    }
  }

  /// An array index of RFC 6901 §4: decimal digits without a leading zero.
  private static func arrayIndex(_ token: String) -> Int? {
    let digits = token.utf8
    guard (1...9).contains(digits.count), digits.allSatisfy(ByteClass.digits.contains),
      digits.first != UInt8(ascii: "0") || digits.count == 1
    else { return nil }
    return Int(token)
  }
}
