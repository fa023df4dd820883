package import Destinations

/// The address of an authorisation server's token endpoint (RFC 6749 §3.2).
package enum TokenURL {
  /// Its URL as a template without placeholders. Throws what is wrong with it; a fragment is refused.
  package static func template(
    _ text: String, allowingPlainHTTP: (HostPort) -> Bool
  ) throws(URLFault) -> URLTemplate {
    let base = text.utf8.prefix { $0 != UInt8(ascii: "?") }
    return try URLTemplate(
      base: String(decoding: base, as: UTF8.self),
      resource: String(decoding: text.utf8.dropFirst(base.count), as: UTF8.self), segments: .mixed,
      allowingPlainHTTP: allowingPlainHTTP)
  }
}
