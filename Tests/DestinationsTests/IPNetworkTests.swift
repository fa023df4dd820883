import Destinations
import Testing

@Suite("IPNetwork")
struct IPNetworkTests {
  @Test(
    "An address is in a block when their leading bits agree",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.7", "192.0.2.7", true),
      ("192.0.2.7", "192.0.2.6", false), ("192.0.2.128/25", "192.0.2.200", true),
      ("192.0.2.128/25", "192.0.2.1", false),
      ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false), ("2001:db8::/32", "2001:db8:1::1", true),
      ("2001:db8::/33", "2001:db8:8000::1", false), ("::/0", "1.2.3.4", false), ("::1", "::1", true),
    ])
  func contains(block: String, address: String, expected: Bool) throws {
    let network = try #require(IPNetwork(block))
    #expect(network.contains(try #require(IPAddress(address))) == expected)
  }

  @Test(
    "What is no block, or says two things, is refused",
    arguments: [
      "", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/", "/8", "10.0.0.0/8/8",
      "2001:db8::1/32",
      "example.com", "::/129", "10.0.0.0 /8",
    ])
  func refused(text: String) {
    #expect(IPNetwork(text) == nil)
  }

  @Test("The block around an address has its leading bits")
  func around() throws {
    let v4 = IPNetwork(around: try #require(IPAddress("192.0.2.77")), v4Prefix: 24, v6Prefix: 48)
    #expect(v4.text == "192.0.2.0/24")
    let v6 = IPNetwork(around: try #require(IPAddress("2001:db8:1:2::9")), v4Prefix: 24, v6Prefix: 48)
    #expect(v6.text == "2001:db8:1::/48")
  }
}
