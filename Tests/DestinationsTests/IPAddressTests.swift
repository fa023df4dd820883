import Glibc
import TestSupport
import Testing

@testable import Destinations

@Suite struct IPAddressTests {
  @Test(
    "An address has one text",
    arguments: [
      ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
      ("::1", "::1"), ("1::", "1::"), ("2001:DB8::0:1", "2001:db8::1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
      ("1:0:0:2:2:0:0:3", "1::2:2:0:0:3"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("::ffff:1.2.3.4", "::ffff:102:304"),
      ("64:ff9b::169.254.169.254", "64:ff9b::a9fe:a9fe"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
      ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
  func canonical(_ text: String, _ expected: String) {
    #expect(IPAddress(text)?.text == expected)
  }

  @Test(
    "Text that some readers take for an address is refused",
    arguments: [
      "", "127.1", "127.0.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "017700000001", "127.0.0.01",
      "127.0.0.1.", "127.0.0.256", "127.0.0.1.5", "1.2.3", ".1.2.3.4", "1..2.3", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4",
      "１.2.3.4", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::12345", "::g",
      "::1%eth0", "[::1]", "::1.2.3", "::1.2.3.4.5", "::01.2.3.4", "1.2.3.4::", "::1.2.3.4:5", "1:", ":1", "::1:",
      "1:2:3:4:5:6:7:1.2.3.4",
    ])
  func refused(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test("Random addresses keep their bytes and agree with the C library")
  func againstLibrary() throws {
    var random = SeededRandom(seed: 0xADD2)
    for round in 0..<2_000 {
      var bytes = random.bytes(round % 2 == 0 ? 16 : 4)
      for index in bytes.indices where random.oneIn(2) { bytes[index] = 0 }
      let address = try #require(IPAddress(networkBytes: bytes))
      #expect(address.networkBytes == bytes)
      #expect(IPAddress(address.text) == address)
      var parsed = [UInt8](repeating: 0, count: 16)
      #expect(inet_pton(bytes.count == 16 ? AF_INET6 : AF_INET, address.text, &parsed) == 1)
      #expect(Array(parsed.prefix(bytes.count)) == bytes)
    }
    #expect(IPAddress(networkBytes: [1, 2, 3]) == nil)
  }

  @Test("Whatever we accept the C library reads as the same address")
  func randomTextAgainstLibrary() {
    var random = SeededRandom(seed: 0x6E70)
    let alphabet = Array("0123456789abcdefF::::....x")
    var accepted = 0
    for _ in 0..<20_000 {
      let text = String((0..<random.number(in: 2...14)).compactMap { _ in random.element(of: alphabet) })
      guard let address = IPAddress(text) else { continue }
      accepted += 1
      var parsed = [UInt8](repeating: 0, count: 16)
      let count = address.networkBytes.count
      #expect(inet_pton(count == 16 ? AF_INET6 : AF_INET, text, &parsed) == 1, "\(text)")
      #expect(Array(parsed.prefix(count)) == address.networkBytes, "\(text)")
    }
    #expect(accepted > 100)
  }
}
