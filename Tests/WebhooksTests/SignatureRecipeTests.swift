import Cryptography
import Encodings
import Testing

@testable import Webhooks

@Suite("The configurable recipe")
struct SignatureRecipeTests {
  private func isAccepted(_ recipe: SignatureRecipe, _ headers: [(String, String)]) throws -> Bool {
    try Fixture.refusal(Fixture.request(headers), .signature(try recipe.scheme())) == nil
  }

  @Test(
    "Every hash and both forms of digest are verified, and none of the others", arguments: SignatureRecipe.Hash.allCases
  )
  func hashes(hash: SignatureRecipe.Hash) throws {
    let hashes: [SignatureRecipe.Hash: HMAC.Hash] = [
      .sha1: .sha1, .sha256: .sha256, .sha384: .sha384, .sha512: .sha512,
    ]
    for (name, function) in hashes {
      let tag = Fixture.hmac(Fixture.body, function)
      #expect(try isAccepted(SignatureRecipe(algorithm: hash), [("X-Signature", Hex.encode(tag))]) == (name == hash))
      #expect(
        try isAccepted(SignatureRecipe(algorithm: hash, digest: .base64), [("X-Signature", Base64.encode(tag))])
          == (name == hash))
    }
  }

  @Test("Signed headers come first, in the configured order, without separators")
  func order() throws {
    let recipe = SignatureRecipe(headersToSign: ["X-B", "X-A"])
    func tag(_ text: String) -> String { Hex.encode(Fixture.hmac(Array(text.utf8) + Fixture.body)) }
    let values = [("X-A", "one"), ("X-B", " two ")]
    #expect(try isAccepted(recipe, values + [("X-Signature", tag("twoone"))]))
    #expect(try !isAccepted(recipe, values + [("X-Signature", tag("onetwo"))]))
    #expect(try !isAccepted(recipe, values + [("X-Signature", tag("two one"))]))
  }

  @Test("The prefix is compared exactly")
  func prefix() throws {
    let recipe = SignatureRecipe(prefix: "v1 ")
    let tag = Hex.encode(Fixture.hmac(Fixture.body))
    #expect(try isAccepted(recipe, [("X-Signature", "v1 \(tag)")]))
    for value in [tag, "v1\(tag)", "V1 \(tag)", "v1  \(tag)", "v1 v1 \(tag)"] {
      #expect(try !isAccepted(recipe, [("X-Signature", value)]))
    }
  }

  @Test(
    "Settings that make no sense are refused",
    arguments: [
      (SignatureRecipe(header: "X Signature"), WebhookFault.headerName),
      (SignatureRecipe(header: ""), .headerName),
      (SignatureRecipe(prefix: "\tv1"), .recipePrefix),
      (SignatureRecipe(headersToSign: ["x-signature"]), .recipeSignsItself),
      (SignatureRecipe(headersToSign: ["X-A", "x-a"]), .recipeRepeatedHeader("x-a")),
      (SignatureRecipe(headersToSign: [""]), .headerName),
      (SignatureRecipe(timestampHeader: "x-SIGNATURE"), .timestampHeaderIsCredential),
      (SignatureRecipe(timestampHeader: "X-D", windowSeconds: -1), .window),
      (SignatureRecipe(patterns: ["X-A": "a"]), .recipePatternWithoutHeader("X-A")),
      (SignatureRecipe(headersToSign: ["X-A"], patterns: ["X-A": "("]), .pattern(.unclosedGroup(at: 0))),
      (SignatureRecipe(headersToSign: (0..<33).map { "X-\($0)" }), .tooManyValues),
    ])
  func refusals(recipe: SignatureRecipe, fault: WebhookFault) {
    #expect(throws: fault) { try recipe.scheme() }
  }

  @Test("Every recipe of one name has one identity, so that editing a setting forgets nothing")
  func identity() throws {
    let plain = try SignatureRecipe().scheme()
    let edited = try SignatureRecipe(header: "X-Other", prefix: "sha256=").scheme()
    #expect(plain.identity == edited.identity)
  }

  @Test("With lengths, each value stands behind its name and its length, and the body behind its length")
  func framing() throws {
    let recipe = SignatureRecipe(headersToSign: ["X-Request-Id", "X-A"], framing: .lengths)
    let text = "chancery-recipe-1\nx-request-id:4:0123\nx-a:3:a b\n:5:hello"
    let tag = Hex.encode(Fixture.hmac(Array(text.utf8)))
    let request = Fixture.request(
      [("X-A", " a b"), ("X-Request-Id", "0123"), ("X-Signature", tag)], body: Array("hello".utf8))
    let type = EndpointAuthentication.signature(try recipe.scheme())
    #expect(try Fixture.refusal(request, type) == nil)
    #expect(try recipe.scheme().warnings.isEmpty)
    // The same characters, cut elsewhere.
    let moved = request.replacing("X-Request-Id", by: "01233").with(body: Array("ello".utf8))
    #expect(try Fixture.refusal(moved, type) == .credentialWrong)
  }

  @Test("With lengths no byte can be moved from one part into the next, which without them it can")
  func movedBytes() throws {
    func requests(_ framing: SignatureRecipe.Framing) throws -> (WebhookRefusal?, WebhookRefusal?) {
      let recipe = SignatureRecipe(headersToSign: ["X-A"], framing: framing)
      let text = framing == .none ? "onetwo" : "chancery-recipe-1\nx-a:3:one\n:3:two"
      let tag = Hex.encode(Fixture.hmac(Array(text.utf8)))
      let type = EndpointAuthentication.signature(try recipe.scheme())
      return (
        try Fixture.refusal(Fixture.request([("X-A", "one"), ("X-Signature", tag)], body: Array("two".utf8)), type),
        try Fixture.refusal(Fixture.request([("X-A", "on"), ("X-Signature", tag)], body: Array("etwo".utf8)), type)
      )
    }
    #expect(try requests(.none) == (nil, nil))
    #expect(try requests(.lengths) == (nil, .credentialWrong))
  }

  @Test("A length fixes where its value ends only where it stands before it")
  func lengthsInTemplates() throws {
    func codes(_ message: String) throws -> [String] {
      try SignatureScheme(
        SignatureScheme.Draft(
          name: "a", signature: SchemeSource(.header(try HeaderName("X-S"))), encoding: .hex, algorithm: .hmacSHA256,
          values: [(name: "v", source: SchemeSource(.header(try HeaderName("X-V"))))], message: message)
      ).warnings.map(\.code)
    }
    #expect(try codes("{length(v)}:{v}{body}") == [])
    #expect(try codes("{v}{body}{length(v)}") == ["webhook.touching-parts"])
    #expect(try codes("{v}{length(v)}:{body}") == ["webhook.touching-parts"])
    #expect(try codes("{length(v)}{v}{body}") == ["webhook.touching-parts"])
    #expect(throws: WebhookFault.templateName(at: 0)) { try codes("{length(w)}{body}") }
  }
}
