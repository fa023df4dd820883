/// The one spelling of each URL component (RFC 3986 §6.2.2.1 and §6.2.2.2): escapes in upper case, unreserved
/// characters never escaped, everything that the component's grammar does not allow escaped.
///
/// WHATWG keeps `%7e`, `%c3` and a raw `|` as they were written, so that several texts of one resource stay
/// apart. A key is derived from the text, and the text is what is sent, so one resource gets one text here.
enum PercentForm {
  enum Component { case pathSegment, query }

  /// Throws `brokenEscape` for a `%` without two hexadecimal digits.
  static func normalize(_ bytes: some Collection<UInt8>, _ component: Component) throws(URLFault) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      guard byte == 0x25 else {
        if isPlain(byte, component) { out.append(byte) } else { appendEscape(byte, to: &out) }
        continue
      }
      guard let high = rest.popFirst().flatMap(ASCII.hexValue), let low = rest.popFirst().flatMap(ASCII.hexValue) else {
        throw .brokenEscape
      }
      let decoded = high << 4 | low
      // Decoding cannot make a new escape: '%' itself (25) is never unreserved.
      if ASCII.isUnreserved(decoded) { out.append(decoded) } else { appendEscape(decoded, to: &out) }
    }
    return out
  }

  /// Escapes every byte that is not unreserved: the spelling of a substituted value.
  static func escapeValue(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    for byte in bytes {
      if ASCII.isUnreserved(byte) { out.append(byte) } else { appendEscape(byte, to: &out) }
    }
    return out
  }

  /// Decodes whole escapes once and leaves a `%` that begins none, as a careless server would.
  static func decodeOnce(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, let high = rest.first.flatMap(ASCII.hexValue),
        let low = rest.dropFirst().first.flatMap(ASCII.hexValue)
      {
        out.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        out.append(plusIsSpace && byte == 0x2b ? 0x20 : byte)
      }
    }
    return out
  }

  /// What stands as itself. `'` is escaped in a query because WHATWG does so for http and https.
  private static func isPlain(_ byte: UInt8, _ component: Component) -> Bool {
    if ASCII.isUnreserved(byte) || byte == 0x3a || byte == 0x40 { return true }
    switch component {
    case .pathSegment: return ASCII.isSubDelimiter(byte)
    case .query: return (ASCII.isSubDelimiter(byte) && byte != 0x27) || byte == 0x2f || byte == 0x3f
    }
  }

  private static func appendEscape(_ byte: UInt8, to out: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    out.append(0x25)
    out.append(digits[Int(byte >> 4)])
    out.append(digits[Int(byte & 15)])
  }
}
