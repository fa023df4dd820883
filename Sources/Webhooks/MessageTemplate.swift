/// The recipe of the signed bytes: literal text and parts of the request, in order.
package struct MessageTemplate: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case literal([UInt8])
    /// The scheme's value of this index.
    case value(Int)
    case body
    /// How many bytes the value of this index has, decimal.
    case length(Int)
    /// How many bytes the body has, decimal.
    case bodyLength
    case method
    case url
    /// SHA-256 of the body, lower-case hex.
    case bodySHA256
    /// CRC-32 of the body, decimal.
    case bodyCRC32
    /// Form parameters of the body, decoded, sorted, joined (Twilio).
    case sortedForm
    /// The URL with a fixed list of escapes decoded (HubSpot).
    case unescapedURL
    /// The fields that AWS SNS signs.
    case notificationFields

    fileprivate static let named: [String: Part] = [
      "body": .body, "method": .method, "url": .url, "sha256hex(body)": .bodySHA256, "crc32(body)": .bodyCRC32,
      "length(body)": .bodyLength,
      "form-sorted(body)": .sortedForm, "hubspot(url)": .unescapedURL, "sns(body)": .notificationFields,
    ]

    /// What stands in braces for it; nil for literal text and values, whose names are the scheme's.
    var name: String? { Self.named.first { $0.value == self }?.key }

    /// Whether the whole body is under the signature through this part.
    var bindsBody: Bool {
      switch self {
      case .body, .bodySHA256, .sortedForm, .notificationFields: true
      case .literal, .value, .length, .bodyLength, .method, .url, .bodyCRC32, .unescapedURL: false
      }
    }
  }

  let parts: [Part]

  /// - Parameters:
  ///   - text: literal text with `{name}` for values and parts; a brace has no other meaning and no escape.
  ///   - values: the names that may stand in braces, beside the parts of the scheme language.
  package init(_ text: String, values: [String]) throws(WebhookFault) {
    var parts: [Part] = []
    var literal: [UInt8] = []
    let bytes = Array(text.utf8)
    var next = 0
    while next < bytes.count {
      let byte = bytes[next]
      if byte == UInt8(ascii: "}") { throw .templateBrace(at: next) }
      guard byte == UInt8(ascii: "{") else {
        literal.append(byte)
        next += 1
        continue
      }
      let start = next + 1
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "}")) else { throw .templateBrace(at: next) }
      let name = String(decoding: bytes[start..<end], as: UTF8.self)
      if !literal.isEmpty { parts.append(.literal(literal)) }
      literal = []
      if let index = values.firstIndex(of: name) {
        parts.append(.value(index))
      } else if let index = values.firstIndex(where: { "length(\($0))" == name }) {
        parts.append(.length(index))
      } else if let part = Part.named[name] {
        parts.append(part)
      } else {
        throw .templateName(at: next)
      }
      next = end + 1
    }
    if !literal.isEmpty { parts.append(.literal(literal)) }
    guard parts.count <= WebhookLimits.schemeParts else { throw .templateParts }
    self.parts = parts
  }

  init(parts: [Part]) { self.parts = parts }

  /// Names that values may not take, because they are parts.
  static let reservedNames: Set<String> = ["body", "method", "url"]
}
