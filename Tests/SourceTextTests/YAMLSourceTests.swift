import Encodings
import SourceText
import TestSupport
import Testing

@Suite struct YAMLSourceTests {
  private func parse(_ text: String) -> Result<[SourceNode], SourceFault> {
    SourceTape.parse(text, file: "a.yaml")
  }

  private func place(_ node: SourceNode?) -> [Int]? {
    node.map { [$0.place.line, $0.place.column] }
  }

  @Test("Documents come one by one, empty ones not at all, each value with its place")
  func documents() throws {
    let text = """
      # the first
      integration: openai
      auth: { type: bearer, token: [a, "b"] }
      body: |
        {"model": <<m>>}
      ---
      runbook: ask
      steps:
        ask:   { method: openai/x, then: post }
        list:
          - one
          - two: 2
      ---
      """
    let documents = try parse(text).get()
    #expect(documents.count == 2)
    #expect(place(documents[0]) == [2, 1])
    #expect(documents[0].keys == ["integration", "auth", "body"])
    #expect(place(documents[0]["integration"]) == [2, 14])
    #expect(place(documents[0].member("auth")?.key) == [3, 1])
    #expect(place(documents[0]["auth"]?["token"]?[1]) == [3, 34])
    #expect(documents[0]["auth"]?["token"]?[1]?.string == "b")
    #expect(documents[0]["body"]?.string == "{\"model\": <<m>>}\n")
    #expect(documents[0]["body"]?.style == .literal)
    #expect(place(documents[1]["steps"]?["ask"]?["then"]) == [9, 36])
    #expect(place(documents[1]["steps"]?["list"]?[1]?["two"]) == [12, 12])
    #expect(documents[1]["steps"]?["list"]?[1]?["two"]?.integer == 2)
    #expect(documents[1].keyPlace("steps") == SourcePlace(file: "a.yaml", line: 8, column: 1))
    #expect(documents[1].keyPlace("absent") == documents[1].place)
    #expect(documents[0].sourceText == nil)
  }

  @Test(
    "A plain scalar is what the core schema says, a number only when JSON would write it so",
    arguments: [
      ("1", .number), ("-2.50e+3", .number), ("0", .number), ("123456789012345678901234567890", .number),
      ("true", .true), ("True", .true), ("FALSE", .false), ("null", .null), ("~", .null), ("", .null),
      ("yes", .string), ("no", .string), ("on", .string), ("0x1F", .string), ("0o17", .string), ("012", .string),
      ("+1", .string), (".5", .string), ("1.", .string), ("1_000", .string), ("1:30", .string), (".inf", .string),
      ("2026-11-24", .string), ("429", .number), ("5xx", .string), ("1 2", .string), ("tRUE", .string),
      ("\"1\"", .string), ("'true'", .string), ("\"\"", .string), ("|\n  1", .string),
    ] as [(String, SourceNode.ScalarKind)])
  func scalars(text: String, kind: SourceNode.ScalarKind) throws {
    let node = try #require(try parse("k: \(text)\n").get().first?["k"])
    #expect(node.scalarKind == kind)
    if kind == .number { #expect(node.numberText == text) }
    #expect(node.bool == (kind == .true ? true : kind == .false ? false : nil))
    #expect(node.isNull == (kind == .null))
    #expect((node.string != nil) == (kind == .string))
  }

  @Test(
    "What makes a document mean more than it shows is refused at its place",
    arguments: [
      ("a: &x 1\nb: *x\n", SourceFault.Code.alias, 1, 4), ("a: 1\nb: &x\n  c: 1\n", .alias, 2, 4),
      ("&x a: 1\n", .alias, 1, 1), ("- &x [1]\n- *x\n", .alias, 1, 3), ("a: [&x b]\n", .alias, 1, 5),
      ("a: *missing\n", .alias, 1, 4), ("a: 1\n<<: {b: 2}\n", .mergeKey, 2, 1), ("a: !!str 1\n", .tag, 1, 4),
      ("a: ! 1\n", .tag, 1, 4), ("a: !Ref x\n", .tag, 1, 4), ("a: !x!y z\n", .tag, 1, 4),
      ("- !!map {a: 1}\n", .tag, 1, 3), ("a: !!binary \"YQ==\"\n", .tag, 1, 4), ("!!map\na: 1\n", .tag, 1, 1),
      ("a: ! \"x\"\n", .tag, 1, 4), ("! a: 1\n", .tag, 1, 1),
      ("a: 1\nb: 2\na: 3\n", .duplicateKey, 3, 1), ("x:\n  a: 1\n  # note\n  \"a\": 3\n", .duplicateKey, 4, 3),
      ("{a: 1, a: 2}\n", .duplicateKey, 1, 2), ("true: 1\n'true': 2\n", .duplicateKey, 2, 1),
      ("1: 1\n1: 2\n", .duplicateKey, 2, 1), ("? [a]\n: 1\n", .key, 1, 3), ("? {a: 1}\n: 1\n", .key, 1, 3),
      ("?\n: 1\n", .key, 1, 2), ("{[1]: 2}\n", .key, 1, 2), ("a:\n\tb: 1\n", .tab, 2, 1),
      ("a:\n  \tb: 1\n", .tab, 2, 3),
      ("a: \"x\n", .syntax, 2, 1), ("a: b: c\n", .syntax, 1, 5), ("a: [1\nb: 2\n", .syntax, 2, 2),
      ("a: @x\n", .syntax, 1, 4), ("a: \"\\q\"\n", .syntax, 1, 5), ("a: \u{7}\n", .character, 1, 4),
      ("a: 1\nb: é\u{85}\n", .character, 2, 5), ("a: x\u{2028}y\n", .character, 1, 5),
      ("a: \u{FEFF}b\n", .character, 1, 4),
    ])
  func refused(text: String, code: SourceFault.Code, line: Int, column: Int) {
    let fault = #expect(throws: SourceFault.self) { try parse(text).get() }
    #expect(fault?.code == code, "\(fault?.rendered ?? "")")
    #expect(fault.map { [$0.place.line, $0.place.column] } == [line, column], "\(fault?.rendered ?? "")")
  }

  @Test(
    "What only looks like it is read",
    arguments: [
      "a: '&x'", "a: \"*x\"", "a: x & y * z", "a: '<<'", "'<<': 1", "a: <<x>>",
      "a: <<", "a: x!y", "\"!\": 1", "'': 1", "a: |\n  z\n  \tx & *x !y\n", "a: b # *c &d !e",
    ])
  func lookAlikes(text: String) throws {
    #expect(try parse(text).get().count == 1)
  }

  @Test("Bytes that are not UTF-8 are refused at their place")
  func notUTF8() {
    let fault = #expect(throws: SourceFault.self) {
      try SourceTape.parse(Array("a: 1\nb: é".utf8) + [0xFF], file: "a.yaml").get()
    }
    #expect(fault?.code == .notUTF8)
    #expect(fault?.rendered == "a.yaml:2:5: error: the file is not UTF-8; save the file as UTF-8 [S101]")
  }

  @Test("A byte order mark at the start is passed over")
  func byteOrderMark() throws {
    let node = try #require(try parse("\u{FEFF}a: 1").get().first)
    #expect(place(node["a"]) == [1, 4])
  }

  @Test("An empty file has no documents", arguments: ["", "\n", "# only a note\n", "---\n", "---\n---\n...\n"])
  func empty(text: String) throws {
    #expect(try parse(text).get().isEmpty)
  }

  @Test("Depth, values and size are refused past the limit, quickly")
  func limits() throws {
    let atLimit = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(try parse("a: \(atLimit.dropFirst().dropLast())").get().count == 1)
    for text in [
      "a: \(atLimit)", String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
      String(repeating: "{a: ", count: 1_500), String(repeating: "? ", count: 50_000),
      "[" + String(repeating: "1,", count: 200_000) + "]", String(repeating: " ", count: 4 << 20) + "a",
    ] {
      let fault = #expect(throws: SourceFault.self) { try SourceTape.parse(text, file: "x", as: .yaml).get() }
      #expect(fault?.code == .limit, "\(fault?.rendered ?? "")")
    }
  }

  @Test("Aliases that would multiply inside keys are refused before they are followed")
  func multiplyingAliases() {
    var text = "a0: &a0 x\n"
    for level in 1...40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    text += "? *a40\n: 1\n"
    let fault = #expect(throws: SourceFault.self) { try parse(text).get() }
    #expect(fault?.code == .alias)
  }

  @Test(
    "Damaged documents are read or refused, and what is read can be written as JSON", arguments: 0..<6 as Range<UInt64>)
  func mutations(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let source = Array(
      """
      # n
      runbook: ask
      start: { a: 'b', c: [1, "d\\n", ~] }
      steps:
        x: |
          é 😀
        y:
          - z: 1.50
      ---
      k: >
        t

      """.utf8)
    let tokens = [
      "&a ", "*a ", "!t ", "<<: ", "{", "}", "[", "]", "- ", ": ", "? ", "\t", "\n", "\"", "'", "|", "%", "---\n", "#",
      "\r", "é",
    ]
    var acceptedCount = 0
    for _ in 0..<600 {
      var bytes = source
      for _ in 0..<random.number(in: 1...3) {
        let place = random.number(in: 0...bytes.count - 1)
        switch random.number(in: 0...2) {
        case 0: bytes[place] ^= 1 << UInt8(random.number(in: 0...7))
        case 1: bytes.remove(at: place)
        default: bytes.insert(contentsOf: Array((random.element(of: tokens) ?? "").utf8), at: place)
        }
      }
      switch SourceTape.parse(bytes, file: "f") {
      case .success(let documents):
        acceptedCount += 1
        for document in documents {
          let text = document.jsonText
          let again = try SourceTape.parse(text, file: "f.json").get()
          #expect(again.first?.jsonText == text)
        }
      case .failure(let fault): #expect(fault.place.line >= 1 && fault.place.column >= 1)
      }
    }
    #expect(acceptedCount > 50)
  }
}
