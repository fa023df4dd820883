import Testing

@testable import Destinations

private func template(
  _ base: String, _ resource: String, _ rule: URLTemplate.SegmentRule = .whole
) throws(URLFault) -> URLTemplate {
  try URLTemplate(base: base, resource: resource, segments: rule, allowingPlainHTTP: { _ in true })
}

@Suite struct URLTemplateTests {
  @Test("The canonical text of a template is as the specification prints it")
  func example() throws {
    let made = try template("HTTPS://API.example.com:443/v1/", "/users/<<ticket^user_id>>/keys?page=1")
    #expect(
      made.canonicalText == """
        chancery url-template 1
        scheme https
        host api.example.com
        port 443
        literal v1
        literal users
        variable ticket^user_id
        literal keys

        """)
    #expect(made.canonicalText.utf8.count == 129)
    #expect(made.displayText == "https://api.example.com/v1/users/<<ticket^user_id>>/keys")
    #expect(made.placeholders == ["ticket^user_id"])
    #expect(made.hasQueryName(Array("page".utf8)))
  }

  @Test("The canonical text of a mixed template is as the specification prints it")
  func mixedExample() throws {
    let made = try template("http://[::1]:8080", "Users('<<id>>')/", .mixed)
    #expect(
      made.canonicalText == """
        chancery url-template 1
        scheme http
        host [::1]
        port 8080
        mixed 3
        literal-piece Users('
        variable-piece id
        literal-piece ')
        literal\u{20}

        """)
    #expect(!made.hasOnlyWholeSegments)
  }

  @Test(
    "Base and resource are joined by appending segments",
    arguments: [
      ("https://h.example", "", "https://h.example/"), ("https://h.example/", "", "https://h.example/"),
      ("https://h.example", "x", "https://h.example/x"), ("https://h.example/", "/x", "https://h.example/x"),
      ("https://h.example/a", "x", "https://h.example/a/x"), ("https://h.example/a/", "/x/", "https://h.example/a/x/"),
      ("https://h.example/a", "", "https://h.example/a"), ("https://h.example/a/", "", "https://h.example/a/"),
      ("https://h.example/a", "?q=1", "https://h.example/a"), ("https://h.example/a", "/", "https://h.example/a/"),
      ("https://h.example/a/b", "../c", "https://h.example/a/c"),
      ("https://h.example/a", "./b", "https://h.example/a/b"),
      ("https://h.example/a", "../../..", "https://h.example/"),
      ("https://h.example/a", "b/..", "https://h.example/a/"),
      ("https://h.example/<<t>>", "x", "https://h.example/<<t>>/x"),
      ("https://h.example", "<<t>>", "https://h.example/<<t>>"),
      ("https://h.example", "%7e/%c3%a9 x", "https://h.example/~/%C3%A9%20x"),
      ("https://h.example", "a\\<<b", "https://h.example/a%3C%3Cb"),
      ("https://h.example", "<<a[b=c/d]^e!>>/x", "https://h.example/<<a[b=c/d]^e!>>/x"),
    ])
  func joined(_ base: String, _ resource: String, _ expected: String) throws {
    #expect(try template(base, resource).displayText == expected)
  }

  @Test(
    "A template outside the rules is refused with its reason",
    arguments: [
      ("", "x", .empty), ("https://<<h>>/", "x", .variableInOrigin),
      ("https://a.<<h>>.example/", "x", .variableInOrigin),
      ("https://h.example:<<p>>/", "x", .variableInOrigin), ("<<s>>://h.example/", "x", .variableInOrigin),
      ("https://h.example<<x>>", "", .variableInOrigin), ("<<base>>", "x", .variableInOrigin),
      ("https://h.example<<x>>/y", "", .variableInOrigin), ("h.example", "x", .notAbsolute),
      ("https://h.example/?a=1", "x", .queryInBase), ("https://h.example/<<x>>?a", "x", .queryInBase),
      ("https://h.example/#f", "x", .fragment), ("https://h.example", "x#f", .fragment),
      ("https://u:p@h.example", "x", .credentials), ("https://127.1", "x", .numericHost),
      ("https://h.example", "https://evil.example/", .resourceNotPath),
      ("https://h.example", "//evil.example", .emptySegment),
      ("https://h.example", "a//b", .emptySegment), ("https://h.example/a//b", "x", .emptySegment),
      ("https://h.example", "a\\b", .backslash), ("https://h.example", "a\nb", .controlCharacter),
      ("https://h.example", " a", .surroundingSpace), ("https://h.example ", "a", .surroundingSpace),
      ("https://h.example", "%2", .brokenEscape), ("https://h.example", "a?b=%", .brokenEscape),
      ("https://h.example", "<<a", .brokenPlaceholder), ("https://h.example", "<<>>", .brokenPlaceholder),
      ("https://h.example", "<<a>x>>", .brokenPlaceholder), ("https://h.example", "<<a<<b>>", .brokenPlaceholder),
      ("https://h.example", "<<a\nb>>", .brokenPlaceholder),
      ("https://h.example", "u<<a>>", .mixedSegment), ("https://h.example", "<<a>><<b>>", .mixedSegment),
      ("https://h.example", "<<a>>/../b", .dotSegmentAfterVariable),
      ("https://h.example/<<a>>", "../b", .dotSegmentAfterVariable),
      ("https://h.example", "a?<<n>>=1", .variableInQueryName), ("https://h.example", "a?<<q>>", .variableInQueryName),
    ] as [(String, String, URLFault)])
  func refused(_ base: String, _ resource: String, _ expected: URLFault) {
    #expect(throws: expected) { try template(base, resource) }
  }

  @Test(
    "A mixed segment is refused where its literals could hide a separator",
    arguments: ["a;<<x>>", "a%2f<<x>>", "a%5C<<x>>", "a%252f<<x>>", "<<x>>%3b", "<<x>>%00"])
  func mixedLiterals(_ resource: String) {
    #expect(throws: URLFault.mixedSegmentLiteral) { try template("https://h.example", resource, .mixed) }
  }

  @Test("A broken escape is refused though a value could complete it")
  func splitEscape() {
    #expect(throws: URLFault.brokenEscape) { try template("https://h.example", "%2<<x>>", .mixed) }
  }

  @Test("The query text of a resource is split into decoded pairs")
  func query() throws {
    let made = try template("https://h.example", "a?x=1%202&&y+z=<<v>>-<<w>>&flag&e==&u=https://x/?y", .mixed)
    #expect(made.queryPairs.map { String(decoding: $0.name, as: UTF8.self) } == ["x", "y z", "flag", "e", "u"])
    #expect(made.queryPairs[0].value == [.literal(Array("1 2".utf8))])
    #expect(made.queryPairs[1].value == [.placeholder("v"), .literal([0x2d]), .placeholder("w")])
    #expect(made.queryPairs[2].value.isEmpty)
    #expect(made.queryPairs[3].value == [.literal([0x3d])])
    #expect(made.hasQueryName(Array("y z".utf8)))
    #expect(!made.hasQueryName(Array("y+z".utf8)))
  }

  @Test("A filled template matches its own URL and gives the values back")
  func fillAndMatch() throws {
    let made = try template("https://h.example/v1", "a/<<x>>/<<y>>/")
    let values: [String: [UInt8]] = ["x": Array("é 1".utf8), "y": Array("%41".utf8)]
    let url = try made.filled(query: [(Array("k".utf8), Array("a&b =".utf8))], values: { values[$0] }).get()
    #expect(url.text == "https://h.example/v1/a/%C3%A9%201/%2541/?k=a%26b%20%3D")
    #expect(made.match(url)?.bindings == values)
    #expect(try CanonicalURL(wire: Array(url.text.utf8), allowingPlainHTTP: { _ in false }) == url)
  }

  @Test(
    "A URL of another place does not match the template",
    arguments: [
      "http://h.example/v1/a/1/", "https://h.example:8443/v1/a/1/", "https://i.example/v1/a/1/",
      "https://h.example/v1/a/1",
      "https://h.example/v1/b/1/", "https://h.example/v1/a/1/2/", "https://h.example/v1/a//",
      "https://h.example/V1/a/1/",
      "https://h.example/v1/a/1%2F2/", "https://h.example/v1/a/%252e%252e/", "https://h.example/v1/a/1;2/",
      "https://h.example/v1/a/%2500/", "https://h.example/",
    ])
  func otherPlaces(_ text: String) throws {
    let made = try template("https://h.example/v1", "a/<<x>>/")
    #expect(made.match(try parse("https://h.example/v1/a/1/?q")) != nil)
    #expect(made.match(try parse(text)) == nil)
  }

  @Test("A name that stands twice must have one value")
  func twice() throws {
    let made = try template("https://h.example", "<<x>>/<<x>>")
    #expect(made.match(try parse("https://h.example/1/1")) != nil)
    #expect(made.match(try parse("https://h.example/1/2")) == nil)
  }

  @Test("Filling refuses a missing value, a forbidden value and a segment that becomes '..'")
  func fillFaults() throws {
    let whole = try template("https://h.example", "<<x>>")
    #expect(throws: TemplateFillFault.missing(name: "x")) { try whole.filled(query: [], values: { _ in nil }).get() }
    #expect(throws: TemplateFillFault.value(name: "x", .separator)) {
      try whole.filled(query: [], values: { _ in Array("a/b".utf8) }).get()
    }
    let mixed = try template("https://h.example", ".<<x>>", .mixed)
    #expect(throws: TemplateFillFault.value(name: "x", .dotSegment)) {
      try mixed.filled(query: [], values: { _ in Array(".".utf8) }).get()
    }
    let escaped = try template("https://h.example", "%25<<x>>", .mixed)
    #expect(throws: TemplateFillFault.segment(.dotSegment)) {
      try escaped.filled(query: [], values: { _ in Array("2e".utf8) }).get()
    }
  }

  @Test(
    "A mixed segment matches when its literals stand in order",
    arguments: [
      ("users('<<a>>')", "users('7')", true), ("users('<<a>>')", "users('')", false),
      ("users('<<a>>')", "user('7')", false),
      ("<<a>>-<<b>>", "1-2", true), ("<<a>>-<<b>>", "12", false), ("<<a>>-<<b>>", "-2", false),
      ("<<a>>-<<b>>", "1-", false),
      ("<<a>>.json", "x.json", true), ("<<a>>.json", ".json", false), ("<<a>>-<<b>>.x", "1-2-3.x", true),
      ("v<<a>><<b>>", "v12", true), ("v<<a>><<b>>", "v1", false), ("<<a>>-<<b>>-z", "1-z", false),
    ])
  func mixedMatch(_ resource: String, _ segment: String, _ expected: Bool) throws {
    let made = try template("https://h.example", resource, .mixed)
    #expect((made.match(try parse("https://h.example/\(segment)")) != nil) == expected)
  }

  @Test("Two spellings of an accented variable name are two templates, as their bound bytes are")
  func canonicalEquivalence() throws {
    let composed = try template("https://h.example", "<<caf\u{e9}>>")
    let decomposed = try template("https://h.example", "<<cafe\u{301}>>")
    #expect(composed != decomposed)
  }
}
