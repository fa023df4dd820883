import SourceText
import TestSupport
import Testing

@testable import Webhooks

@Suite("The catalogue of schemes")
struct SchemeCatalogueTests {
  /// A scheme that uses every field, to be broken in one place at a time.
  private static let whole = """
    every-field:
      signature: {in: header, name: X-Sig, split: ",", tag: "v1=", encoding: hex, max: 4}
      algorithm: hmac-sha512
      key: {strip: whsec_, encoding: base64}
      values:
        t: {in: header, name: X-Time}
        id: {in: json, name: /data/id, pattern: '[0-9a-f]{16}'}
        hook: {in: config, name: webhook_id}
      message: "{t}.{id}.{hook}.{method}.{body}"
      expect:
        - {in: query, name: version, equals: "1"}
      timestamp: {value: t, format: unix, past: 300, future: 60}
      replay: {in: header, name: X-Delivery}
      about: {title: Every field, page: "https://example.com", key: a key, notes: [one, two]}

    """

  private func load(_ text: String) -> Result<SchemeCatalogue, SchemeFaults> {
    SchemeCatalogue.load(text, file: "schemes.yaml")
  }

  private func faults(_ text: String) -> [SchemeFault] {
    guard case .failure(let faults) = load(text) else { return [] }
    return faults.faults
  }

  @Test("Every field is read")
  func everyField() throws {
    let scheme = try #require(try load(Self.whole).get().scheme(named: "every-field"))
    #expect(scheme.maximum == 4)
    #expect(scheme.keyPrefix == Array("whsec_".utf8))
    #expect(scheme.values.map(\.name) == ["t", "id", "hook"])
    #expect(scheme.settings.map(\.name) == ["webhook_id"])
    #expect(scheme.expectations.count == 1)
    #expect(scheme.isTimestampSigned)
    #expect(scheme.isBodySigned)
    #expect(scheme.replay != nil)
    #expect(scheme.keyEncoding == .base64)
    #expect(scheme.about.title == "Every field")
    #expect(scheme.about.page == "https://example.com")
    #expect(scheme.about.key == "a key")
    #expect(scheme.about.notes == ["one", "two"])
  }

  @Test(
    "What is wrong is named, with its place",
    arguments: [
      (
        "encoding: hex", "encoding: base32",
        WebhookFault.unknownWord(field: "encoding", among: ["hex", "base64", "text"]), 2
      ),
      ("encoding: hex, ", "", .missingField("encoding"), 2),
      ("encoding: hex", "encoding: text", .signatureEncoding(.hmacSHA512), 2),
      ("max: 4", "max: 0", .signatureMaximum, 2), ("max: 4", "max: 101", .signatureMaximum, 2),
      ("max: 4", "max: four", .wrongKind(field: "max", wanted: "a whole number"), 2),
      ("in: header, name: X-Sig", "in: config, name: sig", .signatureInConfiguration, 2),
      ("in: header, name: X-Sig", "in: cookie, name: sig", .unknownWord(field: "in"), 2),
      ("name: X-Sig", "name: 'X Sig'", .headerName, 2), ("split:", "splt:", .unknownField("splt"), 2),
      ("  algorithm: hmac-sha512\n", "", .missingField("algorithm"), 2),
      ("format: unix, ", "", .missingField("format"), 12), ("in: header, ", "", .missingField("in"), 2),
      (
        "hmac-sha512", "md5",
        .unknownWord(field: "algorithm", among: SignatureAlgorithm.allCases.map(\.rawValue)), 3
      ),
      ("hmac-sha512", "token", .signatureEncoding(.token), 2),
      ("{strip: whsec_, encoding: base64}", "whsec_", .notAMapping("key"), 4),
      ("in: header, name: X-Time", "in: header-family, name: X-Time-", .familyOutsideSignature, 2),
      ("/data/id", "data/id", .jsonPointer, 7), ("/data/id", "/data~2id", .jsonPointer, 7),
      ("[0-9a-f]{16}", "[0-9a-f", .pattern(.unclosedClass(at: 0)), 7),
      ("    t:", "    t-1:", .valueName, 2), ("    id:", "    body:", .valueName, 2),
      ("{t}.", "{u}.", .templateName(at: 0), 2), ("{t}.", "{t.", .templateName(at: 0), 2),
      ("{t}.", "t}.", .templateBrace(at: 1), 2),
      ("{body}\"", "{body\"", .templateBrace(at: 25), 2),
      ("message:", "massage:", .unknownField("massage"), 9),
      ("equals: \"1\"", "equal: \"1\"", .unknownField("equal"), 11),
      (", equals: \"1\"", "", .missingField("equals"), 11),
      ("value: t,", "value: z,", .timestampValue("z"), 2), ("past: 300", "past: 604801", .window, 12),
      ("past: 300, ", "", .missingField("past"), 12),
      (
        "format: unix", "format: iso",
        .unknownWord(field: "format", among: ["unix", "unix-ms", "rfc3339", "rfc1123"]), 12
      ),
      ("every-field", "Every Field", .schemeName, 1), ("name: version", "name: 'a b'", .parameterName, 11),
      ("  replay:", "  key_url:", .keyAddress(.hmacSHA512), 2),
      ("base64}", "ed25519-hex}", .key(.encoding(.ed25519Hex, .hmacSHA512)), 2),
      (
        "base64}", "base32}", .unknownWord(field: "encoding", among: KeyEncoding.allCases.map(\.rawValue)), 4
      ),
      ("[one, two]", "[one, 2]", .about, 14), ("[one, two]", "[1, 2, 3, 4, 5, 6, 7, 8, 9]", .about, 14),
      ("Every field,", "\"a\\u001b\",", .about, 14), ("title:", "titel:", .unknownField("titel"), 14),
    ] as [(String, String, WebhookFault, Int)])
  func faultsInOnePlace(from: String, to: String, fault: WebhookFault, line: Int) {
    let text = Self.whole.replacing(from, with: to, maxReplacements: 1)
    #expect(text != Self.whole)
    let found = faults(text)
    #expect(found.map(\.cause) == [.scheme(fault)], "\(from) → \(to)")
    #expect(found.first?.place.line == line, "\(from) → \(to)")
    #expect(found.first?.rendered.hasPrefix("schemes.yaml:\(line):") == true)
    #expect(!fault.message.isEmpty)
  }

  @Test("A word that the language does not know is answered with those that it knows")
  func words() {
    func sentence(_ from: String, _ to: String) -> String? {
      faults(Self.whole.replacing(from, with: to, maxReplacements: 1)).first?.message
    }
    #expect(sentence("encoding: hex", "encoding: base32") == "the field encoding must be one of hex, base64, text")
    #expect(
      sentence("in: header, name: X-Sig", "in: cookie, name: sig")
        == "the field in must be one of header, header-family, query, json, config")
  }

  @Test("A message is required where something is signed, and refused where nothing is")
  func messages() {
    let unsigned = "a:\n  signature: {in: header, name: X, encoding: hex}\n  algorithm: hmac-sha256\n"
    #expect(faults(unsigned).map(\.cause) == [.scheme(.templateMissing)])
    let token = "a:\n  signature: {in: header, name: X, encoding: text}\n  algorithm: token\n"
    #expect(faults(token).isEmpty)
    #expect(faults(token + "  message: '{body}'\n").map(\.cause) == [.scheme(.templateOfToken)])
    let inBody = "a:\n  signature: {in: json, name: /token, encoding: text}\n  algorithm: token\n"
    #expect(faults(inBody).map(\.cause) == [.scheme(.tokenInBody)])
  }

  @Test("A recipe stands alone, and its settings are checked")
  func recipes() {
    #expect(faults("r:\n  recipe: {}\n").isEmpty)
    #expect(faults("r:\n  recipe: {}\n  algorithm: token\n").map(\.cause) == [.scheme(.recipeBesideScheme)])
    #expect(faults("r:\n  recipe: {algorithm: md5}\n").map(\.cause) == [.scheme(.recipeAlgorithm)])
    #expect(faults("r:\n  recipe: {digest: base32}\n").map(\.cause) == [.scheme(.recipeDigest)])
    #expect(faults("r:\n  recipe: {window: 1.5}\n").count == 1)
    #expect(faults("r:\n  recipe: {headers: []}\n").map(\.cause) == [.scheme(.unknownField("headers"))])
    #expect(faults("r:\n  recipe: {headers_to_sign: [1]}\n").count == 1)
    #expect(faults("r:\n  recipe: {headers_to_sign: X-A}\n").count == 1)
    #expect(faults("r:\n  recipe: {patterns: {X-A: 1}}\n").count == 1)
    #expect(faults("r:\n  recipe: {prefix: ' a'}\n").map(\.cause) == [.scheme(.recipePrefix)])
  }

  @Test("What is said about a recipe is read, checked and written as that of other schemes is")
  func recipeAbout() throws {
    let text =
      "r:\n  about: {title: Acme, page: \"https://acme.example\", key: a key, notes: [one, two]}\n"
      + "  recipe: {window: 5}\n"
    let definition = try #require(try load(text).get()["r"])
    let about = try #require(definition.scheme(named: "r")?.about)
    #expect(about.title == "Acme")
    #expect(about.page == "https://acme.example")
    #expect(about.key == "a key")
    #expect(about.notes == ["one", "two"])
    let json = SchemeWriting.json(definition)
    let node = try #require(try SourceTape.parse(json, file: "scheme.json", as: .json).get().first)
    let again = try SchemeCatalogue.definition(named: "r", node)
    #expect(again.scheme(named: "r")?.about == about)
    #expect(SchemeWriting.json(again) == json)
    #expect(faults(text.replacing("title", with: "titel")).map(\.cause) == [.scheme(.unknownField("titel"))])
    #expect(faults(text.replacing("[one, two]", with: "[one, 2]")).map(\.cause) == [.scheme(.about)])
  }

  @Test("A file that is no mapping of schemes is refused, and each broken scheme is reported")
  func files() {
    #expect(faults("- a\n").map(\.cause) == [.scheme(.schemeCount)])
    #expect(faults("").map(\.cause) == [.scheme(.schemeCount)])
    #expect(faults("a: [\n").count == 1)
    #expect(
      faults("a: 1\nb: 2\n").map(\.cause) == [.scheme(.notAMapping("a scheme")), .scheme(.notAMapping("a scheme"))])
    #expect(faults("a: &x {}\n").count == 1)
  }

  @Test("An empty separator or tag is none")
  func emptyTexts() throws {
    let source = SchemeSource(.header(try HeaderName("X")), separator: "", tag: "")
    #expect(source.separator == nil)
    #expect(source.tag == nil)
    #expect(SchemeSource(.header(try HeaderName("X")), separator: ",", tag: "v1=").separator == [0x2C])
  }

  @Test("An administrator's scheme takes the place of a built-in one")
  func overlay() throws {
    let own = try load(Self.whole.replacing("every-field", with: "github")).get()
    let catalogue = SchemeCatalogue.builtIn.overlaid(with: own)
    #expect(catalogue.names == SchemeCatalogue.builtIn.names)
    #expect(catalogue.scheme(named: "github")?.algorithm == .hmacSHA512)
  }

  @Test("The loader warns about parts that touch, and only where nothing fixes the border")
  func touching() throws {
    func codes(_ recipe: SignatureRecipe) throws -> [String] { try recipe.scheme().warnings.map(\.code) }
    #expect(try codes(SignatureRecipe(headersToSign: ["X-A"])) == ["webhook.touching-parts"])
    #expect(try codes(SignatureRecipe(headersToSign: ["X-A"], patterns: ["x-a": "[0-9]{4}"])) == [])
    #expect(
      try codes(SignatureRecipe(headersToSign: ["X-A"], patterns: ["X-A": "[0-9]+"])) == ["webhook.touching-parts"])
    #expect(try codes(SignatureRecipe(headersToSign: ["X-D"], timestampHeader: "X-D")) == [])
    #expect(try codes(SignatureRecipe(timestampHeader: "X-D")) == ["webhook.timestamp-not-signed"])
    #expect(try codes(SignatureRecipe(algorithm: .sha1)) == ["webhook.sha1"])
    let warning = try #require(try SignatureRecipe(headersToSign: ["X-A"]).scheme().warnings.first)
    #expect(warning == .touchingParts(first: "the header X-A", second: "the body"))
    #expect(warning.message.contains("the header X-A"))
  }

  @Test("A seeded scheme file never traps the loader")
  func fuzz() {
    var random = SeededRandom(seed: 0x5EED_0002)
    let base = Array((Self.whole + BuiltInSchemes.text).utf8)
    let words = [
      "{", "}", "[", "]", ":", "\n", "  ", "null", "header-family", "token", "rfc1123", "9999999999999", "{body}", "(",
      "*",
    ]
    for _ in 0..<1_500 {
      var bytes = base
      for _ in 0..<random.number(in: 1...4) {
        let place = random.number(in: 0...bytes.count - 1)
        switch random.number(in: 0...3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.insert(contentsOf: (random.element(of: words) ?? "").utf8, at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + random.number(in: 1...20)))
        default: bytes.append(contentsOf: bytes[place...].prefix(30))
        }
        if bytes.isEmpty { bytes = base }
      }
      switch load(String(decoding: bytes, as: UTF8.self)) {
      case .success(let catalogue): for name in catalogue.names { _ = catalogue.scheme(named: name)?.warnings }
      case .failure(let faults):
        #expect(!faults.faults.isEmpty)
        for fault in faults.faults { #expect(!fault.rendered.isEmpty) }
      }
    }
  }
}
