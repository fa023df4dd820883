import TestSupport
import Testing

@testable import MessageSignatures

@Suite("Structured fields")
struct StructuredFieldTests {
  private static func item(_ text: String) -> StructuredField.Item? {
    try? StructuredField.item([Array(text.utf8)])
  }

  private static func dictionary(_ lines: String...) -> StructuredField.Dictionary? {
    try? StructuredField.dictionary(lines.map { Array($0.utf8) })
  }

  @Test("Every type of RFC 9651 is read and written back in its one form")
  func types() throws {
    let forms = [
      "1": "1", "-999999999999999": "-999999999999999", "007": "7", "-0": "0", "1.50": "1.5", "1.0": "1.0",
      "-0.125": "-0.125", "999999999999.999": "999999999999.999", "\"a\\\"b\\\\c\"": "\"a\\\"b\\\\c\"", "\"\"": "\"\"",
      "*a/b:c!#$%&'*+-.^_`|~": "*a/b:c!#$%&'*+-.^_`|~", ":aGVsbG8=:": ":aGVsbG8=:", "::": "::", "?1": "?1", "?0": "?0",
      "@1659578233": "@1659578233", "@-1": "@-1", "%\"f%c3%bc\"": "%\"f%c3%bc\"", "%\"%22%25\"": "%\"%22%25\"",
      "  a;b;c=1;d=?0  ": "a;b;c=1;d=?0", "1; a=2;  b": "1;a=2;b", "a;b=?1": "a;b",
    ]
    for (text, expected) in forms {
      let item = try #require(Self.item(text), "\(text)")
      let written = StructuredField.serialize(item)
      #expect(Fixture.text(written) == expected)
      #expect(Self.item(expected) == item)
    }
  }

  @Test("What RFC 9651 does not allow is refused, and what it lets a reader forgive too")
  func malformed() {
    let texts = [
      "", "1.", ".1", "1.1234", "1234567890123.1", "1000000000000000", "--1", "-", "-a", "\"a", "\"\u{7F}\"", "\"é\"",
      "\"\\a\"", "\"a\\", "?2", "?", ":a:", ":aGVsbG8:", ":aGVsbG9=:", ":aGVs bG8=:", ":aGVsbG8=", "@1.5", "@", "@a",
      "%\"%C3%BC\"", "%\"%c3\"", "%\"%zz\"", "%\"a", "%a", "a b", "a;", "a;B", "a;b=", "a;b=1;b=2", "a,b", "\ta", "a\t",
      "é", "(a)", "a; ", "1e3", "!a",
    ]
    for text in texts { #expect(Self.item(text) == nil, "\(text)") }
    #expect(throws: StructuredField.Fault.malformed(at: 1)) { try StructuredField.item([Array("a\n".utf8)]) }
  }

  @Test("Dictionaries and lists join their lines, and keep their order")
  func containers() throws {
    let dictionary = try #require(
      Self.dictionary("a=1,  b;x=(", "") ?? Self.dictionary("a=1 ,\t b;x=2", "c=(1 \"t\";q  z);p"))
    #expect(Fixture.text(StructuredField.serialize(dictionary)) == "a=1, b;x=2, c=(1 \"t\";q z);p")
    let list = try StructuredField.list([Fixture.bytes("a, ()"), Fixture.bytes("(1  2);x")])
    #expect(Fixture.text(StructuredField.serialize(list)) == "a, (), (1 2);x")
    #expect(try StructuredField.list([[]]).isEmpty)
    #expect(try StructuredField.dictionary([[]]).entries.isEmpty)
  }

  @Test("A key that is there twice is refused: in one line, over two lines, and among parameters")
  func repeatedKeys() {
    #expect(Self.dictionary("a=1, a=2") == nil)
    #expect(Self.dictionary("a=1", "a=1") == nil)
    #expect(throws: StructuredField.Fault.repeatedKey(at: 5)) {
      try StructuredField.dictionary([Fixture.bytes("a=1, a")])
    }
    #expect(Self.dictionary("a=(1;b;b)") == nil)
    #expect(Self.dictionary("a=1, b=2") != nil)
  }

  @Test("Lists and dictionaries that stop too early, or go on, are refused")
  func brokenContainers() {
    for text in [
      "a=1,", "a=1 b=2", ",a", "a==1", "A=1", "a=(1", "a=(1,2)", "a=(1\t2)", "a=((1))", "a=1;", "a=()x", "1=1",
    ] {
      #expect(Self.dictionary(text) == nil, "\(text)")
    }
    #expect(Self.dictionary("a=1", "") == nil)
  }

  @Test("A field has at most so many bytes and values")
  func bounds() throws {
    let edge = (0..<MessageSignatureLimits.fieldValues).map { "a\($0)" }.joined(separator: ",")
    #expect(Self.dictionary(edge)?.entries.count == MessageSignatureLimits.fieldValues)
    #expect(throws: StructuredField.Fault.tooMuch) { try StructuredField.dictionary([Fixture.bytes(edge + ",z")]) }
    let long = [UInt8](repeating: 0x61, count: MessageSignatureLimits.fieldBytes)
    #expect(throws: StructuredField.Fault.tooMuch) { try StructuredField.item([long]) }
    _ = try StructuredField.item([Array(long.dropLast(2))])
  }

  @Test("Whatever is read is written so that it reads the same again")
  func roundTrips() {
    var random = SeededRandom(seed: 9_651)
    let alphabet = Array("ab1-.\"\\:=?@%*(); ,\tAz09/+".utf8)
    var read = 0
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...14, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      if let dictionary = try? StructuredField.dictionary([text]) {
        let written = StructuredField.serialize(dictionary)
        #expect((try? StructuredField.dictionary([written])) == dictionary)
        read += 1
      }
      if let list = try? StructuredField.list([text]) {
        let written = StructuredField.serialize(list)
        #expect((try? StructuredField.list([written])) == list)
        read += 1
      }
    }
    #expect(read > 500)
  }
}
