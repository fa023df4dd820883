/// Where the service may connect to. Default: any global address by https, nothing else.
package struct EgressRules: Sendable {
  /// Which hosts at global addresses may be called.
  package enum PublicReach: Sendable, Hashable {
    /// Every host whose addresses are global.
    case anyHost
    /// Only the hosts and ports that the allow list names.
    case onlyNamed
  }

  /// Exactly these hosts and ports may be reached at addresses that are not global, by plain http, and at ports
  /// that are otherwise kept for other protocols. `localhost:9000` does not name `127.0.0.1:9000`.
  package let allowed: Set<HostPort>
  /// Applies to hosts that the allow list does not name.
  package let publicReach: PublicReach
  /// The machine's own addresses: treated like loopback.
  package let ownAddresses: Set<IPAddress>

  /// `ownAddresses` are the addresses of this machine's interfaces, where the caller knows them.
  package init(allowed: [HostPort], publicReach: PublicReach = .anyHost, ownAddresses: [IPAddress] = []) {
    self.allowed = Set(allowed)
    self.publicReach = publicReach
    self.ownAddresses = Set(ownAddresses)
  }

  /// What `CanonicalURL` and `URLTemplate` ask.
  package func allowsPlainHTTP(_ place: HostPort) -> Bool { allowed.contains(place) }

  /// What is spoken there.
  package enum Speech: Sendable, Hashable {
    case http
    /// Also allowed at 25, 465 and 587, the ports that are mail's own. A request over HTTP never is.
    case mail
  }

  /// What can be refused before the name is resolved. `check` repeats it.
  package func refusalBeforeResolving(_ url: CanonicalURL, speaking speech: Speech = .http) -> EgressRefusal? {
    if MetadataAddresses.names.contains(url.host) { return .metadata }
    if let literal = url.origin.name.literal, AddressClass.classify(literal) == .metadata { return .metadata }
    if allowed.contains(url.origin) { return nil }
    if url.scheme == .http { return .plainHTTP }
    if publicReach == .onlyNamed { return .hostNotNamed }
    if speech == .mail, Self.mailPorts.contains(url.port) { return nil }
    return Self.portsOfOtherProtocols.contains(url.port) ? .portOfOtherProtocol(url.port) : nil
  }

  /// The class that decides about an address, and nil when it may be dialled for this place.
  func refusal(of address: IPAddress, for place: HostPort) -> EgressRefusal? {
    if let literal = place.name.literal, literal != address { return .addressOfOtherHost }
    let addressClass = AddressClass.classify(address)
    if addressClass == .metadata { return .metadata }
    if allowed.contains(place) { return nil }
    if ownAddresses.contains(address) { return .ownAddress }
    return addressClass == .global ? nil : .address(addressClass)
  }

  /// Relay, submission over TLS and submission (RFC 5321 §4.5.4.2, RFC 8314 §7.3, RFC 6409 §3.1).
  private static let mailPorts: Set<UInt16> = [25, 465, 587]

  /// The ports that the WHATWG Fetch standard blocks (§2.9, "port blocking"): a request there could be read as a
  /// command of another protocol.
  private static let portsOfOtherProtocols: Set<UInt16> = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
  ]
}

/// Why the guard does not let a call out. Always the failure reason `blocked` of a step.
package enum EgressRefusal: Error, Hashable, Sendable {
  case metadata
  case plainHTTP
  case hostNotNamed
  case portOfOtherProtocol(UInt16)
  case address(AddressClass)
  case ownAddress
  /// The URL names an address, and another one was offered for it.
  case addressOfOtherHost
  /// The name has no address at all.
  case noAddress

  /// One sentence with the remedy. It names no host: the caller shows its own URL, masked where it must be.
  package var message: String {
    switch self {
    case .metadata: "cloud metadata addresses are never called, whatever the configuration says"
    case .plainHTTP: "plain http is refused; use https, or allow this host and port with --allow-egress HOST:PORT"
    case .hostNotNamed: "only hosts named in the allow list are called; add this one with --allow-egress HOST:PORT"
    case .portOfOtherProtocol(let port):
      "port \(port) belongs to another protocol; allow it for this host with --allow-egress HOST:\(port)"
    case .address(let addressClass):
      "the host is at a \(addressClass.rawValue) address; allow this host and port with --allow-egress HOST:PORT"
    case .ownAddress: "the host is this machine; allow this host and port with --allow-egress HOST:PORT"
    case .addressOfOtherHost: "the address does not belong to the host of the URL"
    case .noAddress: "the host has no address"
    }
  }
}
