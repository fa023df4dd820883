import Destinations
import Testing

@testable import Labels

@Suite("Rendering")
struct RenderingTests {
  private func write(
    _ value: LabeledText, _ context: RenderingContext, isBare: Bool = false
  ) throws -> String {
    Samples.string(try Rendering.write(value, name: "v", isBare: isBare, in: context))
  }

  @Test(
    "A value is written as its place demands",
    arguments: [
      ("\"a\\\"b\"", .jsonValue, "\"a\\\"b\""), ("{\"k\":[1]}", .jsonValue, "{\"k\":[1]}"),
      ("1.50", .jsonValue, "1.50"),
      ("\"a\\\"b\"", .jsonInString, "a\\\"b"), ("{\"k\":1}", .jsonInString, "{\\\"k\\\":1}"),
      ("true", .jsonInString, "true"),
      ("\"k\"", .jsonKey, "\"k\""), ("\"a b/é\"", .query, "a%20b%2F%C3%A9"), ("\"a b&=\"", .form, "a+b%26%3D"),
      ("\"ab c\"", .path, "ab%20c"), ("\"Bearer x\"", .header, "Bearer x"),
      ("\"<a & 'b'>\"", .xml, "&lt;a &amp; &apos;b&apos;&gt;"),
      ("\"x\\ny\"", .text, "x\ny"), ("[1, 2]", .text, "[1, 2]"),
    ] as [(String, RenderingContext, String)])
  func contexts(value: String, context: RenderingContext, expected: String) throws {
    #expect(try write(try Samples.json(value), context) == expected)
  }

  @Test("A text, a body or an object that would be too large is refused before it is put together")
  func tooLarge() throws {
    let value = RenderingSegment.value(Samples.text("12345"), name: "v", isBare: false, context: .text)
    #expect(Samples.string(try Rendering.text([value, value], maximumBytes: 10).text) == "1234512345")
    let fault = ValueFault.tooLarge(limit: 10)
    #expect(throws: fault) { try Rendering.text([value, value, value], maximumBytes: 10) }
    let member = RenderingSegment.value(Samples.text("12345"), name: "v", isBare: false, context: .jsonValue)
    #expect(throws: fault) {
      try Rendering.json([.literal("["), member, .literal(","), member, .literal("]")], maximumBytes: 10)
    }
    #expect(throws: fault) { try Transforms.object([("a", Samples.text("12345"))], maximumBytes: 10) }
    // Ranges count for what they take when they are sealed.
    let secret = RenderingSegment.value(Samples.text("1", Samples.stored), name: "v", isBare: false, context: .text)
    #expect(throws: fault) { try Rendering.text([.literal("-"), secret, .literal("-"), secret], maximumBytes: 10) }
  }

  @Test("Text becomes a JSON string at a value position and stays characters elsewhere")
  func textValues() throws {
    let text = Samples.text("say \"hi\"")
    #expect(try write(text, .jsonValue) == "\"say \\\"hi\\\"\"")
    #expect(try write(text, .jsonInString) == "say \\\"hi\\\"")
    #expect(try write(text, .text) == "say \"hi\"")
  }

  @Test(
    "With an exclamation mark a string at a value position must be one number, true, false or null",
    arguments: [
      ("\"12.0\"", "12.0"), ("\"true\"", "true"), ("\"null\"", "null"), ("7", "7"), ("{\"a\":1}", "{\"a\":1}"),
    ])
  func bare(value: String, expected: String) throws {
    #expect(try write(try Samples.json(value), .jsonValue, isBare: true) == expected)
  }

  @Test(
    "Any other string with an exclamation mark is refused by name",
    arguments: ["\"1,\\\"admin\\\":true\"", "\"\"", "\"abc\"", "\" 1\"", "\"{}\"", "\"01\""])
  func bareRefused(value: String) throws {
    let value = try Samples.json(value, Samples.stored)
    #expect(throws: ValueFault.notOneScalar(name: "v")) { try write(value, .jsonValue, isBare: true) }
  }

  @Test(
    "A bare placeholder is quoted with one exclamation mark, whether its name was given with it or without",
    arguments: ["v", "v!"])
  func bareQuoted(name: String) {
    #expect(ValueFault.notOneScalar(name: name).message.hasPrefix("<<v!>> stands"))
  }

  @Test(
    "Line breaks, NUL and other controls never reach a header",
    arguments: ["a\r\nX: y", "a\nb", "a\rb", "a\u{0}", "\u{7F}"])
  func headers(text: String) {
    #expect(throws: ValueFault.headerControlByte(name: "v")) { try write(Samples.text(text), .header) }
  }

  @Test(
    "A path value is one plain segment however often it is decoded",
    arguments: ["", ".", "..", "a/b", "a\\b", "%2e%2e", "%252e%252e", "a%2fb", "a;b", "a\u{1}"])
  func paths(text: String) {
    #expect(throws: ValueFault.notOnePathSegment(name: "v")) { try write(Samples.text(text), .path) }
  }

  @Test("A number or an object is no key")
  func keys() throws {
    let value = try Samples.json("1")
    #expect(throws: ValueFault.badKey(name: "v")) { try write(value, .jsonKey) }
  }

  @Test("A filled JSON body keeps each value's label on exactly its bytes, and names what was used")
  func json() throws {
    let prompt = Samples.pieces([("q\"q", Samples.response)])
    let rendered = try Rendering.json([
      .literal("{\"prompt\": "), .value(prompt, name: "prompt", isBare: false, context: .jsonValue),
      .literal(", \"note\": \"see "), .value(try Samples.json("5"), name: "n", isBare: false, context: .jsonInString),
      .literal("\"}"),
    ])
    #expect(Samples.string(rendered.text) == "{\"prompt\": \"q\\\"q\", \"note\": \"see 5\"}")
    let labelled = Samples.labels(rendered.text).indices.filter {
      Samples.labels(rendered.text)[$0] == Samples.response
    }
    #expect(labelled == Array(12..<16))
    #expect(rendered.uses.map(\.name) == ["prompt", "n"])
    #expect(rendered.text.form == .json)
  }

  @Test(
    "A value can never change the structure of a JSON body",
    arguments: ["\"", "\\", "\",\"x\":\"", "}", "\u{1F600}\n\u{0}"])
  func injection(text: String) throws {
    for context in [RenderingContext.jsonInString, .jsonValue] {
      let quote = context == .jsonInString ? "\"" : ""
      let rendered = try Rendering.json([
        .literal("{\"a\":\(quote)"), .value(Samples.text(text), name: "v", isBare: false, context: context),
        .literal("\(quote)}"),
      ])
      let path = ValuePath(steps: [.member("a")], isBare: false)
      let back = try LabeledJSON(reading: rendered.text).extract(path, name: "a")
      #expect(Samples.string(Transforms.stringForm(back)) == text)
    }
  }

  @Test("A key that is there already is refused by the name of the value")
  func duplicateKey() {
    #expect(throws: ValueFault.badKey(name: "k")) {
      try Rendering.json([
        .literal("{\"a\":1,"), .value(Samples.text("a"), name: "k", isBare: false, context: .jsonKey), .literal(":2}"),
      ])
    }
  }

  @Test("A template that does not make JSON is refused")
  func badTemplate() {
    #expect(throws: ValueFault.badTemplate) { try Rendering.json([.literal("{\"a\":}")]) }
  }
}
