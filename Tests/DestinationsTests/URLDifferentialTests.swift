import Encodings
import TestSupport
import Testing

@testable import Destinations

/// The WHATWG URL test data. What we accept must be read there as we read it; what fails there must be refused here.
@Suite struct URLDifferentialTests {
  @Test(
    "Every URL that we accept has the meaning that the WHATWG parser gives it",
    arguments: [
      ("urltestdata.json", 891, 66), ("ada_extra_urltestdata.json", 28, 3), ("ada_long_urltestdata.json", 1, 0),
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
      if fails {
        // One case fails because of its base, which an absolute input never asks.
        let base = tape.member(node, "base").flatMap { tape.string($0) }
        #expect(base.flatMap { fault($0) } == .hostIPv6, "accepted, and fails there: \(url.text)")
        continue
      }
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
    arguments: [("toascii.json", 87, 7), ("IdnaTestV2.json", 2671, 100)])
  func toASCII(_ file: String, _ expectedCases: Int, _ leastAccepted: Int) throws {
    let bytes = Self.replacingLoneSurrogates(try Vectors.bytes("url-wpt/\(file)"))
    let tape = try JSONTape(bytes, limits: JSONLimits(maximumBytes: 1 << 20, maximumDepth: 8, maximumNodes: 100_000))
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
    #expect(accepted >= leastAccepted, "accepted only \(accepted)")
  }

  /// The files write halves of characters as escapes, which our reader refuses; both are non-ASCII inputs.
  private static func replacingLoneSurrogates(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var rest = bytes[...]
    func surrogate(_ text: ArraySlice<UInt8>) -> UInt32? {
      guard text.starts(with: Array("\\u".utf8)), text.count >= 6 else { return nil }
      let value = UInt32(String(decoding: text.dropFirst(2).prefix(4), as: UTF8.self), radix: 16)
      return value.flatMap { (0xd800...0xdfff).contains($0) ? $0 : nil }
    }
    while let byte = rest.first {
      guard let first = surrogate(rest) else {
        out.append(byte)
        rest = rest.dropFirst()
        continue
      }
      let isPair = first < 0xdc00 && (surrogate(rest.dropFirst(6)) ?? 0) >= 0xdc00
      out += isPair ? Array(rest.prefix(12)) : Array("\\ufffd".utf8)
      rest = rest.dropFirst(isPair ? 12 : 6)
    }
    return out
  }

  /// The percent-normal form of a WHATWG href, written apart from the code under test: over characters, not bytes.
  static func normalized(_ href: String) -> String {
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
