import Cryptography
import Encodings
import Testing

@testable import Webhooks

@Suite("Replay keys")
struct ReplayKeyTests {
  private func key(
    _ authentication: EndpointAuthentication, _ request: UnverifiedRequest, id: String = "ep-1",
    timestampHeader: String? = nil, now: Instant = Fixture.now
  ) throws -> ReplayKey? {
    let endpoint = try Fixture.endpoint(authentication, timestampHeader: timestampHeader, id: id)
    return try #require(
      Fixture.verify(request, endpoint, try Fixture.keys(for: authentication), now: now).request
    ).replayKey
  }

  @Test("The key is the hash of endpoint, scheme and signed bytes, each with its length")
  func definition() throws {
    let type = EndpointAuthentication.signature(try Fixture.datedRecipe)
    let found = try #require(try key(type, try Fixture.accepted(type)))
    var fields = LengthPrefixed()
    fields.append("ep-1")
    fields.append("scheme:halo-signature")
    fields.append(Array("\(Fixture.date())0123abcd".utf8) + Fixture.body)
    #expect(found.digest == Digest.sha256(fields.bytes))
  }

  @Test("What is not signed changes nothing, and what is signed everything")
  func signedBytesOnly() throws {
    let type = EndpointAuthentication.signature(try Fixture.github)
    let request = try Fixture.accepted(type)
    let first = try #require(try key(type, request))
    #expect(try key(type, request.replacing("X-GitHub-Delivery", by: "other"))?.digest == first.digest)
    #expect(try key(type, request.adding("Idempotency-Key", "k"))?.digest == first.digest)
    #expect(try key(type, request, id: "ep-2")?.digest != first.digest)
    let other = Fixture.body + [10]
    let changed = request.replacing("X-Hub-Signature-256", by: "sha256=\(Hex.encode(Fixture.hmac(other)))")
    #expect(try key(type, changed.with(body: other))?.digest != first.digest)
  }

  @Test("Another scheme over the same bytes has another key")
  func schemes() throws {
    let github = EndpointAuthentication.signature(try Fixture.github)
    let recipe = EndpointAuthentication.signature(try SignatureRecipe().scheme())
    let request = try Fixture.accepted(github).adding("X-Signature", Hex.encode(Fixture.hmac(Fixture.body)))
    #expect(try key(github, request)?.digest != key(recipe, request)?.digest)
  }

  @Test("A signed time is remembered for its window, anything else for a day")
  func retention() throws {
    func seconds(_ key: ReplayKey?) throws -> Int64 {
      try #require(key).keepUntil.milliseconds(since: Fixture.now) / 1_000
    }
    let recipe = EndpointAuthentication.signature(try Fixture.datedRecipe)
    #expect(try seconds(try key(recipe, try Fixture.accepted(recipe))) == 120)
    let github = EndpointAuthentication.signature(try Fixture.github)
    let request = try Fixture.accepted(github)
    #expect(try seconds(try key(github, request)) == 86_400)
    // A date that is not under the signature can be made fresh at any time.
    let dated = request.adding("X-Sent", Fixture.date())
    #expect(try seconds(try key(github, dated, timestampHeader: "X-Sent")) == 86_400)
    let unsignedTime = try SignatureRecipe(timestampHeader: "X-Sent", windowSeconds: 604_800).scheme()
    let week = Fixture.request([("X-Sent", Fixture.date()), ("X-Signature", Hex.encode(Fixture.hmac(Fixture.body)))])
    #expect(try seconds(try key(.signature(unsignedTime), week)) == 1_209_600)
  }

  @Test("The endpoint's own timestamp header counts as signed when the recipe signs it")
  func signedEndpointHeader() throws {
    let scheme = try SignatureRecipe(headersToSign: ["X-Sent"]).scheme()
    let signed = Array(Fixture.date().utf8) + Fixture.body
    let request = Fixture.request([("X-Sent", Fixture.date()), ("X-Signature", Hex.encode(Fixture.hmac(signed)))])
    let key = try #require(try key(.signature(scheme), request, timestampHeader: "x-sent"))
    #expect(key.keepUntil.milliseconds(since: Fixture.now) == 120_000)
  }

  @Test("Unsigned types are remembered only by an Idempotency-Key")
  func idempotency() throws {
    for authentication in try Fixture.everyAuthentication where !authentication.signsRequests {
      let endpoint = try Fixture.endpoint(authentication)
      let keys = try Fixture.keys(for: authentication)
      let request = try Fixture.accepted(authentication)
      func repetition(_ values: [String]) throws -> Repetition {
        let carrying = values.reduce(request) { $0.adding("idempotency-key", $1) }
        return try #require(Fixture.verify(carrying, endpoint, keys).request).repetition
      }
      #expect(try repetition([]) == .alwaysNew)
      guard case .remembered(let key) = try repetition([" order-17 "]) else {
        Issue.record("no key for \(authentication.kind)")
        continue
      }
      var fields = LengthPrefixed()
      fields.append("ep-1")
      fields.append("header:Idempotency-Key")
      fields.append("order-17")
      #expect(key.digest == Digest.sha256(fields.bytes))
      #expect(key.keepUntil.milliseconds(since: Fixture.now) == 86_400_000)
      #expect(try repetition([String(repeating: "a", count: 255)]) != .malformedIdempotencyKey)
      for bad in [[""], [String(repeating: "a", count: 256)], ["a b"], ["é"], ["a", "a"]] {
        #expect(try repetition(bad) == .malformedIdempotencyKey)
      }
    }
  }

  @Test("A static token signs nothing, so it is remembered by an Idempotency-Key only")
  func tokens() throws {
    let scheme = try SignatureScheme(
      SignatureScheme.Draft(
        name: "token", signature: SchemeSource(.header(try HeaderName("X-Token"))), encoding: .text, algorithm: .token))
    let request = Fixture.request([("X-Token", Fixture.secret)])
    #expect(try key(.signature(scheme), request) == nil)
    #expect(try key(.signature(scheme), request.adding("Idempotency-Key", "a")) != nil)
  }
}
