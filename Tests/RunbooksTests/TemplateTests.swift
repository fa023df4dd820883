import Labels
import TestSupport
import Testing

@testable import Runbooks

@Suite("Templates")
struct TemplateTests {
  /// Segments in short: literals as they are, placeholders in braces.
  private func shape(_ template: Template) -> [String] {
    template.segments.map { segment in
      switch segment {
      case .literal(let text): text
      case .placeholder(let placeholder): "{\(placeholder.path.text)@\(placeholder.offset)}"
      }
    }
  }

  @Test(
    "A text is split into literals and placeholders",
    arguments: [
      ("", []),
      ("plain", ["plain"]),
      ("Bearer <<access_token!>>", ["Bearer ", "{access_token!@7}"]),
      ("<<a>><<b>>", ["{a@0}", "{b@5}"]),
      ("a < b > c << 1", nil),
      (#"\<<a>>"#, ["<<a>>"]),
      (#"\\<<a>>"#, [#"\"#, "{a@2}"]),
      (#"\\\<<a>>"#, [#"\<<a>>"#]),
      (#"C:\temp\x"#, [#"C:\temp\x"#]),
      (#"\<<\<<"#, ["<<<<"]),
      ("é<<a>>", ["é", "{a@2}"]),
      ("a<b<<c>>d>>e", ["a<b", "{c@3}", "d>>e"]),
    ] as [(String, [String]?)])
  func splitting(text: String, shape expected: [String]?) throws {
    guard let expected else {
      #expect(throws: TemplateFault(kind: .unterminated, offset: 10)) { try Template(parsing: text) }
      return
    }
    let template = try Template(parsing: text)
    #expect(shape(template) == expected)
    #expect(template.source == text)
  }

  @Test(
    "A broken placeholder is refused at its place",
    arguments: [
      ("x <<>>", .path(.empty), 2),
      ("<< a>>", .path(.outerSpace), 0),
      ("<<<a>>", .path(.malformed(offset: 0)), 0),
      ("ab<<a", .unterminated, 2),
      ("ab<<a>", .unterminated, 2),
      ("<<a^>>", .path(.malformed(offset: 2)), 0),
    ] as [(String, TemplateFault.Kind, Int)])
  func faults(text: String, kind: TemplateFault.Kind, offset: Int) {
    #expect(throws: TemplateFault(kind: kind, offset: offset)) { try Template(parsing: text) }
  }

  @Test("A placeholder that is longer than any path is said to be long, and one that is not closed to be open")
  func longPlaceholders() {
    let path = "request" + String(repeating: "^a", count: 20_000)
    let long = TemplateFault(kind: .longPlaceholder, offset: 2)
    #expect(throws: long) { try Template(parsing: "ab<<\(path)>>") }
    #expect(long.message == "the placeholder is longer than 1024 bytes")
    #expect(long.remedy == nil)
    for open in ["ab<<\(path)", "ab<<\(path)<<b>>"] {
      #expect(throws: TemplateFault(kind: .unterminated, offset: 2)) { try Template(parsing: open) }
    }
  }

  @Test("Any literal text has a source that reads back to it", arguments: 0..<200)
  func literals(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    var text = random.text(maximumCount: 12)
    for _ in 0..<random.number(in: 0...4) { text += random.element(of: ["<<", "\\", "\\\\", "<", ">>", "x"]) ?? "" }
    let template = Template(literal: text)
    #expect(template.literalText?.utf8.elementsEqual(text.utf8) == true)
    let again = try Template(parsing: template.source)
    #expect(again == template)
    #expect(again.literalText?.utf8.elementsEqual(text.utf8) == true)
  }

  @Test("Only placeholders and spaces are told from text that may be a secret")
  func onlyPlaceholders() throws {
    #expect(try Template(parsing: "<<a>> <<b!>>").isOnlyPlaceholders)
    #expect(try !Template(parsing: "Bearer <<a>>").isOnlyPlaceholders)
  }

  @Test(
    "An expression is a path in both written forms, and a template around text",
    arguments: [
      ("response^id!", true), ("<<response^id!>>", true), ("id-<<response^id!>>", false), ("<<a>><<b>>", false),
    ])
  func expressions(text: String, isPath: Bool) throws {
    let expression = try VariableExpression(parsing: text)
    if case .path(let path) = expression {
      #expect(isPath)
      #expect(path.text == "response^id!")
    } else {
      #expect(!isPath)
    }
    #expect(try VariableExpression(parsing: expression.text) == expression)
  }

  @Test(
    "In XML a placeholder may stand in text and in attribute values only",
    arguments: [
      ("<a b='<<x>>'><<y>></a>", nil),
      ("<?xml version=\"1.0\"?><a>&lt;<<y>></a>", nil),
      ("<<<x>>/>", nil as Int?),
      ("<a><!-- <<x>> --></a>", 8),
      ("<a><![CDATA[<<x>>]]></a>", 12),
      ("<a <<x>>='1'/>", 3),
      ("<a b=<<x>>/>", 5),
      ("<?pi <<x>>?><a/>", 5),
      ("<!DOCTYPE <<x>>><a/>", 10),
    ] as [(String, Int?)])
  func xmlPositions(text: String, offset: Int?) throws {
    guard let template = try? Template(parsing: text) else {
      #expect(text.hasPrefix("<<<"))
      return
    }
    #expect(XMLTemplatePositions.fault(in: template)?.offset == offset)
  }
}
