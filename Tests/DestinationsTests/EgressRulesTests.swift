import Testing

@testable import Destinations

/// The verdict for a URL whose host was resolved to these addresses.
private func verdict(_ text: String, _ addresses: [String], allowed: [String] = [], own: [String] = [])
  -> EgressRefusal?
{
  let rules = EgressRules(
    allowed: allowed.compactMap { HostPort($0) }, ownAddresses: own.compactMap { IPAddress($0) })
  guard let url = try? CanonicalURL(text, allowingPlainHTTP: { _ in true }) else {
    Issue.record("the URL is refused before the rules are asked")
    return nil
  }
  switch rules.check(url: url, resolved: addresses.compactMap { IPAddress($0) }) {
  case .success(let dials):
    for dial in dials { #expect(dial.covers(url)) }
    return nil
  case .failure(let refusal): return refusal
  }
}

@Suite struct EgressRulesTests {
  @Test("A global address by https is allowed without being named")
  func global() {
    #expect(verdict("https://example.com/", ["93.184.216.34", "2606:2800:220:1::1"]) == nil)
    #expect(verdict("https://example.com:8443/", ["93.184.216.34"]) == nil)
    #expect(verdict("https://93.184.216.34/", ["93.184.216.34"]) == nil)
  }

  @Test(
    "An address that is not global is refused unless the list names the host and port",
    arguments: [
      ("127.0.0.1", .loopback), ("::1", .loopback), ("10.1.2.3", .privateUse), ("fd12::1", .privateUse),
      ("169.254.1.1", .linkLocal), ("100.64.0.1", .shared), ("0.0.0.0", .unspecified), ("198.18.0.1", .benchmarking),
      ("240.0.0.1", .reserved), ("224.0.0.1", .multicast), ("::ffff:8.8.8.8", .embedded),
      ("64:ff9b::808:808", .embedded),
      ("2002:808:808::1", .embedded), ("2001::f7f7:f7f7", .embedded),
    ] as [(String, AddressClass)])
  func special(_ address: String, _ expected: AddressClass) {
    #expect(verdict("https://api.example:9000/", [address]) == .address(expected))
    #expect(verdict("https://api.example:9000/", [address], allowed: ["api.example:9000"]) == nil)
    for other in ["api.example:9001", "api.example", "b.example:9000", "\(address):9000"] {
      #expect(verdict("https://api.example:9000/", [address], allowed: [other]) == .address(expected))
    }
  }

  @Test("Plain http is allowed only where the list names the host and port")
  func plainHTTP() {
    #expect(verdict("http://example.com/", ["93.184.216.34"]) == .plainHTTP)
    #expect(verdict("http://127.0.0.1:9000/", ["127.0.0.1"], allowed: ["127.0.0.1:9000"]) == nil)
    #expect(verdict("http://127.0.0.1:9001/", ["127.0.0.1"], allowed: ["127.0.0.1:9000"]) == .plainHTTP)
    #expect(verdict("http://localhost:9000/", ["127.0.0.1"], allowed: ["127.0.0.1:9000"]) == .plainHTTP)
  }

  @Test(
    "A metadata address is refused though the list names it",
    arguments: [
      ("http://169.254.169.254/", "169.254.169.254", "169.254.169.254:80"),
      ("http://[fd00:ec2::254]/", "fd00:ec2::254", "[fd00:ec2::254]:80"),
      ("http://168.63.129.16/", "168.63.129.16", "168.63.129.16:80"),
      ("http://100.100.100.200/", "100.100.100.200", "100.100.100.200:80"),
      ("http://[::ffff:169.254.169.254]/", "::ffff:169.254.169.254", "[::ffff:a9fe:a9fe]:80"),
      ("http://intranet.example/", "169.254.169.254", "intranet.example:80"),
      ("http://metadata.google.internal/", "10.0.0.1", "metadata.google.internal:80"),
    ])
  func metadata(_ url: String, _ address: String, _ allowed: String) {
    #expect(verdict(url, [address], allowed: [allowed]) == .metadata)
  }

  @Test("The machine's own address is refused unless named")
  func own() {
    #expect(verdict("https://example.com/", ["93.184.216.34"], own: ["93.184.216.34"]) == .ownAddress)
    #expect(
      verdict("https://example.com/", ["93.184.216.34"], allowed: ["example.com"], own: ["93.184.216.34"]) == nil)
  }

  @Test("A port of another protocol is refused unless named")
  func ports() {
    #expect(verdict("https://example.com:25/", ["93.184.216.34"]) == .portOfOtherProtocol(25))
    #expect(verdict("https://example.com:25/", ["93.184.216.34"], allowed: ["example.com:25"]) == nil)
  }

  @Test("Under a closed list only named hosts are called")
  func closed() throws {
    let rules = EgressRules(allowed: [try HostPort(parsing: "a.example")], publicReach: .onlyNamed)
    let address = try #require(IPAddress("93.184.216.34"))
    let named = rules.check(url: try parse("https://a.example/"), resolved: address)
    let other = rules.check(url: try parse("https://b.example/"), resolved: address)
    #expect(throws: Never.self) { try named.get() }
    #expect(throws: EgressRefusal.hostNotNamed) { try other.get() }
  }

  @Test("A dial carries the address that was checked and covers its own origin only")
  func dial() throws {
    let rules = EgressRules(allowed: [])
    let url = try parse("https://example.com:8443/a")
    let address = try #require(IPAddress("93.184.216.34"))
    let dial = try rules.check(url: url, resolved: address).get()
    #expect(dial.address == address)
    #expect(dial.serverName == "example.com")
    #expect(dial.usesTLS)
    for other in ["https://example.com/a", "http://example.com:8443/a", "https://example.org:8443/a"] {
      #expect(!dial.covers(try parse(other)))
    }
    let literal = try rules.check(url: try parse("https://93.184.216.34/"), resolved: address).get()
    #expect(literal.serverName == nil)
  }
}

/// Bypasses that others shipped (docs/past-vulnerabilities.md), each as a test.
@Suite struct KnownBypassTests {
  @Test(
    "Brackets around a name or an IPv4 address do not make a host (GHSA-qwrf-gfpj-qvj6)",
    arguments: [
      "https://[127.0.0.1]/", "https://[localhost]/", "https://[example.com]/", "https://[]/", "https://[[::1]]/",
    ])
  func brackets(_ text: String) {
    #expect(fault(text) == .hostIPv6 || fault(text) == .port)
  }

  @Test(
    "Short, decimal, octal and hexadecimal IPv4 hosts are refused (CVE-2026-47390)",
    arguments: [
      "127.1", "127.0.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "0x7f.1", "017700000001", "0",
      "127.0.0.01", "00.0.0.0", "1.2.3", "256.256.256.256", "127.0.0.0x1", "foo.0x7f", "foo.1", "0x", "foo.0x",
      "4294967296", "1.2.3.4.5",
    ])
  func numeric(_ host: String) {
    #expect(fault("https://\(host)/") == .numericHost)
    #expect(fault("https://\(host.uppercased()):8443/") == .numericHost)
  }

  @Test(
    "Letters that a resolver maps to digits or dots are refused",
    arguments: ["https://１２７.０.０.１/", "https://127。0。0。1/", "https://①②⑦.⓪.⓪.①/", "https://ⓛocalhost/"])
  func lookalikes(_ text: String) {
    #expect(fault(text) == .nonASCIIHost)
  }

  @Test("A mapped address is read as the address that it is (::ffff:, CVE-2026-47390)")
  func mapped() {
    #expect(verdict("https://[::ffff:127.0.0.1]/", ["::ffff:127.0.0.1"]) == .address(.embedded))
    #expect(verdict("https://[::ffff:7f00:1]/", ["::ffff:7f00:1"]) == .address(.embedded))
    #expect(verdict("https://evil.example/", ["::ffff:10.0.0.1"]) == .address(.embedded))
  }

  @Test("A host without an address is refused, not let through (gitlab-ce#63959)")
  func lookUpError() {
    #expect(verdict("https://example.com/", []) == .noAddress)
    #expect(verdict("https://example.com/", [], allowed: ["example.com"]) == .noAddress)
  }

  @Test("An address offered for another literal host is refused (n8n GHSA-jp9j-jr97-w9pj: checked is not dialled)")
  func otherField() {
    #expect(verdict("https://93.184.216.34/", ["93.184.216.35"]) == .addressOfOtherHost)
    #expect(verdict("https://127.0.0.1:9/", ["93.184.216.34"], allowed: ["127.0.0.1:9"]) == .addressOfOtherHost)
  }

  @Test("A name with a public and an internal address is refused whole (cvat#6362: check, then connect)")
  func mixedAnswer() {
    #expect(verdict("https://rebind.example/", ["93.184.216.34", "127.0.0.1"]) == .address(.loopback))
    #expect(verdict("https://rebind.example/", ["93.184.216.34", "169.254.169.254"]) == .metadata)
  }

  @Test(
    "A trailing dot, an empty label and a percent-escaped host do not pass beside the allow list",
    arguments: ["https://localhost./", "https://example.com./", "https://169.254.169.254./", "https://%6cocalhost/"])
  func spellings(_ text: String) {
    #expect(fault(text) != nil)
  }

  @Test(
    "Characters at which parsers disagree about the host are refused",
    arguments: [
      "https://good.example@evil.example/", "https://good.example\\@evil.example/",
      "https://good.example#@evil.example/",
      "https://good.example\t.evil.example/", "https://good.example\n@evil.example/", "https://good.example%2f@evil/",
      "https://good.example:443:80/", "https:good.example", "https:///good.example/", "https:/\\good.example/",
      "https://good.example%00.evil.example/", "https://good.example;@evil.example/",
    ])
  func disagreement(_ text: String) {
    #expect(fault(text) != nil)
  }
}
