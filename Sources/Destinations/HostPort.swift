/// A place to connect to: a canonical host and a port. What allow lists, secrets' hosts and origins are made of.
package struct HostPort: Hashable, Sendable {
  /// The canonical host.
  package let name: HostName
  /// 1 to 65535.
  package let port: UInt16

  /// The canonical host as it stands in a URL (IPv6 in brackets).
  package var host: String { name.text }

  /// `port` 0 is the caller's bug: nothing can be dialled there.
  package init(name: HostName, port: UInt16) {
    self.name = name
    self.port = port
  }

  /// `HOST` (then the port is 443), `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`; nil for anything that `parsing` refuses.
  package init?(_ text: String) {
    guard let parsed = try? HostPort(parsing: text) else { return nil }
    self = parsed
  }

  /// As `init?(_:)`, with the reason of a refusal.
  package init(parsing text: String, defaultPort: UInt16 = 443) throws(URLFault) {
    try self.init(authority: Array(text.utf8)[...], defaultPort: defaultPort)
  }

  /// The authority of a URL. A present port must be one to five digits without leading zeros, not 0.
  init(authority: ArraySlice<UInt8>, defaultPort: UInt16) throws(URLFault) {
    guard !authority.isEmpty else { throw .emptyHost }
    if authority.contains(0x40) { throw .credentials }
    let hostEnd: Int
    if authority.first == 0x5b {
      guard let bracket = authority.firstIndex(of: 0x5d) else { throw .hostIPv6 }
      hostEnd = bracket + 1
    } else {
      hostEnd = authority.firstIndex(of: 0x3a) ?? authority.endIndex
    }
    name = try HostName(authority[..<hostEnd])
    let rest = authority[hostEnd...]
    guard let colon = rest.first else {
      port = defaultPort
      return
    }
    let digits = rest.dropFirst()
    guard colon == 0x3a, (1...5).contains(digits.count), digits.allSatisfy(ASCII.isDigit), digits.first != 0x30,
      let number = UInt16(ASCII.text(digits))
    else { throw .port }
    port = number
  }
}

extension HostPort: Comparable, CustomStringConvertible {
  package static func < (left: HostPort, right: HostPort) -> Bool {
    left.name == right.name ? left.port < right.port : left.name < right.name
  }

  /// Always with the port, so that the text can be parsed back and compared.
  package var description: String { "\(host):\(port)" }
}
