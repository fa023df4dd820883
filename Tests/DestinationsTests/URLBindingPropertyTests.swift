import TestSupport
import Testing

@testable import Destinations

/// What a template means, apart from its spelling.
private struct Meaning: Equatable {
  enum Part: Equatable {
    case bytes([UInt8])
    case variable(String)
  }
  var isHTTPS: Bool
  var host: String
  var port: UInt16
  var parts: [Part]
  var endsWithSlash: Bool

  static func random(_ random: inout SeededRandom) -> Meaning {
    let hosts = ["a.example", "b.example", "xn--bcher-kva.example", "[2001:db8::1]", "10.0.0.1"]
    return Meaning(
      isHTTPS: !random.oneIn(3), host: random.element(of: hosts) ?? "a.example",
      port: random.element(of: [80, 443, 8443, 1]) ?? 443,
      parts: (0..<random.number(in: 1...4)).map { _ in part(&random) }, endsWithSlash: random.oneIn(3))
  }

  static func part(_ random: inout SeededRandom) -> Part {
    if random.oneIn(3) { return .variable(random.element(of: ["id", "ticket^id", "x!", "naïve"]) ?? "id") }
    let alphabet = Array("aA0~.-_%/?#&=;: <\"'é|[".utf8)
    while true {
      let bytes = (0..<random.number(in: 1...4)).compactMap { _ in random.element(of: alphabet) }
      if bytes != [0x2e], bytes != [0x2e, 0x2e], String(validating: bytes, as: UTF8.self) != nil {
        return .bytes(bytes)
      }
    }
  }

  /// One change of meaning.
  func changed(_ random: inout SeededRandom) -> Meaning {
    var copy = self
    repeat {
      switch random.number(in: 0...5) {
      case 0: copy.isHTTPS.toggle()
      case 1: copy.host = random.element(of: ["c.example", "a.example", "a.example.b.example"]) ?? host
      case 2: copy.port = UInt16(random.number(in: 1...65_535))
      case 3: copy.parts[random.number(in: 0...(copy.parts.count - 1))] = Self.part(&random)
      case 4:
        if random.oneIn(2) {
          copy.parts.append(Self.part(&random))
        } else {
          copy.parts.insert(Self.part(&random), at: 0)
        }
      default: copy.endsWithSlash.toggle()
      }
    } while copy == self
    return copy
  }

  /// One of its spellings as base URL and resource.
  func spelled(_ random: inout SeededRandom) -> (base: String, resource: String) {
    func cased(_ text: String) -> String {
      String(text.map { random.oneIn(2) ? Character($0.uppercased()) : $0 })
    }
    let isDefault = port == (isHTTPS ? 443 : 80)
    let head =
      cased(isHTTPS ? "https" : "http") + "://" + cased(host) + (isDefault && random.oneIn(2) ? "" : ":\(port)")
    var segments = parts.map { part -> String in
      switch part {
      case .variable(let name): "<<\(name)>>"
      case .bytes(let bytes): spelled(bytes, &random)
      }
    }
    // Detours that dot segments take back, before the first segment so that no variable is popped.
    for _ in 0..<random.number(in: 0...2) {
      segments.insert(contentsOf: random.oneIn(2) ? ["detour", random.oneIn(2) ? ".." : "%2E."] : ["%2e"], at: 0)
    }
    let cut = random.number(in: 0...segments.count)
    let base = ([head] + segments[..<cut]).joined(separator: "/") + (random.oneIn(2) && cut < segments.count ? "/" : "")
    var resource = segments[cut...].joined(separator: "/")
    if cut == segments.count { return (base + (endsWithSlash ? "/" : ""), "") }
    if random.oneIn(2) { resource = "/" + resource }
    return (base, resource + (endsWithSlash ? "/" : "") + (random.oneIn(4) ? "?page=1" : ""))
  }

  private func spelled(_ bytes: [UInt8], _ random: inout SeededRandom) -> String {
    // A byte that would be syntax, or half a character, is always escaped; a reserved one never, since it and its
    // escape mean different things (RFC 3986 §2.2); others sometimes.
    let reserved = Set("&=;:'".utf8)
    let mustEscape = Set("%/?#\\<".utf8)
    let isASCII = bytes.allSatisfy { $0 < 0x80 }
    var text = ""
    for (index, byte) in bytes.enumerated() {
      let isEdgeSpace = byte == 0x20 && (index == 0 || index == bytes.count - 1)
      if mustEscape.contains(byte) || isEdgeSpace || !isASCII || (!reserved.contains(byte) && random.oneIn(3)) {
        let hex = String(byte, radix: 16, uppercase: random.oneIn(2))
        text += "%" + (hex.count == 1 ? "0" : "") + hex
      } else {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return text
  }
}

@Suite struct URLBindingPropertyTests {
  private func text(_ spelling: (base: String, resource: String)) throws -> String {
    try URLTemplate(
      base: spelling.base, resource: spelling.resource, segments: .whole, allowingPlainHTTP: { _ in true }
    ).canonicalText
  }

  @Test("Every spelling of one meaning has one canonical text, and a changed meaning has another", arguments: 0..<40)
  func meaning(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    for _ in 0..<50 {
      let meaning = Meaning.random(&random)
      let first = meaning.spelled(&random)
      let second = meaning.spelled(&random)
      let firstText = try text(first)
      #expect(try firstText == text(second), "seed \(seed): \(first) and \(second)")
      let changed = meaning.changed(&random).spelled(&random)
      #expect(try firstText != text(changed), "seed \(seed): \(first) and \(changed)")
    }
  }

  @Test(
    "A reserved character and its escape are two meanings", arguments: ["&", "=", ";", ":", "'", "@", "+", ",", "$"])
  func reserved(_ character: String) throws {
    let byte = try #require(character.utf8.first)
    let escape = "%" + String(byte, radix: 16)
    #expect(try text(("https://h.example", "a\(character)b")) != text(("https://h.example", "a\(escape)b")))
  }

  @Test(
    "A random edit of a URL is refused, or gives a canonical URL that is equal only when every part is",
    arguments: 0..<20)
  func edits(_ seed: Int) throws {
    var random = SeededRandom(seed: 1_000 + UInt64(seed))
    let starts = [
      "https://api.example.com/v1/users/%7Ejoe?x=1&y=%20", "http://127.0.0.1:9000/a/../b",
      "https://[2001:db8::1]:8443/",
      "https://xn--bcher-kva.example/a%2Fb;c",
    ]
    let inserts = Array("/.:@%?#\\[]-_~09afxXné \t\u{0}".utf8)
    for _ in 0..<400 {
      let start = random.element(of: starts) ?? ""
      var bytes = Array(start.utf8)
      for _ in 0..<random.number(in: 1...3) {
        let place = random.number(in: 0...(bytes.count - 1))
        switch random.number(in: 0...2) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(random.element(of: inserts) ?? 0, at: place)
        default: bytes[place] = random.element(of: inserts) ?? 0
        }
      }
      guard let url = try? CanonicalURL(bytes: bytes, allowingPlainHTTP: { _ in true }) else { continue }
      let original = try parse(start)
      #expect(try parse(url.text) == url)
      #expect(url.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x5c && $0 != 0x23 })
      let isSame =
        url.scheme == original.scheme && url.origin == original.origin && url.pathSegments == original.pathSegments
        && url.query == original.query
      #expect((url == original) == isSame, "seed \(seed): \(url.text)")
    }
  }
}
