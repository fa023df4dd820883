package import Destinations

/// The hosts to which a value may be sent. Joining two values intersects their hosts.
package enum HostClearance: Hashable, Sendable {
  /// Nothing restricts the value.
  case any
  /// Exactly these; sorted, without duplicates. Empty: the value may be sent nowhere.
  case only([HostPort])

  /// Exactly these hosts, in any order, duplicates allowed.
  package init(only hosts: some Sequence<HostPort>) { self = .only(Set(hosts).sorted()) }

  /// Nowhere: the value never leaves by the send door.
  package static let nowhere = HostClearance.only([])

  /// The hosts that both allow.
  package func intersection(_ other: HostClearance) -> HostClearance {
    switch (self, other) {
    case (.any, _): other
    case (_, .any): self
    case (.only(let mine), .only(let theirs)): HostClearance(only: Set(mine).intersection(theirs))
    }
  }

  /// Whether the value may be sent to `host`.
  package func allows(_ host: HostPort) -> Bool {
    switch self {
    case .any: true
    case .only(let hosts): hosts.contains(host)
    }
  }

  /// The same set in canonical order: a hand-made `.only` need not be sorted.
  var normalised: HostClearance {
    switch self {
    case .any: .any
    case .only(let hosts): HostClearance(only: hosts)
    }
  }
}

extension HostClearance {
  /// The hosts as `host:port` texts, as they are stored and shown; nil for `any`.
  package var texts: [String]? {
    switch self {
    case .any: nil
    case .only(let hosts): hosts.map(\.description)
    }
  }

  /// Reads `host` or `host:port` texts; nil where one of them is none. No list at all is `any`.
  package init?(texts: [String]?) {
    guard let texts else {
      self = .any
      return
    }
    var hosts: [HostPort] = []
    for text in texts {
      guard let host = HostPort(text) else { return nil }
      hosts.append(host)
    }
    self.init(only: hosts)
  }
}
