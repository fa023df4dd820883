import Destinations
import Labels
import NIOHTTP1

/// A request whose bytes are final. Nothing in it is printed: the URL, the headers and the body may hold values.
struct OutboundRequest: Sendable {
  var method: String
  /// The canonical URL, as it is about to be written.
  var url: [UInt8]
  var headers: [(name: String, value: [UInt8])]
  var body: [UInt8]
  /// Whether anything secret is in it. Such a request is sent to its own URL and follows no redirect.
  var carriesSecrets: Bool
  /// `url` as it was read already; nil where that is still to be done.
  var target: CanonicalURL?
}

extension OutboundRequest {
  /// What the door let out.
  init(_ request: SendableRequest) {
    self.init(
      method: request.method, url: Array(request.url.utf8), headers: request.headers, body: request.body,
      carriesSecrets: request.carriesSecrets, target: request.target)
  }
}

extension OutboundRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  var description: String { "OutboundRequest(masked)" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: []) }
}

extension OutboundRequest {
  /// The library's headers, or why the request is not sent.
  func checkedHeaders(_ limits: EgressLimits) throws(RequestRefusal) -> HTTPHeaders {
    guard headers.count <= limits.requestHeaders else { throw .tooManyHeaders(limit: limits.requestHeaders) }
    guard headers.reduce(0, { $0 + $1.name.utf8.count + $1.value.count }) <= limits.requestHeaderBytes else {
      throw .tooLongHeaders(limit: limits.requestHeaderBytes)
    }
    var checked = HTTPHeaders()
    for (name, value) in headers {
      guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else { throw .headerName }
      if let reserved = Self.reservedHeaders[name.lowercased()] { throw .reservedHeader(reserved) }
      guard !value.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f }),
        let text = String(validating: value, as: UTF8.self)
      else { throw .headerValue }
      checked.add(name: name, value: text)
    }
    // Some APIs refuse a request without it; it carries no version.
    if !checked.contains(name: "user-agent") { checked.add(name: "User-Agent", value: "chancery") }
    if !checked.contains(name: "accept-encoding") { checked.add(name: "Accept-Encoding", value: "gzip, deflate") }
    return checked
  }

  func checkedMethod() throws(RequestRefusal) -> HTTPMethod {
    guard !method.isEmpty, method.utf8.count <= 32, method.utf8.allSatisfy(Self.isTokenByte) else { throw .method }
    guard !["CONNECT", "TRACE", "TRACK"].contains(method.uppercased()) else { throw .method }
    if !body.isEmpty, ["GET", "HEAD"].contains(method) { throw .bodyNotAllowed }
    return HTTPMethod(rawValue: method)
  }

  /// RFC 9110 §5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
    default: false
    }
  }

  /// Headers that say where a message goes, where it ends or what becomes of the connection: two writers of them are
  /// request smuggling.
  private static let reservedHeaders: [String: String] = Dictionary(
    uniqueKeysWithValues: [
      "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection",
      "Proxy-Authorization", "Proxy-Authenticate", "TE", "Trailer", "Upgrade", "Expect", "HTTP2-Settings",
    ].map { ($0.lowercased(), $0) })
}
