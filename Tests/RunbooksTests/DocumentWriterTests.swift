import Encodings
import TestSupport
import Testing
import Webhooks

@testable import Runbooks

@Suite("Documents as they are stored")
struct DocumentWriterTests {
  @Test("A stored runbook reads back to the identical value and the identical bytes", arguments: 0..<300)
  func runbooks(seed: Int) {
    var documents = RandomDocuments(seed: UInt64(seed))
    let document = documents.runbook()
    let json = document.canonicalJSON
    let again = RunbookDocument(canonicalJSON: json)
    #expect(again == document, "seed \(seed): \(String(decoding: json, as: UTF8.self))")
    #expect(again?.canonicalJSON == json)
  }

  @Test("A stored integration reads back to the identical value and the identical bytes", arguments: 0..<300)
  func integrations(seed: Int) {
    var documents = RandomDocuments(seed: UInt64(seed))
    let document = documents.integration()
    let json = document.canonicalJSON
    let again = IntegrationDocument(canonicalJSON: json)
    #expect(again == document, "seed \(seed): \(String(decoding: json, as: UTF8.self))")
    #expect(again?.canonicalJSON == json)
  }

  @Test("A stored scheme reads back to the identical value and the identical bytes")
  func schemes() {
    for name in SchemeCatalogue.builtIn.names {
      guard let definition = SchemeCatalogue.builtIn[name] else { continue }
      let document = SchemeDocument(
        id: name, notes: "ours", acceptedWarnings: SchemeWarning.codes, replacesBuiltIn: true, definition: definition)
      let again = SchemeDocument(canonicalJSON: document.canonicalJSON)
      #expect(again == document, "\(name)")
      #expect(again?.canonicalJSON == document.canonicalJSON)
      #expect(again?.scheme.map { SchemeWriting.json($0) } == document.scheme.map { SchemeWriting.json($0) })
    }
    #expect(SchemeDocument(canonicalJSON: Array("{}".utf8)) == nil)
    let recipe = SignatureRecipe(
      header: "X-S", algorithm: .sha512, digest: .base64, prefix: "v1=", headersToSign: ["X-A"], timestampHeader: "X-D",
      windowSeconds: 5, patterns: ["X-A": "a"], framing: .lengths)
    let document = SchemeDocument(id: "own", definition: .recipe(recipe))
    #expect(
      String(decoding: document.canonicalJSON, as: UTF8.self)
        == #"{"scheme":"own","definition":{"recipe":{"header":"X-S","algorithm":"sha512","digest":"base64","#
        + #""prefix":"v1=","headers_to_sign":["X-A"],"timestamp_header":"X-D","window":5,"#
        + #""patterns":{"X-A":"a"},"framing":"lengths"}}}"#)
    #expect(SchemeDocument(canonicalJSON: document.canonicalJSON) == document)
  }

  @Test("A stored scheme that is a recipe keeps what it says of its sender")
  func recipeAbout() throws {
    let text =
      #"{"scheme":"own","definition":{"about":{"title":"Acme","page":"https://acme.example","key":"its console","#
      + #""notes":["one","two"]},"recipe":{"digest":"base64"}}}"#
    let document = try #require(SchemeDocument(canonicalJSON: Array(text.utf8)))
    #expect(String(decoding: document.canonicalJSON, as: UTF8.self) == text)
    let about = try #require(document.scheme?.about)
    #expect([about.title, about.page, about.key] == ["Acme", "https://acme.example", "its console"])
    #expect(about.notes == ["one", "two"])
  }

  @Test("The indented form is the same JSON", arguments: 0..<50)
  func pretty(seed: Int) throws {
    var documents = RandomDocuments(seed: UInt64(seed))
    let json = documents.runbook().canonicalJSON
    let tape = try JSONTape(Array(DocumentWriter.pretty(json).utf8))
    #expect(tape.canonicalText(tape.root) == json)
  }

  @Test("A small change of a document is a small change of its text")
  func diffable() {
    var document = IntegrationDocument(
      id: "i", baseURL: "https://h",
      methods: [Method(id: "i/m", name: "m", httpMethod: .get, resource: Template(literal: "/x"))])
    let before = DocumentWriter.pretty(document.canonicalJSON).split(separator: "\n")
    document.methods[0].httpMethod = .post
    let after = DocumentWriter.pretty(document.canonicalJSON).split(separator: "\n")
    #expect(before.count == after.count)
    #expect(zip(before, after).filter { $0 != $1 }.map(\.1) == [#"      "request": "POST /x""#])
  }

  @Test("Sealed values are markers, and everything that is standard is left out")
  func markers() {
    let document = IntegrationDocument(
      id: "i", baseURL: "https://h", authorization: .bearer(token: .entered),
      methods: [
        Method(
          id: "i/m", name: "m", httpMethod: .get, resource: Template(literal: "/x"),
          headers: [Row(key: "X-Key", value: .sealed), Row(key: "X-Plain", value: .template(Template(literal: "p")))])
      ])
    #expect(
      String(decoding: document.canonicalJSON, as: UTF8.self)
        == #"{"integration":"i","base_url":"https://h","auth":{"type":"bearer","token":{"sealed":true}},"#
        + #""methods":{"m":{"request":"GET /x","headers":{"X-Key":{"sealed":true},"X-Plain":"p"}}}}"#)
  }

  @Test("Bytes that are no stored document are none")
  func damage() {
    for text in [
      "", "{}", "[]", #"{"runbook": 1}"#, #"{"runbook": "r", "extra": 1}"#,
      #"{"runbook": "r", "variables": {"v": {"encrypt": true, "default": "clear"}}}"#,
    ] {
      #expect(RunbookDocument(canonicalJSON: Array(text.utf8)) == nil, "\(text)")
    }
    #expect(IntegrationDocument(canonicalJSON: Array(#"{"integration": "i"}"#.utf8)) == nil)
    #expect(RunbookDocument(canonicalJSON: Array(#"{"runbook": "r"}"#.utf8)) != nil)
  }
}
