import Testing

@testable import Destinations

@Suite("What stands for a file in lists of hosts")
struct SourcePlaceTests {
  @Test("sqlite:NAME is a place of its own, and reads back")
  func named() throws {
    let place = try #require(HostPort("sqlite:crm"))
    #expect(place.sqliteSource == "crm" && place.description == "sqlite:crm")
    #expect(HostPort(place.description) == place && HostPort(sqliteSource: "crm") == place)
    #expect(place != HostPort("sqlite:crn") && place.host.hasSuffix(".invalid"))
  }

  @Test(
    "A host that is called sqlite is a host",
    arguments: ["sqlite", "sqlite:443", "sqlite:9000", "sqlite.example.com:443"])
  func hosts(text: String) {
    #expect(HostPort(text)?.sqliteSource == nil)
    #expect(HostPort(text)?.host.hasPrefix("sqlite") == true)
  }

  @Test("A name that can be no label of a host is none", arguments: ["", "a.b", "a b", "-a", "1a", "a/b", "a:1"])
  func noNames(name: String) {
    #expect(HostPort(sqliteSource: name) == nil)
  }

  @Test("No URL leads there by the short name")
  func urls() {
    #expect(throws: URLFault.self) { try CanonicalURL("https://sqlite:crm/", allowingPlainHTTP: { _ in true }) }
  }
}
