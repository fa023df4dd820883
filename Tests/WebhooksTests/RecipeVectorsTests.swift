import Cryptography
import Encodings
import Foundation
import SourceText
import TestSupport
import Testing

@testable import Webhooks

@Suite("The recipe's own vectors, which Tests/Spec/read_recipe.py reads too")
struct RecipeVectorsTests {
  @Test("Signed bytes, signature and replay key of every case are those of the specification")
  func cases() throws {
    let file = Vectors.checkout.appendingPathComponent("Tests/Vectors/recipes.json")
    let tape = try JSONTape(Array(try Data(contentsOf: file)))
    let cases = tape.children(try #require(tape.member(tape.root, "cases")))
    for node in cases {
      func text(_ name: String) throws -> String { try #require(tape.member(node, name).flatMap { tape.string($0) }) }
      let settings = try #require(tape.member(node, "recipe"))
      let source = try SourceTape.parse(Array(tape.text(settings)), file: "recipe.json", as: .json).get()
      let recipe = try SignatureRecipe().applying(try #require(source.first))
      let type = EndpointAuthentication.signature(try recipe.scheme())
      let headers = tape.children(try #require(tape.member(node, "headers"))).map { header in
        (
          tape.element(header, 0).flatMap { tape.string($0) } ?? "",
          tape.element(header, 1).flatMap { tape.string($0) } ?? ""
        )
      }
      let body = try #require(Base64.decode(try text("body_b64")))
      let request = Fixture.request(headers + [("X-Signature", try text("signature"))], body: body)
      let keys = try Fixture.keys(for: type, secret: try text("key"))
      let verified = Fixture.verify(request, try Fixture.endpoint(type, id: try text("endpoint")), keys).request
      let id = try text("id")
      let replayKey = try text("replay_key")
      #expect(verified != nil, "\(id)")
      #expect(verified?.replayKey.map { Hex.encode($0.digest) } == replayKey, "\(id)")
      // One byte more in the body, and it is another request.
      let longer = request.with(body: body + [0])
      #expect(Fixture.verify(longer, try Fixture.endpoint(type), keys).refusal == .credentialWrong)
    }
    #expect(cases.count == 10)
  }
}
