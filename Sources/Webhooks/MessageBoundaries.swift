/// Whether the signed bytes of a scheme can be cut into its parts in one way only.
///
/// If they cannot, an attacker who has seen one request moves bytes across a border — from the last signed header
/// into the body, say — and the signature still fits a request that means something else. The cut is certain when,
/// reading from the left, each part (with the literal text behind it) is prefix-free, or reading from the right
/// suffix-free, so that at most one part is left whose end nothing fixes; it then takes what remains.
enum MessageBoundaries {
  /// The first and the last part between which bytes can move; nil when there are no two such parts.
  static func undetermined(in scheme: SignatureScheme) -> (first: String, second: String)? {
    let parts = scheme.message.parts
    let first = parts.indices.first { !isFixed(parts, $0, in: scheme, fromEnd: false) }
    let last = parts.indices.last { !isFixed(parts, $0, in: scheme, fromEnd: true) }
    guard let first, let last, first < last else { return nil }
    return (name(of: parts[first], in: scheme), name(of: parts[last], in: scheme))
  }

  private static func isFixed(
    _ parts: [MessageTemplate.Part], _ index: Int, in scheme: SignatureScheme, fromEnd: Bool
  ) -> Bool {
    let part = parts[index]
    if case .literal = part { return true }
    // Read from the left, whoever has read a length knows where what it counts ends.
    if !fromEnd, isCounted(part, before: index, in: parts) { return true }
    let neighbour = fromEnd ? index - 1 : index + 1
    let border: PatternNode? = parts.indices.contains(neighbour) ? literal(parts[neighbour], readFromEnd: fromEnd) : nil
    return languages(of: part, in: scheme).contains { language in
      var nodes = [language]
      if let border { nodes.insert(border, at: fromEnd ? 0 : 1) }
      let node = PatternNode.sequence(fromEnd ? nodes.reversed().map(\.reversed) : nodes)
      guard node.size(limit: WebhookLimits.patternPositions) <= WebhookLimits.patternPositions else { return false }
      return PositionAutomaton(node).isPrefixFree
    }
  }

  private static func isCounted(_ part: MessageTemplate.Part, before index: Int, in parts: [MessageTemplate.Part])
    -> Bool
  {
    switch part {
    case .value(let value): parts[..<index].contains(.length(value))
    case .body: parts[..<index].contains(.bodyLength)
    default: false
    }
  }

  /// Text that stands next to a part whatever the request. Of a URL only the beginning is known.
  private static func literal(_ part: MessageTemplate.Part, readFromEnd: Bool) -> PatternNode? {
    switch part {
    case .literal(let bytes): .literal(bytes)
    case .url, .unescapedURL: readFromEnd ? nil : .literal("http".utf8)
    default: nil
    }
  }

  /// What a part can look like. A timestamp is bound by its pattern and by its format; either may fix its end.
  private static func languages(of part: MessageTemplate.Part, in scheme: SignatureScheme) -> [PatternNode] {
    switch part {
    case .literal(let bytes): return [.literal(bytes)]
    case .value(let index):
      var result = [scheme.values[index].source.pattern.node]
      if let timestamp = scheme.timestamp, timestamp.value == index { result.append(timestamp.format.language) }
      return result
    case .method: return [.repeated(.byte(ByteClass(UInt8(ascii: "A")...UInt8(ascii: "Z"))), minimum: 1, maximum: nil)]
    // Host and path come from our configuration, but the query is the sender's: bytes of the body can move there.
    case .url, .unescapedURL: return [.sequence([.literal("http".utf8), .anything])]
    case .bodySHA256: return [.repeated(.byte(ByteClass(0x21...0x7E)), minimum: 64, maximum: 64)]
    case .bodyCRC32: return [.repeated(.byte(.digits), minimum: 1, maximum: 10)]
    case .length, .bodyLength: return [.repeated(.byte(.digits), minimum: 1, maximum: 19)]
    case .body, .sortedForm, .notificationFields: return [.anything]
    }
  }

  private static func name(of part: MessageTemplate.Part, in scheme: SignatureScheme) -> String {
    switch part {
    case .literal: "the literal text"
    case .value(let index):
      if case .header(let header) = scheme.values[index].source.place {
        "the header \(header.text)"
      } else {
        "the value \(scheme.values[index].name)"
      }
    case .length, .bodyLength: "a length"
    case .body, .bodySHA256, .bodyCRC32, .sortedForm, .notificationFields: "the body"
    case .method: "the method"
    case .url, .unescapedURL: "the URL"
    }
  }
}
