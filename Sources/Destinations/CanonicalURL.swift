/// An http or https URL in its one canonical text, which is also what is written on the wire.
///
/// The WHATWG URL parser accepts every text that is accepted here and reads the same scheme, host, port, path and
/// query from it; much of what that parser repairs is refused (docs/spec/url-binding.md). Two URLs are equal when
/// their texts are.
package struct CanonicalURL: Sendable {
  /// The schemes that are called; everything else is refused.
  package enum Scheme: String, Sendable, CaseIterable {
    case http, https
    /// The port that is left out of the text.
    package var defaultPort: UInt16 { self == .http ? 80 : 443 }
  }

  /// http only where the rule that was asked allows it.
  package let scheme: Scheme
  /// Host and effective port.
  package let origin: HostPort
  /// Percent-encoded segments; at least one; the last is empty when the path ends with '/'.
  package let pathSegments: [String]
  /// Percent-encoded, without the question mark; nil when there is none, empty when nothing follows it.
  package let query: String?
  /// The canonical text, ASCII.
  package let text: String

  /// The canonical host, an IPv6 address in brackets.
  package var host: String { origin.host }
  /// The effective port.
  package var port: UInt16 { origin.port }
  /// Path and query, as a request line carries them.
  package var requestTarget: String {
    "/" + pathSegments.joined(separator: "/") + (query.map { "?" + $0 } ?? "")
  }

  /// `allowingPlainHTTP` says for which host and port http is allowed; it is not asked for https.
  package init(_ text: String, allowingPlainHTTP: (HostPort) -> Bool) throws(URLFault) {
    try self.init(bytes: Array(text.utf8), allowingPlainHTTP: allowingPlainHTTP)
  }

  /// As above, from bytes that may not be UTF-8.
  package init(bytes: [UInt8], allowingPlainHTTP: (HostPort) -> Bool) throws(URLFault) {
    try Self.checkCharacters(bytes)
    let (scheme, authority, rest) = try Self.split(bytes)
    let origin = try HostPort(authority: authority, defaultPort: scheme.defaultPort)
    guard scheme == .https || allowingPlainHTTP(origin) else { throw .plainHTTPNotAllowed }
    let path = rest.prefix { $0 != 0x3f }
    let query = rest.dropFirst(path.count)
    let segments = try PathSegments.resolve(path)
    let queryText = query.isEmpty ? nil : ASCII.text(try PercentForm.normalize(query.dropFirst(), .query))
    self.init(scheme: scheme, origin: origin, pathSegments: segments, query: queryText)
    // An escape is three bytes for one, so the canonical text can be the longer one.
    guard text.utf8.count <= URLLimits.textBytes else { throw .tooLong }
  }

  /// The bytes must already be the canonical text: for what is about to be written. Throws `notCanonical` if not.
  package init(wire bytes: [UInt8], allowingPlainHTTP: (HostPort) -> Bool) throws(URLFault) {
    try self.init(bytes: bytes, allowingPlainHTTP: allowingPlainHTTP)
    guard text.utf8.elementsEqual(bytes) else { throw .notCanonical }
  }

  init(scheme: Scheme, origin: HostPort, pathSegments: [String], query: String?) {
    self.scheme = scheme
    self.origin = origin
    self.pathSegments = pathSegments
    self.query = query
    let port = origin.port == scheme.defaultPort ? "" : ":\(origin.port)"
    text =
      "\(scheme.rawValue)://\(origin.host)\(port)/\(pathSegments.joined(separator: "/"))"
      + (query.map { "?" + $0 } ?? "")
  }

  /// The query as decoded pairs, split at '&' and the first '=', '+' read as a space: how servers read it.
  /// Empty pairs are left out. The order is kept.
  package var queryPairs: [(name: [UInt8], value: [UInt8])] {
    QueryPairs.split(Array((query ?? "").utf8)).map {
      (PercentForm.decodeOnce($0.name, plusIsSpace: true), PercentForm.decodeOnce($0.value, plusIsSpace: true))
    }
  }

  /// Whether both have the same scheme, host and port (RFC 6454 §5).
  package func isSameOrigin(as other: CanonicalURL) -> Bool { scheme == other.scheme && origin == other.origin }

  /// What is refused wherever it stands: length, controls, backslash, '#', surrounding spaces, invalid UTF-8.
  static func checkCharacters(_ bytes: [UInt8]) throws(URLFault) {
    guard let first = bytes.first, let last = bytes.last else { throw .empty }
    guard bytes.count <= URLLimits.textBytes else { throw .tooLong }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
    if bytes.contains(where: ASCII.isControl) { throw .controlCharacter }
    // C1 controls, which UTF-8 writes as two bytes.
    if text.unicodeScalars.contains(where: { (0x80...0x9f).contains($0.value) }) { throw .controlCharacter }
    if first == 0x20 || last == 0x20 { throw .surroundingSpace }
    if bytes.contains(0x5c) { throw .backslash }
    if bytes.contains(0x23) { throw .fragment }
  }

  /// Scheme, authority and the rest from the first '/' or '?'. Exactly `scheme://` is accepted: WHATWG also
  /// repairs one slash, none, and three.
  static func split(
    _ bytes: [UInt8]
  ) throws(URLFault) -> (scheme: Scheme, authority: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
    guard let colon = bytes.firstIndex(of: 0x3a), let head = bytes.first, ASCII.isLetter(head) else {
      throw .notAbsolute
    }
    let schemeText = bytes[..<colon].map(ASCII.lowered)
    guard schemeText.allSatisfy({ ASCII.isLower($0) || ASCII.isDigit($0) || [0x2b, 0x2d, 0x2e].contains($0) }) else {
      throw .notAbsolute
    }
    guard let scheme = Scheme(rawValue: ASCII.text(schemeText)) else { throw .unsupportedScheme }
    let afterColon = bytes[(colon + 1)...]
    guard afterColon.starts(with: [0x2f, 0x2f]) else { throw .notAbsolute }
    let authority = afterColon.dropFirst(2).prefix { $0 != 0x2f && $0 != 0x3f }
    return (scheme, authority, afterColon.dropFirst(2 + authority.count))
  }
}

extension CanonicalURL: Hashable {
  /// Equal when the texts are.
  package static func == (left: CanonicalURL, right: CanonicalURL) -> Bool { left.text == right.text }
  /// Of the text.
  package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Path text to canonical segments.
enum PathSegments {
  /// `path` is empty or begins with '/'. Dot segments, escaped ones included, are resolved as WHATWG does.
  static func resolve(_ path: ArraySlice<UInt8>) throws(URLFault) -> [String] {
    var segments: [String] = []
    let parts = path.dropFirst().split(separator: 0x2f, omittingEmptySubsequences: false)
    guard parts.count <= URLLimits.pathSegments else { throw .tooManySegments }
    for (index, part) in parts.enumerated() {
      let text = ASCII.text(try PercentForm.normalize(part, .pathSegment))
      let isLast = index == parts.count - 1
      switch text {
      case ".": if isLast { segments.append("") }
      case "..":
        _ = segments.popLast()
        if isLast { segments.append("") }
      default: segments.append(text)
      }
    }
    return segments.isEmpty ? [""] : segments
  }
}

enum QueryPairs {
  /// Raw pairs, still encoded.
  static func split(_ query: [UInt8]) -> [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] {
    query.split(separator: 0x26).map { pair in
      let name = pair.prefix { $0 != 0x3d }
      return (name, pair.dropFirst(name.count + 1))
    }
  }
}
