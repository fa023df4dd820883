/// A host in its one canonical spelling: a lower-case DNS name of A-labels, or an IP address.
package struct HostName: Hashable, Sendable {
  /// As it stands in a URL: an IPv6 address in brackets.
  package let text: String
  /// Set when the host is an IP address.
  package let literal: IPAddress?

  /// Stricter than the WHATWG host parser: no percent-escapes, no non-ASCII, no empty label (a trailing dot
  /// included), DNS lengths kept, and a host whose last label is numeric must be four plain decimal numbers.
  package init(_ bytes: some Collection<UInt8>) throws(URLFault) {
    guard let first = bytes.first else { throw .emptyHost }
    if first == 0x5b {
      let inner = bytes.dropFirst().prefix { $0 != 0x5d }
      guard inner.count + 2 == bytes.count, inner.contains(0x3a), let address = IPAddress(bytes: inner) else {
        throw .hostIPv6
      }
      (text, literal) = ("[\(address.text)]", address)
      return
    }
    if bytes.contains(where: { $0 >= 0x80 }) { throw .nonASCIIHost }
    let lowered = bytes.map(ASCII.lowered)
    guard lowered.allSatisfy({ ASCII.isLower($0) || ASCII.isDigit($0) || $0 == 0x2d || $0 == 0x2e || $0 == 0x5f })
    else { throw .hostCharacter }
    let labels = lowered.split(separator: 0x2e, omittingEmptySubsequences: false)
    if let last = labels.last, Self.isNumeric(last) {
      guard let number = IPAddress.parseIPv4(lowered) else { throw .numericHost }
      (text, literal) = (IPAddress.v4(number).text, .v4(number))
      return
    }
    guard lowered.count <= URLLimits.hostBytes else { throw .hostLabel }
    for label in labels { try Self.check(label) }
    (text, literal) = (ASCII.text(lowered), nil)
  }

  /// The host of an IP address.
  package init(_ address: IPAddress) {
    literal = address
    switch address {
    case .v4: text = address.text
    case .v6: text = "[\(address.text)]"
    }
  }

  /// WHATWG "ends in a number": all digits, or `0x` and hexadecimal digits.
  private static func isNumeric(_ label: ArraySlice<UInt8>) -> Bool {
    if label.isEmpty { return false }
    if label.allSatisfy(ASCII.isDigit) { return true }
    return label.starts(with: [0x30, 0x78]) && label.dropFirst(2).allSatisfy { ASCII.hexValue($0) != nil }
  }

  private static func check(_ label: ArraySlice<UInt8>) throws(URLFault) {
    guard !label.isEmpty, label.count <= URLLimits.hostLabelBytes, label.first != 0x2d, label.last != 0x2d else {
      throw .hostLabel
    }
    let marker = Array("xn--".utf8)
    if label.starts(with: marker), !ALabel.isWellFormed(label.dropFirst(marker.count)) { throw .hostALabel }
  }
}

extension HostName: Comparable, CustomStringConvertible {
  package static func < (left: HostName, right: HostName) -> Bool { left.text < right.text }
  package var description: String { text }
}
