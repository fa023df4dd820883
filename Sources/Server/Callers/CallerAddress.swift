package import Destinations
import Encodings

/// Who is believed about where a request came from: `X-Forwarded-For` counts only from these.
package struct TrustedProxies: Sendable {
  private let networks: [IPNetwork]

  package init(_ networks: [IPNetwork] = []) { self.networks = networks }

  /// The caller: the peer, or, where the peer is trusted, the last address of `X-Forwarded-For` that is not a trusted
  /// proxy itself. Nil where nobody can say: the peer is on this machine and named no caller, or the header is broken.
  func caller(peer: IPAddress?, forwarded: [[UInt8]]) -> IPAddress? {
    guard let peer else { return nil }
    guard isTrusted(peer) else { return AddressClass.classify(peer) == .loopback ? nil : peer }
    let hops = forwarded.flatMap { value in
      String(decoding: value, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
    }
    for hop in hops.reversed() {
      guard let address = IPAddress(hop) else { return nil }
      if !isTrusted(address) { return address }
    }
    return nil
  }

  private func isTrusted(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

  private static func trimmed(_ hop: Substring) -> String {
    String(hop.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
