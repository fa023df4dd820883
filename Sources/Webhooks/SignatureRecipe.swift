/// The configurable signature of an endpoint: an administrator chooses each setting, and it expands to an ordinary
/// scheme.
///
/// With `framing: none`, signed bytes = the values of `headersToSign` in that order, then the body, without names or separators: that is
/// how the product whose endpoints these settings come from puts it ("pre-pended to the payload"). With `lengths`, each
/// value stands behind its header's name and its length, and the body behind its length, so that no byte can move.
package struct SignatureRecipe: Sendable {
  /// The hash of the HMAC.
  package enum Hash: String, Hashable, Sendable, CaseIterable { case sha1, sha256, sha384, sha512 }
  /// How the MAC is written.
  package enum DigestForm: String, Hashable, Sendable, CaseIterable { case hex, base64 }

  /// What stands between the values in the signed bytes.
  package enum Framing: String, Hashable, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// Names and lengths (docs/spec/webhook-schemes.md §7.1).
    case lengths
  }

  /// Header that carries the signature.
  package var header: String
  package var algorithm: Hash
  package var digest: DigestForm
  /// Text before the digest, compared exactly; empty for none.
  package var prefix: String
  /// Each must occur exactly once and not be empty.
  package var headersToSign: [String]
  /// Header with an RFC 1123 date. It is protected only when it is also in `headersToSign`.
  package var timestampHeader: String?
  /// Seconds that the date may be off, both ways, inclusive.
  package var windowSeconds: Int
  /// The form of a signed header's value, by header name; without one it is printable ASCII.
  package var patterns: [String: String]
  package var framing: Framing
  /// Whose scheme it is, for people; empty unless a definition says so.
  package var about = SchemeAbout()

  package init(
    header: String = "X-Signature", algorithm: Hash = .sha256, digest: DigestForm = .hex, prefix: String = "",
    headersToSign: [String] = [], timestampHeader: String? = nil, windowSeconds: Int = 60,
    patterns: [String: String] = [:], framing: Framing = .none
  ) {
    self.header = header
    self.algorithm = algorithm
    self.digest = digest
    self.prefix = prefix
    self.headersToSign = headersToSign
    self.timestampHeader = timestampHeader
    self.windowSeconds = windowSeconds
    self.patterns = patterns
    self.framing = framing
  }

  /// The scheme that the settings describe.
  ///
  /// - Parameter name: goes into replay keys. Every recipe of a catalogue has one name whatever its settings, so that
  ///   changing a prefix does not let yesterday's deliveries in again.
  package func scheme(named name: String = "halo-signature") throws(WebhookFault) -> SignatureScheme {
    let carrier = try HeaderName(header)
    if let byte = prefix.utf8.first, byte == 0x20 || byte == 0x09 { throw .recipePrefix }
    var draft = SignatureScheme.Draft(
      name: name,
      signature: SchemeSource(.header(carrier), tag: prefix), encoding: digest == .hex ? .hex : .base64,
      algorithm: hmac)
    draft.about = about
    var template = framing == .lengths ? Self.framedHead : ""
    var signed: [HeaderName] = []
    for (index, text) in headersToSign.enumerated() {
      let signedHeader = try HeaderName(text)
      if signedHeader == carrier { throw .recipeSignsItself }
      if signed.contains(signedHeader) { throw .recipeRepeatedHeader(text) }
      signed.append(signedHeader)
      let source = SchemeSource(.header(signedHeader), pattern: try pattern(for: signedHeader))
      draft.values.append((name: "h\(index)", source: source))
      template += framing == .lengths ? Self.framed(signedHeader, as: "h\(index)") : "{h\(index)}"
    }
    draft.message = template + (framing == .lengths ? ":{length(body)}:{body}" : "{body}")
    for text in patterns.keys.sorted() where !signed.contains(try HeaderName(text)) {
      throw .recipePatternWithoutHeader(text)
    }
    if let text = timestampHeader {
      let window = try TimestampWindow(pastSeconds: windowSeconds, futureSeconds: windowSeconds)
      let dated = try HeaderName(text)
      if dated == carrier { throw .timestampHeaderIsCredential }
      if let index = signed.firstIndex(of: dated) {
        draft.timestamp = ("h\(index)", .rfc1123, window)
      } else {
        draft.values.append((name: "t", source: SchemeSource(.header(dated), pattern: .printableASCII)))
        draft.timestamp = ("t", .rfc1123, window)
      }
    }
    return try SignatureScheme(draft)
  }

  /// The first line of framed bytes: so that no unframed text of the same key can be taken for one.
  private static let framedHead = "chancery-recipe-1\n"

  /// The name in lower case, the value's length, the value. A name is a token (RFC 9110 §5.6.2), hence without colon,
  /// line feed and brace.
  private static func framed(_ header: HeaderName, as value: String) -> String {
    "\(header.text.lowercased()):{length(\(value))}:{\(value)}\n"
  }

  private var hmac: SignatureAlgorithm {
    switch algorithm {
    case .sha1: .hmacSHA1
    case .sha256: .hmacSHA256
    case .sha384: .hmacSHA384
    case .sha512: .hmacSHA512
    }
  }

  private func pattern(for header: HeaderName) throws(WebhookFault) -> ValuePattern {
    for (name, text) in patterns where try HeaderName(name) == header {
      do throws(PatternFault) { return try ValuePattern(text) } catch { throw .pattern(error) }
    }
    return .printableASCII
  }
}
