extension CanonicalURL {
  /// The URL that a reference means from here, as in a `Location` header (RFC 3986 §5.2, WHATWG for what is between
  /// the lines). A fragment is dropped: it is never sent. Everything else obeys the rules of a URL that was written.
  package func resolving(
    _ reference: [UInt8], allowingPlainHTTP: (HostPort) -> Bool
  ) throws(URLFault) -> CanonicalURL {
    let bytes = Array(reference.prefix { $0 != 0x23 })
    if bytes.isEmpty { return self }
    return try CanonicalURL(bytes: absolute(bytes), allowingPlainHTTP: allowingPlainHTTP)
  }

  /// The reference as an absolute text, not yet checked.
  private func absolute(_ reference: [UInt8]) -> [UInt8] {
    let head = Array("\(scheme.rawValue)://\(origin)".utf8)
    if reference.starts(with: [0x2f, 0x2f]) { return Array("\(scheme.rawValue):".utf8) + reference }
    switch reference.first {
    case 0x2f: return head + reference
    case 0x3f: return head + Array(("/" + pathSegments.joined(separator: "/")).utf8) + reference
    default:
      // A colon before the first '/' or '?' makes it absolute, whatever its scheme is.
      if reference.prefix(while: { $0 != 0x2f && $0 != 0x3f }).contains(0x3a) { return reference }
      let folder = pathSegments.dropLast().map { $0 + "/" }.joined()
      return head + Array(("/" + folder).utf8) + reference
    }
  }

  /// The same origin with the path '/' and no query: what is checked before the rest of a URL is known.
  package var root: CanonicalURL {
    CanonicalURL(scheme: scheme, origin: origin, pathSegments: [""], query: nil)
  }
}

extension URLTemplate {
  /// The template's scheme, host and port, which no value can change: what is resolved and checked before the
  /// values are filled in.
  package var root: CanonicalURL {
    CanonicalURL(scheme: scheme, origin: origin, pathSegments: [""], query: nil)
  }
}
