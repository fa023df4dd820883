import Testing

@testable import Destinations

@Suite struct AddressClassTests {
  @Test(
    "Each special-purpose range has its class, at both of its ends",
    arguments: [
      ("0.0.0.0", .unspecified), ("0.255.255.255", .unspecified), ("1.0.0.0", .global), ("9.255.255.255", .global),
      ("10.0.0.0", .privateUse), ("10.255.255.255", .privateUse), ("11.0.0.0", .global),
      ("100.63.255.255", .global), ("100.64.0.0", .shared), ("100.127.255.255", .shared), ("100.128.0.0", .global),
      ("126.255.255.255", .global), ("127.0.0.1", .loopback), ("127.255.255.255", .loopback), ("128.0.0.0", .global),
      ("169.253.255.255", .global), ("169.254.0.1", .linkLocal), ("169.254.255.255", .linkLocal),
      ("172.15.255.255", .global), ("172.16.0.0", .privateUse), ("172.31.255.255", .privateUse),
      ("172.32.0.0", .global),
      ("192.0.0.1", .reserved), ("192.0.1.0", .global), ("192.0.2.1", .documentation), ("192.31.196.1", .reserved),
      ("192.52.193.1", .reserved), ("192.88.99.1", .reserved), ("192.168.0.0", .privateUse),
      ("192.168.255.255", .privateUse), ("192.169.0.0", .global), ("192.175.48.1", .reserved),
      ("198.17.255.255", .global), ("198.18.0.0", .benchmarking), ("198.19.255.255", .benchmarking),
      ("198.20.0.0", .global), ("198.51.100.1", .documentation), ("203.0.113.1", .documentation),
      ("223.255.255.255", .global), ("224.0.0.1", .multicast), ("239.255.255.255", .multicast),
      ("240.0.0.0", .reserved),
      ("255.255.255.254", .reserved), ("255.255.255.255", .broadcast), ("8.8.8.8", .global),
      ("::", .unspecified), ("::1", .loopback), ("fe80::1", .linkLocal), ("febf::1", .linkLocal),
      ("fec0::1", .privateUse), ("fc00::1", .privateUse), ("fdff::1", .privateUse), ("ff02::1", .multicast),
      ("100::1", .reserved), ("2001:db8::1", .documentation), ("3fff::1", .documentation), ("3ffe::1", .reserved),
      ("2001:2::1", .benchmarking), ("2001:10::1", .reserved), ("2001:200::1", .global), ("2606:4700::1111", .global),
      ("2a00:1450::1", .global), ("4000::1", .reserved), ("200::1", .reserved), ("fe00::1", .reserved),
    ] as [(String, AddressClass)])
  func classes(_ text: String, _ expected: AddressClass) throws {
    #expect(AddressClass.classify(try #require(IPAddress(text))) == expected)
  }

  @Test(
    "An IPv6 address that carries an IPv4 address is recognised in every form",
    arguments: [
      ("::ffff:10.0.0.1", "10.0.0.1"), ("::ffff:8.8.8.8", "8.8.8.8"), ("::10.0.0.1", "10.0.0.1"),
      ("::ffff:0:10.0.0.1", "10.0.0.1"), ("64:ff9b::10.0.0.1", "10.0.0.1"), ("64:ff9b:1::10.0.0.1", "10.0.0.1"),
      ("2002:a00:1::1", "10.0.0.1"), ("2001::f5ff:fffe", "10.0.0.1"), ("2a00:1450::5efe:a00:1", "10.0.0.1"),
      ("2a00:1450::200:5efe:a00:1", "10.0.0.1"),
    ])
  func embedded(_ text: String, _ inner: String) throws {
    let address = try #require(IPAddress(text))
    #expect(AddressClass.embeddedIPv4(in: address) == IPAddress(inner))
    #expect(AddressClass.classify(address) == .embedded)
  }

  @Test(
    "A metadata address is recognised, embedded ones included",
    arguments: [
      "169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.169.253", "168.63.129.16", "100.100.100.200",
      "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe", "::ffff:169.254.169.254",
      "::169.254.169.254", "64:ff9b::169.254.169.254", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "2001::5601:5601",
      "::ffff:100.100.100.200", "::ffff:168.63.129.16", "2a00::5efe:a9fe:a9fe",
    ])
  func metadata(_ text: String) throws {
    #expect(AddressClass.classify(try #require(IPAddress(text))) == .metadata)
  }
}
