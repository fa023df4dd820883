/// The proof that a destination was checked: this origin, at this very address. Only `EgressRules.check` makes it,
/// and both the door that opens values and the dialler demand it, so there is no way out that was not checked, and
/// no second look-up between check and dial.
package struct AllowedDial: Hashable, Sendable {
  /// The scheme that was checked.
  package let scheme: CanonicalURL.Scheme
  /// The host and port that were checked.
  package let hostPort: HostPort
  /// The address to connect to.
  package let address: IPAddress

  /// Whether the connection is made with TLS.
  package var usesTLS: Bool { scheme == .https }
  /// The name for SNI and certificate verification; nil when the host is an IP address, which has no SNI
  /// (RFC 6066 §3) and is verified against the certificate's IP addresses.
  package var serverName: String? { hostPort.name.literal == nil ? hostPort.host : nil }

  /// Whether this proof is for the URL's scheme, host and port.
  package func covers(_ url: CanonicalURL) -> Bool { url.scheme == scheme && url.origin == hostPort }

  private init(scheme: CanonicalURL.Scheme, hostPort: HostPort, address: IPAddress) {
    self.scheme = scheme
    self.hostPort = hostPort
    self.address = address
  }

  fileprivate static func make(_ url: CanonicalURL, at address: IPAddress) -> AllowedDial {
    AllowedDial(scheme: url.scheme, hostPort: url.origin, address: address)
  }
}

extension EgressRules {
  /// Checks one address that was resolved for the URL's host.
  package func check(
    url: CanonicalURL, resolved address: IPAddress, speaking speech: Speech = .http
  ) -> Result<AllowedDial, EgressRefusal> {
    if let refusal = refusalBeforeResolving(url, speaking: speech) ?? refusal(of: address, for: url.origin) {
      return .failure(refusal)
    }
    return .success(.make(url, at: address))
  }

  /// Checks every address of the answer: one that is refused refuses the host, since a name that is public and
  /// internal at once is either misconfigured or an attempt to have the second one picked. The dials are in the
  /// order of the addresses.
  package func check(
    url: CanonicalURL, resolved addresses: [IPAddress], speaking speech: Speech = .http
  ) -> Result<[AllowedDial], EgressRefusal> {
    guard !addresses.isEmpty else { return .failure(.noAddress) }
    var dials: [AllowedDial] = []
    for address in addresses {
      switch check(url: url, resolved: address, speaking: speech) {
      case .success(let dial): dials.append(dial)
      case .failure(let refusal): return .failure(refusal)
      }
    }
    return .success(dials)
  }
}
