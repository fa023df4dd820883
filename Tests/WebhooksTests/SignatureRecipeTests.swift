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
}
