import Encodings
import Testing

@testable import Webhooks

@Suite("What a signature does not cover")
struct UnsignedPartsTests {
  private func scheme(_ text: String) throws -> SignatureScheme {
    try #require(
      try SchemeCatalogue.load("own:\n  " + text.replacing("\n", with: "\n  "), file: "own.yaml").get().scheme(
        named: "own"))
  }

  private func hashed(_ values: String, _ message: String, _ source: String) throws -> SignatureScheme {
    try scheme(
      """
      signature: {in: header, name: X-Sig, encoding: hex}
      algorithm: hmac-sha256
      values: {\(values)}
      message: "\(message)"
      replay: {in: json, name: /id}
      expect: [{\(source), equals: "{sha256hex(body)}"}]
      """)
  }

  @Test("A hash of the body binds it only where the text that carries the hash is signed itself")
  func hashOfBody() throws {
    let open = try hashed("t: {in: header, name: X-T}", "v1:{t}", "in: header, name: X-Body-Sha")
    #expect(!open.isBodySigned && !open.isReplayIDSigned)
    #expect(open.warnings.contains(.bodyNotSigned))
    let signed = try hashed("h: {in: header, name: X-Body-Sha}", "v1:{h}", "in: header, name: X-Body-Sha")
    #expect(signed.isBodySigned && signed.isReplayIDSigned)
    #expect(!signed.warnings.contains(.bodyNotSigned))
    let other = try hashed("h: {in: header, name: X-Body-Sha, tag: a}", "v1:{h}", "in: header, name: X-Body-Sha")
    #expect(!other.isBodySigned)
    let query = try hashed("", "{url}", "in: query, name: sha")
    #expect(query.isBodySigned)
  }

  @Test("A signed value that is empty refuses, whatever its pattern lets through")
  func emptyValue() throws {
    let scheme = try scheme(
      """
      signature: {in: header, name: X-Sig, encoding: hex}
      algorithm: hmac-sha256
      values: {t: {in: header, name: X-T, pattern: "[0-9]*"}}
      message: "{t}.{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}
      """)
    let type = EndpointAuthentication.signature(scheme)
    func refusal(_ time: String) throws -> WebhookRefusal? {
      let tag = Hex.encode(Fixture.hmac(Array("\(time).".utf8) + Fixture.body))
      return Fixture.verify(
        Fixture.request([("X-Sig", tag), ("X-T", time)]), try Fixture.endpoint(type), try Fixture.keys(for: type)
      ).refusal
    }
    #expect(try refusal(String(Fixture.now.secondsSinceEpoch)) == nil)
    #expect(try refusal("") == .timestampMissing)
  }

  @Test("A signed header of a recipe that is empty refuses")
  func emptyHeader() throws {
    var recipe = SignatureRecipe()
    recipe.headersToSign = ["X-Id"]
    recipe.patterns = ["X-Id": "[a-z]*"]
    recipe.framing = .lengths
    let type = EndpointAuthentication.signature(try recipe.scheme())
    func refusal(_ id: String) throws -> WebhookRefusal? {
      let message = Array("chancery-recipe-1\nx-id:\(id.utf8.count):\(id)\n:\(Fixture.body.count):".utf8) + Fixture.body
      return Fixture.verify(
        Fixture.request([(recipe.header, Hex.encode(Fixture.hmac(message))), ("X-Id", id)]), try Fixture.endpoint(type),
        try Fixture.keys(for: type)
      ).refusal
    }
    #expect(try refusal("a") == nil)
    #expect(try refusal("") == .valueMissing)
  }

  @Test(
    "The address of a certificate is at a host that is written out",
    arguments: [
      (#"https://certs\.example\.org/[a-z]{1,9}"#, true), (#"https://certs/[a-z]{1,9}"#, true),
      (#"https://certs\.example\.org:8443/[a-z]{1,9}"#, true), (#"https://[a-z]{1,9}\.example\.org/[a-z]{1,9}"#, true),
      (#"https://api(\.sandbox)?\.example\.org/a"#, true), (#"https://a[0-9]{1,2}\.example\.org(\.cn)?/a"#, true),
      (#"http://certs\.example\.org/[a-z]{1,9}"#, false), (#"https://certs\.example\.org/[a-z]+"#, true),
      (#"https://[a-z.]{1,40}/a"#, false), (#"https://certs\.[a-z]{1,9}\.org/a"#, false),
      (#"https://certs\.example\.[a-z]{2,3}/a"#, false), (#"https://certs[!-~]{1,40}\.example\.org/a"#, false),
      (#"https://certs\.example\.org[a-z]{0,3}/a"#, false), (#"https://certs\.example\.org:[0-9]{1,4}/a"#, false),
      (#"https://certs\.example\.org"#, false), ("[!-~]{1,99}", false), ("https://.{1,9}", false),
      (#"(https://certs\.example\.org/|http://)a"#, false),
    ])
  func addresses(pattern: String, isRight: Bool) throws {
    #expect(try ValuePattern(pattern).node.isAddressOfFixedDomain == isRight)
    let source = try SchemeSource(.header(HeaderName("X-Cert")), pattern: ValuePattern(pattern))
    var draft = SignatureScheme.Draft(
      name: "own", signature: SchemeSource(.header(try HeaderName("X-Sig"))), encoding: .base64,
      algorithm: .rsaPKCS1SHA256)
    draft.message = "{body}"
    draft.keyAddress = source
    let made = Result { try SignatureScheme(draft) }
    #expect(((try? made.get()) != nil) == isRight)
    if !isRight { #expect(throws: WebhookFault.keyAddressForm) { try made.get() } }
  }
}
