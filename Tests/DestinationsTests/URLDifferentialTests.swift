import Encodings
import TestSupport
import Testing

@testable import Destinations

/// The WHATWG URL test data. What we accept must be read there as we read it; what fails there must be refused here.
@Suite struct URLDifferentialTests {
  @Test(
    "Every URL that we accept has the meaning that the WHATWG parser gives it",
    arguments: [
      ("urltestdata.json", 891, 70), ("ada_extra_urltestdata.json", 28, 4), ("ada_long_urltestdata.json", 1, 0),
    ])
  func differential(_ file: String, _ expectedCases: Int, _ leastAccepted: Int) throws {
    let tape = try Vectors.json("url-wpt/\(file)")
    let known: Set<String> = [
      "input", "base", "href", "failure", "origin", "protocol", "username", "password", "host", "hostname", "port",
      "pathname", "search", "searchParams", "hash", "comment", "relativeTo",
    ]
    var cases = 0
    var accepted = 0
    for node in tape.children(tape.root) where tape.kind(node) == .object {
      for child in tape.children(node) { #expect(known.contains(tape.key(child) ?? "?")) }
      let inputNode = try #require(tape.member(node, "input"))
      let input = try #require(tape.stringBytes(inputNode))
      cases += 1
      guard let url = try? CanonicalURL(bytes: input, allowingPlainHTTP: { _ in true }) else { continue }
      accepted += 1
      let fails = tape.member(node, "failure").flatMap { tape.bool($0) } ?? false
      #expect(!fails, "accepted, and fails there: \(url.text)")
      let href = try #require(tape.member(node, "href").flatMap { tape.string($0) })
      #expect(url.text == Self.normalized(href))
      #expect(tape.member(node, "hostname").flatMap { tape.string($0) } == url.host)
      #expect(tape.member(node, "protocol").flatMap { tape.string($0) } == url.scheme.rawValue + ":")
      let port = tape.member(node, "port").flatMap { tape.string($0) } ?? "?"
      #expect(port == (url.port == url.scheme.defaultPort ? "" : String(url.port)))
    }
    #expect(cases == expectedCases)
    #expect(accepted >= leastAccepted, "accepted only \(accepted)")
  }

  @Test("Every host that fails the DNS length tests is refused")
  func dnsLength() throws {
    let tape = try Vectors.json("url-wpt/verifydnslength_tests.json")
    var refused = 0
    var accepted = 0
    for node in tape.children(tape.root) where tape.kind(node) == .object {
      let input = try #require(tape.member(node, "input").flatMap { tape.string($0) })
      let fails = try #require(tape.member(node, "failure").flatMap { tape.bool($0) } as Bool?)
      let isOurs = (try? parse(input)) != nil
      if fails { #expect(!isOurs, "\(input)") }
      if isOurs { accepted += 1 } else { refused += 1 }
    }
    #expect(refused + accepted == 17)
    #expect(accepted >= 2)
  }

  @Test(
    "Every ASCII host that we accept is the one that ToASCII gives, and every other letter is refused",
    arguments: [("toascii.json", 92), ("IdnaTestV2.json", 2671)])
  func toASCII(_ file: String, _ expectedCases: Int) throws {
    let tape = try Vectors.json("url-wpt/\(file)")
    var cases = 0
    var accepted = 0
    for node in tape.children(tape.root) where tape.kind(node) == .object {
      let input = try #require(tape.member(node, "input").flatMap { tape.stringBytes($0) })
      cases += 1
      do throws(URLFault) {
        let host = try HostName(input)
        accepted += 1
        #expect(input.allSatisfy { $0 < 0x80 })
        #expect(tape.member(node, "output").flatMap { tape.string($0) } == host.text)
      } catch {
        if input.contains(where: { $0 >= 0x80 }), input.first != 0x5b { #expect(error == .nonASCIIHost) }
      }
    }
    #expect(cases == expectedCases)
    #expect(accepted > 10, "accepted only \(accepted)")
  }

  /// The percent-normal form of a WHATWG href, written apart from the code under test: over characters, not bytes.
  private static func normalized(_ href: String) -> String {
    let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    guard let start = href.range(of: "://") else { return href }
    let pathStart = href[start.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? href.endIndex
    var out = String(href[..<pathStart])
    var rest = href[pathStart...]
    var isQuery = false
    while let character = rest.popFirst() {
      if character == "?" { isQuery = true }
      if character == "%" {
        let digits = rest.prefix(2)
        rest = rest.dropFirst(2)
        guard let value = UInt8(digits, radix: 16) else { return "broken escape" }
        let decoded = Character(Unicode.Scalar(value))
        out += unreserved.contains(decoded) ? String(decoded) : "%" + digits.uppercased()
      } else if unreserved.contains(character) || "!$&()*+,;=:@/?".contains(character)
        || (character == "'" && !isQuery)
      {
        out.append(character)
      } else {
        for byte in String(character).utf8 {
          let hex = String(byte, radix: 16, uppercase: true)
          out += "%" + (hex.count == 1 ? "0" : "") + hex
        }
      }
    }
    return out
  }
}

extension String {
  /// `range(of:)` without Foundation.
  fileprivate func range(of other: String) -> Range<String.Index>? { firstRange(of: other) }
}
