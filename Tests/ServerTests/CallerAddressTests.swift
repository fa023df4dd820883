import Destinations
import Testing

@testable import Server

@Suite("CallerAddress")
struct CallerAddressTests {
  static let proxies = TrustedProxies(["10.0.0.0/8", "127.0.0.1"].compactMap { IPNetwork($0) })

  static func caller(_ peer: String?, _ forwarded: [String] = [], by proxies: TrustedProxies = proxies) -> String? {
    proxies.caller(peer: peer.flatMap { IPAddress($0) }, forwarded: forwarded.map { Array($0.utf8) })?.text
  }

  @Test("Nobody but a trusted proxy is believed about the caller")
  func untrusted() {
    #expect(Self.caller("198.51.100.1", ["203.0.113.9"]) == "198.51.100.1")
    #expect(Self.caller("198.51.100.1") == "198.51.100.1")
    #expect(Self.caller("198.51.100.1", ["203.0.113.9"], by: TrustedProxies()) == "198.51.100.1")
  }

  @Test("Behind trusted proxies the caller is the last one that is none, whatever he wrote before")
  func trusted() {
    #expect(Self.caller("10.1.1.1", ["203.0.113.9"]) == "203.0.113.9")
    #expect(Self.caller("10.1.1.1", ["1.2.3.4, 203.0.113.9 , 10.2.2.2"]) == "203.0.113.9")
    #expect(Self.caller("10.1.1.1", ["1.2.3.4", "203.0.113.9,\t10.2.2.2"]) == "203.0.113.9")
    #expect(Self.caller("127.0.0.1", ["2001:db8::7"]) == "2001:db8::7")
  }

  @Test("Where nobody can say who calls, nobody is named")
  func unknown() {
    #expect(Self.caller(nil) == nil)
    #expect(Self.caller("127.0.0.1", ["203.0.113.9"], by: TrustedProxies()) == nil)
    #expect(Self.caller("::1", [], by: TrustedProxies()) == nil)
    #expect(Self.caller("10.1.1.1") == nil)
    #expect(Self.caller("10.1.1.1", ["10.2.2.2"]) == nil)
    for broken in ["unknown", "", "203.0.113.9, ", "203.0.113.9:80", "_hidden"] {
      #expect(Self.caller("10.1.1.1", [broken]) == nil, "\(broken)")
    }
  }

  @Test(
    "Who is refused sixty times at one address waits there, elsewhere and others do not, and time lets him in again")
  func limit() throws {
    let limit = RefusalLimit()
    let bad = IPAddress("198.51.100.1")
    for _ in 0..<60 {
      #expect(limit.wait(of: bad, at: .start(runbook: "a"), now: 0) == nil)
      limit.refused(bad, at: .start(runbook: "a"), now: 0)
    }
    #expect(limit.wait(of: bad, at: .start(runbook: "a"), now: 0) == 1)
    #expect(limit.wait(of: bad, at: .start(runbook: "b"), now: 0) == nil)
    #expect(limit.wait(of: IPAddress("198.51.100.2"), at: .start(runbook: "a"), now: 0) == nil)
    #expect(limit.wait(of: nil, at: .start(runbook: "a"), now: 0) == nil)
    #expect(limit.wait(of: bad, at: .start(runbook: "a"), now: 1_000) == nil)
  }

  @Test("Ten wrong passwords for one login hold a network back there, and each further one for six seconds")
  func logins() {
    let limit = RefusalLimit()
    let bad = IPAddress("198.51.100.1")
    for _ in 0..<10 {
      #expect(limit.wait(of: bad, at: .login(user: "ann"), now: 0) == nil)
      limit.refused(bad, at: .login(user: "ann"), now: 0)
    }
    #expect(limit.wait(of: bad, at: .login(user: "ann"), now: 0) != nil)
    #expect(limit.wait(of: bad, at: .login(user: "bob"), now: 0) == nil)
    limit.refused(bad, at: .login(user: "ann"), now: 1_000)
    #expect(limit.wait(of: bad, at: .login(user: "ann"), now: 1_999) != nil)
    // A runbook may be called anything.
    #expect(limit.wait(of: bad, at: .start(runbook: "ann"), now: 0) == nil)
  }

  @Test("Who is refused at many addresses waits everywhere, with every address of his IPv6 network")
  func everywhere() {
    let limit = RefusalLimit()
    for number in 0..<600 {
      limit.refused(IPAddress("2001:db8::\(String(number, radix: 16))"), at: .start(runbook: "p\(number)"), now: 0)
    }
    #expect(limit.wait(of: IPAddress("2001:db8::ffff"), at: .start(runbook: "new"), now: 0) == 1)
    #expect(limit.wait(of: IPAddress("2001:db8:0:1::1"), at: .start(runbook: "new"), now: 0) == nil)
  }
}
