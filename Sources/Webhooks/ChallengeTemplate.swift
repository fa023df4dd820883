/// A text of a handshake, put together from literal text, the token, its MAC and settings of the endpoint.
struct ChallengeTemplate: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case literal([UInt8])
    case token
    case mac
    /// A setting of the endpoint that is not secret.
    case setting(String)
    /// The secret that a request must bring.
    case verifyToken
  }

  let parts: [Part]

  /// Words that settings cannot be called by.
  static let reservedNames: Set<String> = ["token", "mac", "verify_token"]

  init(parts: [Part]) { self.parts = parts }

  /// - Parameter settings: the names that may stand in braces beside the reserved ones. A brace has no other meaning.
  init(_ text: String, settings: some Collection<String>) throws(WebhookFault) {
    var parts: [Part] = []
    var literal: [UInt8] = []
    let bytes = Array(text.utf8)
    var next = 0
    while next < bytes.count {
      if bytes[next] == UInt8(ascii: "}") { throw .templateBrace(at: next) }
      guard bytes[next] == UInt8(ascii: "{") else {
        literal.append(bytes[next])
        next += 1
        continue
      }
      guard let end = bytes[next...].firstIndex(of: UInt8(ascii: "}")) else { throw .templateBrace(at: next) }
      let name = String(decoding: bytes[(next + 1)..<end], as: UTF8.self)
      if !literal.isEmpty { parts.append(.literal(literal)) }
      literal = []
      switch name {
      case "token": parts.append(.token)
      case "mac": parts.append(.mac)
      case "verify_token": parts.append(.verifyToken)
      default:
        guard settings.contains(name) else { throw .challenge(.template(SchemeFields.shown(name))) }
        parts.append(.setting(name))
      }
      next = end + 1
    }
    if !literal.isEmpty { parts.append(.literal(literal)) }
    guard parts.count <= WebhookLimits.schemeParts else { throw .templateParts }
    self.parts = parts
  }

  var usesToken: Bool { parts.contains(.token) }
  var usesMAC: Bool { parts.contains(.mac) }
  var usesSecret: Bool { parts.contains(.verifyToken) }

  /// The text. The secret has none: it is compared, never written.
  func text(token: ArraySlice<UInt8>, mac: [UInt8], settings: [String: [UInt8]]) -> [UInt8] {
    parts.reduce(into: []) { text, part in
      switch part {
      case .literal(let bytes): text += bytes
      case .token: text += token
      case .mac: text += mac
      case .setting(let name): text += settings[name] ?? []
      case .verifyToken: break
      }
    }
  }
}
