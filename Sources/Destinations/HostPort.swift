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

  /// `HOST` (then the port is 443), `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`, and `sqlite:NAME` for the file of a data
  /// source; nil for anything else that `parsing` refuses.
  package init?(_ text: String) {
    guard let parsed = try? HostPort(parsing: text) else { return nil }
    self = parsed
  }

  /// As `init?(_:)`, with the reason of a refusal.
  package init(parsing text: String, defaultPort: UInt16 = 443) throws(URLFault) {
    if text.hasPrefix("sqlite:"), let source = HostPort(sqliteSource: String(text.dropFirst(7))) {
      self = source
      return
    }
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
  package var description: String { sqliteSource.map { "sqlite:\($0)" } ?? "\(host):\(port)" }
}

extension HostPort {
  /// Below a domain that never has addresses (RFC 6761 §6.4), at a port where nothing is called.
  private static let sqliteSuffix = ".sqlite.invalid"
  private static let sqlitePort: UInt16 = 1

  /// What stands for the file of an SQLite data source in lists of hosts, written `sqlite:NAME`; nil where the name can
  /// be no label of a host, or does not begin with a letter.
  package init?(sqliteSource name: String) {
    guard name.utf8.first.map({ ASCII.isLower(ASCII.lowered($0)) }) ?? false, !name.contains("."),
      let host = try? HostName(Array((name + Self.sqliteSuffix).utf8))
    else { return nil }
    self.init(name: host, port: Self.sqlitePort)
  }

  /// The name of the SQLite data source that it stands for.
  package var sqliteSource: String? {
    guard port == Self.sqlitePort, host.hasSuffix(Self.sqliteSuffix) else { return nil }
    return String(host.dropLast(Self.sqliteSuffix.count))
  }
}
