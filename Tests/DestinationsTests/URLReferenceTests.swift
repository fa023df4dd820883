import TestSupport
import Testing

@testable import Destinations

@Suite struct URLReferenceTests {
  @Test(
    "A reference is resolved against the URL that it came from",
    arguments: [
      ("/x", "https://h.example:8443/x"), ("x", "https://h.example:8443/a/b/x"),
      ("./x/", "https://h.example:8443/a/b/x/"),
      ("../x", "https://h.example:8443/a/x"), ("../../../x", "https://h.example:8443/x"),
      ("?y=2", "https://h.example:8443/a/b/c?y=2"), ("", "https://h.example:8443/a/b/c?q=1"),
      ("#frag", "https://h.example:8443/a/b/c?q=1"), ("/x#frag", "https://h.example:8443/x"),
      ("https://h.example:8443/y", "https://h.example:8443/y"), ("//other.example/z", "https://other.example/z"),
      ("http://other.example", "http://other.example/"), (".", "https://h.example:8443/a/b/"),
      ("x/y:z", "https://h.example:8443/a/b/x/y:z"),
    ])
  func resolved(_ reference: String, _ expected: String) throws {
    let url = try parse("https://h.example:8443/a/b/c?q=1")
    #expect(try url.resolving(Array(reference.utf8), allowingPlainHTTP: { _ in true }).text == expected)
  }

  @Test(
    "A reference that leaves http or cannot be read is refused",
    arguments: [
      ("javascript:alert(1)", .unsupportedScheme), ("file:///etc/passwd", .unsupportedScheme), ("\\x", .backslash),
      ("//u@evil.example/", .credentials), ("https:x", .notAbsolute), ("/a\u{0}", .controlCharacter),
      ("//127.1/", .numericHost), ("/%2", .brokenEscape),
    ] as [(String, URLFault)])
  func refused(_ reference: String, _ expected: URLFault) throws {
    let url = try parse("https://h.example/a")
    #expect(throws: expected) { try url.resolving(Array(reference.utf8), allowingPlainHTTP: { _ in true }) }
  }

  @Test("References of the WHATWG test data are resolved as there, or refused")
  func differential() throws {
    let tape = try Vectors.json("url-wpt/urltestdata.json")
    var accepted = 0
    for node in tape.children(tape.root) where tape.kind(node) == .object {
      guard let base = tape.member(node, "base").flatMap({ tape.string($0) }), let baseURL = try? parse(base),
        let input = tape.member(node, "input").flatMap({ tape.stringBytes($0) }),
        let url = try? baseURL.resolving(input, allowingPlainHTTP: { _ in true })
      else { continue }
      let fails = tape.member(node, "failure").flatMap { tape.bool($0) } ?? false
      #expect(!fails, "accepted, and fails there: \(url.text)")
      guard let href = tape.member(node, "href").flatMap({ tape.string($0) }) else { continue }
      accepted += 1
      let withoutFragment = String(href.prefix { $0 != "#" })
      #expect(url.text == URLDifferentialTests.normalized(withoutFragment))
    }
    #expect(accepted >= 42, "accepted only \(accepted)")
  }
}
