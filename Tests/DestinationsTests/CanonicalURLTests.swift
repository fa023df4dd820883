import Testing

@testable import Destinations

/// Accepts http everywhere, so that the tests of the text do not depend on the rule about plain http.
func parse(_ text: String) throws(URLFault) -> CanonicalURL {
  try CanonicalURL(text, allowingPlainHTTP: { _ in true })
}

func fault(_ text: String) -> URLFault? {
  do throws(URLFault) {
    _ = try parse(text)
    return nil
  } catch {
    return error
  }
}

@Suite struct CanonicalURLTests {
  @Test(
    "An accepted URL has one canonical text",
    arguments: [
      ("https://example.com", "https://example.com/"),
      ("HTTPS://EXAMPLE.COM/A", "https://example.com/A"),
      ("https://example.com:443/", "https://example.com/"),
      ("http://example.com:80/", "http://example.com/"),
      ("https://example.com:80/", "https://example.com:80/"),
      ("https://example.com?x", "https://example.com/?x"),
      ("https://example.com/?", "https://example.com/?"),
      ("https://example.com/a/./b/../c", "https://example.com/a/c"),
      ("https://example.com/a/%2e/b/%2E%2e/c", "https://example.com/a/c"),
      ("https://example.com/../../x", "https://example.com/x"),
      ("https://example.com/a/..", "https://example.com/"),
      ("https://example.com/a/b/..", "https://example.com/a/"),
      ("https://example.com/a/.", "https://example.com/a/"),
      ("https://example.com//a", "https://example.com//a"),
      ("https://example.com/%7Euser/%c3%a9", "https://example.com/~user/%C3%A9"),
      ("https://example.com/é?é", "https://example.com/%C3%A9?%C3%A9"),
      ("https://example.com/a b|c^d{e}\"`<>", "https://example.com/a%20b%7Cc%5Ed%7Be%7D%22%60%3C%3E"),
      ("https://example.com/it's?it's", "https://example.com/it's?it%27s"),
      ("https://example.com/%25%32%65", "https://example.com/%252e"),
      ("https://example.com/a%2Fb;c,d=e", "https://example.com/a%2Fb;c,d=e"),
      ("https://example.com/?f[x]=1&u=https://y/?z", "https://example.com/?f%5Bx%5D=1&u=https://y/?z"),
      ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
      ("https://my_service.internal:8443/", "https://my_service.internal:8443/"),
      ("https://127.0.0.1/", "https://127.0.0.1/"),
      ("https://[2001:DB8:0:0::1]:8443/", "https://[2001:db8::1]:8443/"),
      ("https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"),
    ])
  func canonical(_ input: String, _ expected: String) throws {
    let url = try parse(input)
    #expect(url.text == expected)
    #expect(try parse(url.text) == url)
    #expect(try CanonicalURL(wire: Array(url.text.utf8), allowingPlainHTTP: { _ in true }) == url)
  }

  @Test(
    "A URL outside the canonical rules is refused with its reason",
    arguments: [
      ("", .empty), (" https://example.com/", .surroundingSpace), ("https://example.com/ ", .surroundingSpace),
      ("https://exa\tmple.com/", .controlCharacter), ("https://example.com/\u{0}", .controlCharacter),
      ("https://example.com/\u{85}", .controlCharacter), ("https://example.com/\u{7f}", .controlCharacter),
      ("https:\\\\example.com\\", .backslash), ("https://example.com\\@evil.example/", .backslash),
      ("example.com", .notAbsolute), ("//example.com/", .notAbsolute), ("/path", .notAbsolute),
      ("https:example.com", .notAbsolute), ("https:/example.com", .notAbsolute), ("https:///example.com", .emptyHost),
      ("ftp://example.com/", .unsupportedScheme), ("file:///etc/passwd", .unsupportedScheme),
      ("gopher://example.com/", .unsupportedScheme), ("javascript:alert(1)", .unsupportedScheme),
      ("https://user@example.com/", .credentials), ("https://user:pw@example.com/", .credentials),
      ("https://@example.com/", .credentials), ("https://example.com:443@evil.example/", .credentials),
      ("https://example.com/#x", .fragment), ("https://example.com/#", .fragment),
      ("https://", .emptyHost), ("https://:443/", .emptyHost), ("https://?x", .emptyHost),
      ("https://bücher.example/", .nonASCIIHost), ("https://example。com/", .nonASCIIHost),
      ("https://exam%70le.com/", .hostCharacter), ("https://exa mple.com/", .hostCharacter),
      ("https://exa*mple.com/", .hostCharacter), ("https://example.com,evil.example/", .hostCharacter),
      ("https://example.com./", .hostLabel), ("https://.example.com/", .hostLabel), ("https://a..b/", .hostLabel),
      ("https://-a.example/", .hostLabel), ("https://a-.example/", .hostLabel), ("https://./", .hostLabel),
      ("https://xn--/", .hostLabel), ("https://xn--a/", .hostALabel), ("https://xn--0.com/", .hostALabel),
      ("https://xn--abc-.com/", .hostLabel), ("https://xn--ls8h=.com/", .hostCharacter),
      ("https://example.com:/", .port), ("https://example.com:0/", .port), ("https://example.com:65536/", .port),
      ("https://example.com:0443/", .port), ("https://example.com:+443/", .port), ("https://example.com:44x/", .port),
      ("https://[::1]x/", .port), ("https://[::1/", .hostIPv6), ("https://[fe80::1%25eth0]/", .hostIPv6),
      ("https://example.com/%", .brokenEscape), ("https://example.com/%2", .brokenEscape),
      ("https://example.com/%zz", .brokenEscape), ("https://example.com/?%", .brokenEscape),
      ("https://example.com/%2%65", .brokenEscape),
    ] as [(String, URLFault)])
  func refused(_ input: String, _ expected: URLFault) {
    #expect(fault(input) == expected)
  }

  @Test("Bytes that are not UTF-8 are refused")
  func notUTF8() {
    #expect(throws: URLFault.notUTF8) {
      try CanonicalURL(bytes: Array("https://example.com/".utf8) + [0xff], allowingPlainHTTP: { _ in true })
    }
  }

  @Test("Length and segment count are bounded, also when escaping makes the text longer")
  func limits() {
    let base = "https://example.com/"
    #expect(fault(base + String(repeating: "a", count: URLLimits.textBytes)) == .tooLong)
    #expect(fault(base + String(repeating: "é", count: URLLimits.textBytes / 4)) == .tooLong)
    #expect(fault(base + String(repeating: "a/", count: URLLimits.pathSegments)) == .tooManySegments)
    #expect(fault(base + String(repeating: "a/", count: URLLimits.pathSegments - 1)) == nil)
  }

  @Test("Plain http is accepted for exactly the host and port that the rule names")
  func plainHTTP() throws {
    let named = try HostPort(parsing: "127.0.0.1:9000")
    let rule: (HostPort) -> Bool = { $0 == named }
    #expect(throws: Never.self) { try CanonicalURL("http://127.0.0.1:9000/x", allowingPlainHTTP: rule) }
    for other in ["http://127.0.0.1/", "http://127.0.0.1:9001/", "http://localhost:9000/", "http://example.com/"] {
      #expect(throws: URLFault.plainHTTPNotAllowed) { try CanonicalURL(other, allowingPlainHTTP: rule) }
    }
    #expect(throws: Never.self) { try CanonicalURL("https://example.com/", allowingPlainHTTP: { _ in false }) }
  }

  @Test(
    "Bytes about to be written must already be canonical",
    arguments: ["https://EXAMPLE.com/", "https://example.com", "https://example.com/%7e", "https://example.com/a/../b"])
  func wire(_ text: String) {
    #expect(throws: URLFault.notCanonical) {
      try CanonicalURL(wire: Array(text.utf8), allowingPlainHTTP: { _ in true })
    }
  }

  @Test("Query pairs are decoded as servers read them")
  func queryPairs() throws {
    let url = try parse("https://example.com/?a=1&b&&=c&d%3D=e%26+f=g")
    let pairs = url.queryPairs.map {
      (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
    }
    #expect(pairs.map(\.0) == ["a", "b", "", "d="])
    #expect(pairs.map(\.1) == ["1", "", "c", "e& f=g"])
  }

  @Test("The messages of all faults are different and name no value")
  func messages() {
    #expect(Set(URLFault.allCases.map(\.message)).count == URLFault.allCases.count)
    #expect(URLFault.nonASCIIHost.message.contains("write its A-label (xn--…)"))
  }
}
