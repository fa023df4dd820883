import Encodings
import TestSupport
import Testing

@Suite struct JSONTapeTests {
  private let text = #"{"a": [1, -2.50e+3, "x\u00e9\n"], "b\"c": {"t": true, "f": false, "n": null}, "": {}}"#

  @Test("Values, keys, order and text come back as written")
  func structure() throws {
    let tape = try JSONTape(Array(text.utf8))
    #expect(tape.kind(tape.root) == .object)
    #expect(tape.children(tape.root).map { tape.key($0) } == ["a", "b\"c", ""])
    let array = try #require(tape.member(tape.root, "a"))
    #expect(tape.count(array) == 3)
    #expect(tape.children(array).map { tape.kind($0) } == [.number, .number, .string])
    #expect(tape.element(array, 0).flatMap { tape.integer($0) } == 1)
    #expect(tape.element(array, 1).flatMap { tape.numberText($0) } == "-2.50e+3")
    #expect(tape.element(array, 1).flatMap { tape.integer($0) } == nil)
    #expect(tape.element(array, 2).flatMap { tape.string($0) } == "xé\n")
    #expect(tape.element(array, 3) == nil)
    #expect(tape.element(array, -1) == nil)
    let object = try #require(tape.member(tape.root, "b\"c"))
    #expect(tape.member(object, "t").flatMap { tape.bool($0) } == true)
    #expect(tape.member(object, "f").flatMap { tape.bool($0) } == false)
    #expect(tape.member(object, "n").map { tape.kind($0) } == .null)
    #expect(tape.member(object, "absent") == nil)
    #expect(tape.member(array, "a") == nil)
    let empty = try #require(tape.member(tape.root, ""))
    #expect(tape.children(empty).isEmpty)
    #expect(tape.key(tape.root) == nil)
    #expect(tape.keyRange(try #require(tape.element(array, 0))) == nil)
  }

  @Test("Ranges hold exactly the text of key and value")
  func ranges() throws {
    let bytes = Array(text.utf8)
    let tape = try JSONTape(bytes)
    let member = try #require(tape.member(tape.root, "b\"c"))
    let key = try #require(tape.keyRange(member))
    #expect(String(decoding: bytes[key], as: UTF8.self) == #""b\"c""#)
    #expect(String(decoding: tape.text(member), as: UTF8.self) == #"{"t": true, "f": false, "n": null}"#)
    #expect(tape.range(tape.root) == 0..<bytes.count)
  }

  @Test(
    "A fault says which and where",
    arguments: [
      ("", JSONFault.unexpectedEnd), ("  \n", .unexpectedEnd), ("[1", .unexpectedEnd), ("{\"a\"", .unexpectedEnd),
      ("\"a", .unexpectedEnd), ("\"a\\", .unexpectedEnd), ("tru", .unexpectedEnd), ("[1,]", .unexpected(at: 3)),
      ("{\"a\":1,}", .unexpected(at: 7)), ("{,}", .unexpected(at: 1)), ("[1 2]", .unexpected(at: 3)),
      ("{\"a\" 1}", .unexpected(at: 5)), ("{1:2}", .unexpected(at: 1)), ("[}", .unexpected(at: 1)),
      ("{\"a\":1]", .unexpected(at: 6)), ("truE", .unexpected(at: 0)), ("'a'", .unexpected(at: 0)),
      ("NaN", .unexpected(at: 0)), ("+1", .unexpected(at: 0)), ("1 1", .trailingText(at: 2)),
      ("{}x", .trailingText(at: 2)), ("01", .badNumber(at: 0)), ("-", .badNumber(at: 0)), ("1.", .badNumber(at: 0)),
      ("[-01]", .badNumber(at: 1)), ("1e", .badNumber(at: 0)), ("1e+", .badNumber(at: 0)),
      ("\"\\x\"", .badEscape(at: 1)), ("\"\\u12G4\"", .badEscape(at: 1)), ("\"\\uD800\"", .loneSurrogate(at: 1)),
      ("\"\\uDC00\"", .loneSurrogate(at: 1)), ("\"\\uD800\\u0041\"", .loneSurrogate(at: 1)),
      ("\"a\tb\"", .controlCharacter(at: 2)), ("\"a\u{0}\"", .controlCharacter(at: 2)),
      ("\u{FEFF}{}", .byteOrderMark), ("[\u{A0}]", .unexpected(at: 1)), ("{\"a\":1,\"a\":2}", .duplicateKey(at: 7)),
      ("{\"a\":1,\"\\u0061\":2}", .duplicateKey(at: 7)), ("[{\"a\":{},\"b\":[],\"a\":2}]", .duplicateKey(at: 16)),
    ])
  func faults(text: String, expected: JSONFault) {
    #expect(throws: expected) { try JSONTape(Array(text.utf8)) }
  }

  @Test("Bytes that are not UTF-8 are refused at the first ill-formed sequence")
  func notUTF8() {
    for bad: [UInt8] in [
      [0x80], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3],
    ] {
      #expect(throws: JSONFault.notUTF8(at: 2)) { try JSONTape([0x22, 0x61] + bad + [0x22]) }
      #expect(throws: JSONFault.notUTF8(at: 1)) { try JSONTape([0x20] + bad) }
    }
  }

  @Test("Duplicate keys are found in small and large objects, wherever they stand", arguments: [2, 8, 9, 40, 3000])
  func duplicates(count: Int) throws {
    var random = SeededRandom(seed: UInt64(count))
    let keys = (0..<count).map { "k\($0)" }
    let unique = "{" + keys.map { "\"\($0)\":[{\"k0\":1}]" }.joined(separator: ",") + "}"
    #expect(try JSONTape(Array(unique.utf8)).nodeCount == 1 + 3 * count)
    for _ in 0..<20 {
      let first = random.number(in: 0...count - 2)
      let second = random.number(in: first + 1...count - 1)
      // The same key, its first character as an escape.
      let members = keys.enumerated().map { $0 == second ? "\"\\u006b\(first)\":1" : "\"\($1)\":[{\"k0\":1}]" }
      let text = "{" + members.joined(separator: ",") + "}"
      let offset = members[..<second].reduce(1) { $0 + $1.utf8.count + 1 }
      #expect(throws: JSONFault.duplicateKey(at: offset)) { try JSONTape(Array(text.utf8)) }
    }
  }

  @Test("Depth, values and size are refused one past the limit and accepted at it")
  func limits() throws {
    let limits = JSONLimits(maximumBytes: 40, maximumDepth: 3, maximumNodes: 5)
    func parse(_ text: String) throws(JSONFault) { _ = try JSONTape(Array(text.utf8), limits: limits) }
    try parse("[[{}]]")
    #expect(throws: JSONFault.tooDeep(at: 7)) { try parse("[[{\"a\":[]}]]") }
    #expect(throws: JSONFault.tooDeep(at: 3)) { try parse("[[[[") }
    try parse("[1,2,3,4]")
    #expect(throws: JSONFault.tooManyNodes) { try parse("[1,2,3,4,5]") }
    try parse(String(repeating: " ", count: 39) + "1")
    #expect(throws: JSONFault.tooLarge) { try parse(String(repeating: " ", count: 40) + "1") }
  }

  @Test("A million opening brackets are refused without recursion")
  func deep() {
    let limits = JSONLimits(maximumBytes: 1 << 21, maximumDepth: 1 << 21, maximumNodes: 1 << 21)
    #expect(throws: JSONFault.unexpectedEnd) {
      try JSONTape([UInt8](repeating: 0x5B, count: 1_000_000), limits: limits)
    }
    #expect(throws: JSONFault.tooDeep(at: 64)) { try JSONTape([UInt8](repeating: 0x5B, count: 1_000_000)) }
  }

  @Test("Integers are exact, and only those that fit")
  func integers() throws {
    let cases: [(String, Int64?)] = [
      ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775808", nil), ("-0", 0),
      ("1.0", nil), ("1e2", nil), ("\"1\"", nil),
    ]
    for (text, expected) in cases {
      let tape = try JSONTape(Array(text.utf8))
      #expect(tape.integer(tape.root) == expected, "\(text)")
    }
  }

  @Test("Canonical text drops white space and needless escapes, and nothing else")
  func canonical() throws {
    let tape = try JSONTape(
      Array(#" { "\u0061\/" : [ 1.00 , { } , [ ] , "\u00E9\u0009" ] , "z" : -0 , "b" : null } "#.utf8))
    #expect(
      String(decoding: tape.canonicalText(tape.root), as: UTF8.self) == #"{"a/":[1.00,{},[],"é\t"],"z":-0,"b":null}"#)
    let member = try #require(tape.member(tape.root, "a/"))
    #expect(String(decoding: tape.canonicalText(member), as: UTF8.self) == #"[1.00,{},[],"é\t"]"#)
  }

  @Test("A message counts lines and columns in characters")
  func messages() {
    let bytes = Array("{\r\n \"é\": 1,\n\"é\": 2}".utf8)
    #expect(throws: JSONFault.duplicateKey(at: 13)) { try JSONTape(bytes) }
    #expect(JSONFault.duplicateKey(at: 13).message(in: bytes) == "3:1: the object already has this key")
    #expect(JSONFault.unexpected(at: 8).message(in: bytes).hasPrefix("2:5: "))
    #expect(JSONFault.unexpectedEnd.message(in: bytes).hasPrefix("3:8: "))
    #expect(JSONFault.tooLarge.message(in: bytes) == "the JSON text is too large")
  }
}
