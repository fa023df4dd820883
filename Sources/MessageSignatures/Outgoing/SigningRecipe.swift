package import Encodings

/// A signature by HMAC whose form an author chooses: the counterpart of the configurable recipe of endpoints
/// (webhook-schemes.md §7), and with `message` and `value` also the forms of the large providers.
package struct SigningRecipe: Sendable {
  /// How the MAC is written.
  package enum DigestForm: String, Hashable, Sendable, CaseIterable { case hex, base64 }

  /// How a time is written.
  package enum TimestampForm: String, Hashable, Sendable, CaseIterable { case unix, rfc1123 }

  /// A piece of a template: literal text, or what stands between braces.
  enum Piece: Hashable, Sendable {
    case literal(String)
    /// `{headers}`: the values of the signed headers, one after another.
    case headers
    case timestamp
    case body
    case signature
    /// `{lengths}`: the framing of webhook-schemes.md §7.1, up to the body. Nothing can move from one part into another.
    case lengths
  }

  /// The header that carries the signature.
  package let header: String
  package let algorithm: MessageSignatureAlgorithm
  package let digest: DigestForm
  package let headersToSign: [String]
  /// The header that the time is put into; nil for none.
  package let timestampHeader: String?
  package let timestampForm: TimestampForm
  private let message: [Piece]
  private let value: [Piece]

  /// - Parameters:
  ///   - message: template of the signed bytes, of `{headers}`, `{timestamp}`, `{body}`, `{lengths}`.
  ///   - value: template of the header's value, of `{signature}` (once) and `{timestamp}`.
  ///
  /// Throws `setting` for a name that is no header name or cannot be sent, a name twice, a template with another word
  /// or an open brace, a message without the body, a value without the signature; `algorithm` for what is no HMAC.
  package init(
    header: String = "X-Signature", algorithm: MessageSignatureAlgorithm = .hmacSHA256, digest: DigestForm = .hex,
    headersToSign: [String] = [], timestampHeader: String? = nil, timestampForm: TimestampForm = .rfc1123,
    message: String = "{headers}{body}", value: String = "{signature}"
  ) throws(SigningFault) {
    guard algorithm.macHash != nil else { throw .algorithm }
    let names = [header] + headersToSign
    guard (names + [timestampHeader].compactMap { $0 }).allSatisfy(Self.isHeaderName), headersToSign.count <= 32,
      Set(names.map { $0.lowercased() }).count == names.count, timestampHeader?.lowercased() != header.lowercased()
    else { throw .setting }
    self.header = header
    self.algorithm = algorithm
    self.digest = digest
    self.headersToSign = headersToSign
    self.timestampHeader = timestampHeader
    self.timestampForm = timestampForm
    self.message = try Self.pieces(message, allowing: ["headers", "timestamp", "body", "lengths"])
    self.value = try Self.pieces(value, allowing: ["signature", "timestamp"])
    let bodies = self.message.filter { $0 == .body }.count
    let signatures = self.value.filter { $0 == .signature }.count
    guard bodies == 1, signatures == 1 else { throw .setting }
  }

  /// The headers to be added to the message: the time's, if there is one, and the signature's.
  ///
  /// Throws `component` where a header to be signed is not there exactly once, and `algorithm` where the signer's is
  /// not the recipe's.
  package func headers(
    for fields: [HTTPField], body: [UInt8], with signer: some MessageSigner, now: Instant
  ) throws(SigningFault) -> [HTTPField] {
    guard signer.algorithm == algorithm else { throw .algorithm }
    let time =
      switch timestampForm {
      case .unix: String(now.secondsSinceEpoch)
      case .rfc1123: HTTPDate.format(now)
      }
    var added: [HTTPField] = []
    if let timestampHeader { added.append(HTTPField(timestampHeader, time)) }
    var signed: [[UInt8]] = []
    for name in headersToSign { signed.append(try Self.value(of: name, in: fields + added)) }
    var bytes: [UInt8] = []
    for piece in message {
      switch piece {
      case .literal(let text): bytes += text.utf8
      case .headers: bytes += signed.joined()
      case .timestamp: bytes += time.utf8
      case .body: bytes += body
      case .lengths:
        bytes += "chancery-recipe-1\n".utf8
        for (name, value) in zip(headersToSign, signed) {
          bytes += "\(name.lowercased()):\(value.count):".utf8
          bytes += value + [0x0A]
        }
        bytes += ":\(body.count):".utf8
      case .signature: break
      }
    }
    let mac = try signer.sign(bytes)
    let text = digest == .hex ? Hex.encode(mac) : Base64.encode(mac)
    let value = self.value.map { piece in
      switch piece {
      case .literal(let literal): literal
      case .signature: text
      case .timestamp: time
      case .headers, .body, .lengths: ""
      }
    }
    return added + [HTTPField(header, value.joined())]
  }

  private static func value(of name: String, in fields: [HTTPField]) throws(SigningFault) -> [UInt8] {
    let found = fields.filter { $0.isNamed(name.lowercased()) }
    guard let first = found.first else { throw .component(.missing, of: name) }
    guard found.count == 1 else { throw .component(.repeated, of: name) }
    let value = first.canonicalValue
    guard !value.isEmpty else { throw .component(.missing, of: name) }
    return value
  }

  private static func pieces(_ template: String, allowing words: Set<String>) throws(SigningFault) -> [Piece] {
    let known: [String: Piece] = [
      "headers": .headers, "timestamp": .timestamp, "body": .body, "signature": .signature, "lengths": .lengths,
    ]
    guard template.utf8.count <= 1_024, template.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw .setting
    }
    var pieces: [Piece] = []
    var rest = template[...]
    while !rest.isEmpty {
      let literal = rest.prefix { $0 != "{" && $0 != "}" }
      if !literal.isEmpty { pieces.append(.literal(String(literal))) }
      rest = rest[literal.endIndex...]
      guard !rest.isEmpty else { break }
      guard rest.first == "{", let end = rest.firstIndex(of: "}") else { throw .setting }
      let word = String(rest[rest.index(after: rest.startIndex)..<end])
      guard words.contains(word), let piece = known[word] else { throw .setting }
      pieces.append(piece)
      rest = rest[rest.index(after: end)...]
    }
    return pieces
  }

  private static func isHeaderName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count) && name.utf8.allSatisfy(StructuredField.isTokenByte)
  }
}
