import Testing

@testable import Runner

@Suite("Words that runs are found by")
struct WordScanTests {
  private func words(_ text: String) -> [String] {
    WordScan.words(of: text).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    "Letters, marks and numbers that stand together are a word, in lower case",
    arguments: [
      ("INC-4711 was Closed", ["inc", "4711", "was", "closed"]),
      ("a bb c dd", ["bb", "dd"]),
      ("Straße ÜBER İstanbul", ["straße", "über", "i\u{307}stanbul"]),
      ("snake_case dots.in.it", ["snake", "case", "dots", "in", "it"]),
      ("日本語 ½½ e\u{301}e\u{301}", ["日本語", "½½", "e\u{301}e\u{301}"]),
      ("again AGAIN again", ["again"]),
      ("", []), ("- ? !", []),
    ] as [(String, [String])])
  func plain(text: String, expected: [String]) { #expect(words(text) == expected) }

  @Test("Words of 2 to 64 characters count, longer ones are left out whole")
  func lengths() {
    let long = String(repeating: "x", count: 64)
    #expect(words("x xx \(long) \(long)y") == ["xx", long])
  }

  @Test(
    "In JSON an escape ends a word, or is the letter that it stands for",
    arguments: [
      (#"{"a1": "one\ntwo"}"#, ["a1", "one", "two"]),
      (#" ["caf\u00e9", "\u00C9t\u00e9"]"#, ["café", "été"]),
      (#"{"k1":"\ud83d\ude00tail"}"#, ["k1", "tail"]),
      (#"{"k1":"back\\slash"}"#, ["k1", "back", "slash"]),
    ] as [(String, [String])])
  func json(text: String, expected: [String]) { #expect(words(text) == expected) }

  @Test("Elsewhere a backslash is no escape")
  func noJSON() { #expect(words(#"C:\new\table"#) == ["new", "table"]) }

  @Test(
    "What stands in a mask is no word, and a bracket that is none hides nothing",
    arguments: [
      ("before ‹api_token·k7f2› after", ["before", "after"]),
      ("one‹kv/a.b^c:d-ü~·0000›two ‹·k7f2›‹› three", ["one", "two", "three"]),
      ("‹open end", ["open", "end"]),
      ("‹a quotation› and more", ["quotation", "and", "more"]),
      ("‹name·k7f› ‹name·K7F2› ‹name.k7f2›", ["name", "k7f", "k7f2"]),
      ("‹one‹two·k7f2› ›lone", ["one", "lone"]),
      ("‹\(String(repeating: "x", count: 48))·k7f2›", []),
      ("‹\(String(repeating: "x", count: 49))·k7f2›", [String(repeating: "x", count: 49), "k7f2"]),
      (#"{"k1": "‹tok·k7f2›x1", "\u2039k2": "k3"}"#, ["k1", "x1", "k2", "k3"]),
    ] as [(String, [String])])
  func masks(text: String, expected: [String]) { #expect(words(text) == expected) }

  @Test("A scan ends where it is told to")
  func end() {
    var taken = 0
    let isWhole = WordScan.scan("one two three") { _ in
      taken += 1
      return taken < 2
    }
    #expect(!isWhole)
    #expect(taken == 2)
  }
}
