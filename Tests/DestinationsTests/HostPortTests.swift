import Testing

@testable import Destinations

@Suite struct HostPortTests {
  @Test(
    "A host with or without a port is read in its canonical form",
    arguments: [
      ("example.com", "example.com:443"), ("EXAMPLE.com:9000", "example.com:9000"), ("127.0.0.1:80", "127.0.0.1:80"),
      ("[::1]", "[::1]:443"), ("[0:0::1]:9000", "[::1]:9000"), ("localhost:9000", "localhost:9000"),
    ])
  func accepted(_ text: String, _ expected: String) throws {
    let place = try #require(HostPort(text))
    #expect(place.description == expected)
    #expect(HostPort(place.description) == place)
  }

  @Test(
    "A text that is not one host and port is refused",
    arguments: [
      "", ":80", "example.com:", "example.com:0", "example.com:65536", "example.com:08", "example.com:80:90", "::1",
      "[::1", "[::1]80", "https://example.com", "example.com/x", "*.example.com", "a b", "u@example.com", "127.1:80",
      "bücher.example", "example.com.:80",
    ])
  func refused(_ text: String) {
    #expect(HostPort(text) == nil)
  }

  @Test("Places are ordered by host, then by port")
  func order() {
    let sorted = ["b.example:1", "a.example:9", "a.example:10"].compactMap { HostPort($0) }.sorted()
    #expect(sorted.map(\.description) == ["a.example:9", "a.example:10", "b.example:1"])
  }
}
