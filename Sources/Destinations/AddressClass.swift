/// What an address is for (the IANA special-purpose registries, RFC 6890 and later). Only `global` is dialled
/// without being named in the allow list; `metadata` is never dialled.
package enum AddressClass: String, Hashable, Sendable, CaseIterable {
  case global
  /// An instance metadata or cloud control address: it hands out the machine's own credentials.
  case metadata
  case unspecified
  case loopback
  case linkLocal = "link-local"
  /// RFC 1918, RFC 4193 (unique local) and the withdrawn site-local fec0::/10.
  case privateUse = "private"
  /// RFC 6598, carrier-grade NAT.
  case shared
  case multicast
  case broadcast
  case documentation
  case benchmarking
  /// Set aside by IETF or IANA and not globally reachable.
  case reserved
  /// An IPv6 address that carries an IPv4 address: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP.
  /// The packet may arrive at the inner address, by a way that no IPv4 rule has seen.
  case embedded

  /// The class of an address. Total: every address has exactly one.
  package static func classify(_ address: IPAddress) -> AddressClass {
    switch address {
    case .v4(let number): classifyIPv4(number)
    case .v6(let high, let low): classifyIPv6(address, high: high, low: low)
    }
  }

  /// The IPv4 address that an IPv6 address carries, by any of the transition mechanisms.
  package static func embeddedIPv4(in address: IPAddress) -> IPAddress? {
    guard case .v6(let high, let low) = address else { return nil }
    let lowWord = UInt32(truncatingIfNeeded: low)
    if high == 0 {
      // ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), ::ffff:0:a.b.c.d (RFC 2765), ::a.b.c.d (§2.5.5.1, withdrawn).
      if low >> 32 == 0xffff || low >> 32 == 0xffff_0000 { return .v4(lowWord) }
      if low >> 32 == 0, low > 1 { return .v4(lowWord) }
    }
    // 64:ff9b::/96 (RFC 6052) and 64:ff9b:1::/48 (RFC 8215: the operator's own prefix; the usual /96 is read).
    if high >> 16 == 0x0064_ff9b_0000 || high >> 16 == 0x0064_ff9b_0001 { return .v4(lowWord) }
    // 2002:a.b.c.d::/48 (RFC 3056).
    if high >> 48 == 0x2002 { return .v4(UInt32(truncatingIfNeeded: high >> 16)) }
    // 2001:0::/32 (RFC 4380): the client's address stands inverted in the last 32 bits.
    if high >> 32 == 0x2001_0000 { return .v4(~lowWord) }
    // ISATAP (RFC 5214 §6.1): interface identifier 0000:5efe or 0200:5efe, then the address.
    if low >> 32 == 0x0000_5efe || low >> 32 == 0x0200_5efe { return .v4(lowWord) }
    return nil
  }

  private static func classifyIPv4(_ number: UInt32) -> AddressClass {
    if MetadataAddresses.contains(ipv4: number) { return .metadata }
    for row in ipv4Table where number >> (32 - row.bits) == row.prefix >> (32 - row.bits) { return row.class }
    return .global
  }

  private static func classifyIPv6(_ address: IPAddress, high: UInt64, low: UInt64) -> AddressClass {
    if MetadataAddresses.ipv6.contains(address) { return .metadata }
    if high == 0, low == 0 { return .unspecified }
    if high == 0, low == 1 { return .loopback }
    if let inner = embeddedIPv4(in: address) {
      return classify(inner) == .metadata ? .metadata : .embedded
    }
    for row in ipv6Table where high >> (64 - row.bits) == row.prefix >> (64 - row.bits) { return row.class }
    // Only 2000::/3 is assigned as global unicast (RFC 4291 §2.4, IANA IPv6 address space).
    return high >> 61 == 0b001 ? .global : .reserved
  }

  /// First match wins.
  private static let ipv4Table: [(prefix: UInt32, bits: UInt32, class: AddressClass)] = [
    (0x0000_0000, 8, .unspecified),  // 0.0.0.0/8, RFC 791: "this network"; Linux dials loopback for 0.0.0.0
    (0x0a00_0000, 8, .privateUse),  // 10.0.0.0/8
    (0x6440_0000, 10, .shared),  // 100.64.0.0/10
    (0x7f00_0000, 8, .loopback),  // 127.0.0.0/8
    (0xa9fe_0000, 16, .linkLocal),  // 169.254.0.0/16
    (0xac10_0000, 12, .privateUse),  // 172.16.0.0/12
    (0xc000_0000, 24, .reserved),  // 192.0.0.0/24, IETF protocol assignments
    (0xc000_0200, 24, .documentation),  // 192.0.2.0/24
    (0xc01f_c400, 24, .reserved),  // 192.31.196.0/24, AS112
    (0xc034_c100, 24, .reserved),  // 192.52.193.0/24, AMT
    (0xc058_6300, 24, .reserved),  // 192.88.99.0/24, 6to4 relay anycast, withdrawn
    (0xc0a8_0000, 16, .privateUse),  // 192.168.0.0/16
    (0xc0af_3000, 24, .reserved),  // 192.175.48.0/24, AS112
    (0xc612_0000, 15, .benchmarking),  // 198.18.0.0/15
    (0xc633_6400, 24, .documentation),  // 198.51.100.0/24
    (0xcb00_7100, 24, .documentation),  // 203.0.113.0/24
    (0xe000_0000, 4, .multicast),  // 224.0.0.0/4
    (0xffff_ffff, 32, .broadcast),
    (0xf000_0000, 4, .reserved),  // 240.0.0.0/4
  ]

  /// First match wins; prefixes up to /64.
  private static let ipv6Table: [(prefix: UInt64, bits: UInt64, class: AddressClass)] = [
    (0x0100_0000_0000_0000, 64, .reserved),  // 100::/64, discard only
    (0x2001_0002_0000_0000, 48, .benchmarking),  // 2001:2::/48
    (0x2001_0db8_0000_0000, 32, .documentation),  // 2001:db8::/32
    (0x2001_0000_0000_0000, 23, .reserved),  // 2001::/23, IETF protocol assignments
    (0x2620_004f_8000_0000, 48, .reserved),  // 2620:4f:8000::/48, AS112
    (0x3fff_0000_0000_0000, 20, .documentation),  // 3fff::/20
    (0x3ffe_0000_0000_0000, 16, .reserved),  // 3ffe::/16, 6bone, returned
    (0xfc00_0000_0000_0000, 7, .privateUse),  // fc00::/7
    (0xfe80_0000_0000_0000, 10, .linkLocal),  // fe80::/10
    (0xfec0_0000_0000_0000, 10, .privateUse),  // fec0::/10
    (0xff00_0000_0000_0000, 8, .multicast),  // ff00::/8
  ]
}

/// Addresses and names that hand out a machine's own credentials. No rule opens them.
enum MetadataAddresses {
  static func contains(ipv4 number: UInt32) -> Bool {
    switch number {
    case 0xa9fe_a900...0xa9fe_a9ff: true  // 169.254.169.0/24: the address of nearly every cloud, its DNS and time
    case 0xa9fe_aa00...0xa9fe_aaff: true  // 169.254.170.0/24: container credentials (ECS .2, EKS .23)
    case 0xa83f_8110: true  // 168.63.129.16: Azure's wire server
    case 0x6464_64c8: true  // 100.100.100.200: Alibaba Cloud
    case 0xc000_00c0: true  // 192.0.0.192: Oracle Cloud
    default: false
    }
  }

  static let ipv6: Set<IPAddress> = [
    .v6(high: 0xfd00_0ec2_0000_0000, low: 0x254),  // fd00:ec2::254
    .v6(high: 0xfd00_0ec2_0000_0000, low: 0x253),  // fd00:ec2::253, its DNS
    .v6(high: 0xfd00_0ec2_0000_0000, low: 0x123),  // fd00:ec2::123, its time
    .v6(high: 0xfd00_0ec2_0000_0000, low: 0x23),  // fd00:ec2::23, EKS
    .v6(high: 0xfd20_00ce_0000_0000, low: 0x254),  // fd20:ce::254
    .v6(high: 0xfe80_0000_0000_0000, low: 0xa9fe_a9fe),  // fe80::a9fe:a9fe
    .v6(high: 0xfd00_0042_0000_0000, low: 0x42),  // fd00:42::42
  ]

  static let names: Set<String> = [
    "metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "metadata.tencentyun.com",
    "instance-data", "instance-data.ec2.internal",
  ]
}
