import TestSupport
import Testing

@testable import Destinations

@Suite struct PathValueTests {
  @Test(
    "An ordinary value becomes one escaped segment",
    arguments: [
      ("42", "42"), ("a b", "a%20b"), ("é", "%C3%A9"), ("a?b#c&d=e+f", "a%3Fb%23c%26d%3De%2Bf"), ("...", "..."),
      ("50%", "50%25"), ("%41", "%2541"), ("a:b@c", "a%3Ab%40c"), ("~_-.", "~_-."), ("%zz", "%25zz"),
    ])
  func accepted(_ value: String, _ expected: String) throws {
    let bytes = try PathValue.encode(Array(value.utf8)).get()
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
    #expect(PercentForm.decodeOnce(bytes) == Array(value.utf8))
  }

  @Test(
    "A value that could leave its segment is refused with the reason",
    arguments: [
      ("", .empty), (".", .dotSegment), ("..", .dotSegment), ("%2e", .dotSegment), ("%2e%2E", .dotSegment),
      (".%2e", .dotSegment), ("%252e%252e", .dotSegment), ("%25252e", .dotSegment), ("a/b", .separator),
      ("a\\b", .separator), ("%2f", .separator), ("%2F", .separator), ("%5c", .separator), ("a%5Cb", .separator),
      ("%252f", .separator), ("%25255C", .separator), ("../x", .separator), ("a;b", .semicolon), ("%3b", .semicolon),
      ("%253B", .semicolon), ("a\nb", .controlCharacter), ("\u{0}", .controlCharacter), ("%00", .controlCharacter),
      ("a%0d%0a", .controlCharacter), ("%250a", .controlCharacter), ("\u{7f}", .controlCharacter),
      ("\u{85}", .controlCharacter), ("%c0%af", .notUTF8), ("%c0%ae", .notUTF8), ("%25252541", .nestedEscapes),
    ] as [(String, PathValueFault)])
  func refused(_ value: String, _ expected: PathValueFault) {
    #expect(throws: expected) { try PathValue.encode(Array(value.utf8)).get() }
  }

  @Test("A value that is too long or not UTF-8 is refused")
  func bytes() {
    #expect(throws: PathValueFault.tooLong) {
      try PathValue.encode([UInt8](repeating: 0x61, count: URLLimits.pathValueBytes + 1)).get()
    }
    #expect(throws: PathValueFault.notUTF8) { try PathValue.encode([0xc0, 0xaf]).get() }
    #expect(throws: PathValueFault.notUTF8) { try PathValue.encode([0x61, 0xff]).get() }
  }

  @Test("Whatever is accepted stays one segment of the URL, also for a server that decodes three times")
  func property() throws {
    var random = SeededRandom(seed: 0x5E6)
    let pieces = [
      "%", "2", "5", "e", "f", ".", "/", "\\", ";", "a", "%25", "%2e", "%2f", "%5c", "é", "\u{0}", "?", "#",
    ]
    var accepted = 0
    for _ in 0..<20_000 {
      let value = (0..<random.number(in: 0...6)).compactMap { _ in random.element(of: pieces) }.joined()
      guard case .success(let segment) = PathValue.encode(Array(value.utf8)) else { continue }
      accepted += 1
      let url = try parse("https://example.com/before/" + String(decoding: segment, as: UTF8.self) + "/after")
      #expect(url.pathSegments.count == 3)
      #expect(url.pathSegments.first == "before" && url.pathSegments.last == "after")
      var form = segment
      for _ in 0..<4 {
        form = PercentForm.decodeOnce(form)
        #expect(!form.contains(0x2f) && !form.contains(0x5c) && form != [0x2e] && form != [0x2e, 0x2e])
      }
    }
    #expect(accepted > 1_000)
  }
}
