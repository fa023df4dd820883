/// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address.
package struct IPNetwork: Hashable, Sendable {
  private let bytes: [UInt8]
  private let prefix: Int

  /// CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3), or an address alone. Nil for anything else, and for an address with
  /// bits after its prefix, which says two things.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
    bytes = address.networkBytes
    if parts.count == 2 {
      guard let length = Int(parts[1]), (0...bytes.count * 8).contains(length), String(length) == parts[1] else {
        return nil
      }
      prefix = length
    } else {
      prefix = bytes.count * 8
    }
    guard Self.masked(bytes, prefix) == bytes else { return nil }
  }

  /// The block of this many leading bits around an address; fewer bits than it has are a caller's bug otherwise.
  package init(around address: IPAddress, v4Prefix: Int, v6Prefix: Int) {
    let all = address.networkBytes
    prefix = min(all.count == 4 ? v4Prefix : v6Prefix, all.count * 8)
    bytes = Self.masked(all, prefix)
  }

  package func contains(_ address: IPAddress) -> Bool {
    let other = address.networkBytes
    return other.count == bytes.count && Self.masked(other, prefix) == bytes
  }

  package var text: String { "\(IPAddress(networkBytes: bytes)?.text ?? "")/\(prefix)" }

  private static func masked(_ bytes: [UInt8], _ prefix: Int) -> [UInt8] {
    bytes.enumerated().map { index, byte in
      let kept = min(8, max(0, prefix - index * 8))
      return byte & UInt8(truncatingIfNeeded: 0xFF << (8 - kept))
    }
  }
}
