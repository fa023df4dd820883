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

  @Test("A signed time is remembered for its window, anything else while its key stands")
  func retention() throws {
    func seconds(_ key: ReplayKey?) throws -> Int64? {
      try #require(key).keepUntil.map { $0.milliseconds(since: Fixture.now) / 1_000 }
    }
    let recipe = EndpointAuthentication.signature(try Fixture.datedRecipe)
    #expect(try seconds(try key(recipe, try Fixture.accepted(recipe))) == 120)
    let github = EndpointAuthentication.signature(try Fixture.github)
    let request = try Fixture.accepted(github)
    #expect(try seconds(try key(github, request)) == nil)
    // A date that is not under the signature can be made fresh at any time.
    let dated = request.adding("X-Sent", Fixture.date())
    #expect(try seconds(try key(github, dated, timestampHeader: "X-Sent")) == nil)
    let unsignedTime = try SignatureRecipe(timestampHeader: "X-Sent", windowSeconds: 604_800).scheme()
    let week = Fixture.request([("X-Sent", Fixture.date()), ("X-Signature", Hex.encode(Fixture.hmac(Fixture.body)))])
    #expect(try seconds(try key(.signature(unsignedTime), week)) == nil)
  }

  @Test("The endpoint's own timestamp header counts as signed when the recipe signs it")
  func signedEndpointHeader() throws {
    let scheme = try SignatureRecipe(headersToSign: ["X-Sent"]).scheme()
    let signed = Array(Fixture.date().utf8) + Fixture.body
    let request = Fixture.request([("X-Sent", Fixture.date()), ("X-Signature", Hex.encode(Fixture.hmac(signed)))])
    let key = try #require(try key(.signature(scheme), request, timestampHeader: "x-sent"))
    #expect(key.keepUntil?.milliseconds(since: Fixture.now) == 120_000)
  }

  @Test("Unsigned types are remembered only by an Idempotency-Key")
  func idempotency() throws {
    for authentication in try Fixture.everyAuthentication where !authentication.signsRequests {
      let endpoint = try Fixture.endpoint(authentication)
      let secrets = try Fixture.keys(for: authentication)
      let request = try Fixture.accepted(authentication)
      func repetition(_ values: [String]) throws -> Repetition {
        let carrying = values.reduce(request) { $0.adding("idempotency-key", $1) }
        return try #require(Fixture.verify(carrying, endpoint, secrets).request).repetition
      }
      #expect(try repetition([]) == .alwaysNew)
      guard case .remembered(let keys) = try repetition([" order-17 "]), let key = keys.all.first else {
        Issue.record("no key for \(authentication.kind)")
        continue
      }
      var fields = LengthPrefixed()
      fields.append("ep-1")
      fields.append("header:Idempotency-Key")
      fields.append("order-17")
      #expect(key.digest == Digest.sha256(fields.bytes))
      #expect(keys.all.count == 1)
      #expect(key.keepUntil?.milliseconds(since: Fixture.now) == 86_400_000)
      #expect(try repetition([String(repeating: "a", count: 255)]) != .malformedIdempotencyKey)
      for bad in [[""], [String(repeating: "a", count: 256)], ["a b"], ["é"], ["a", "a"]] {
        #expect(try repetition(bad) == .malformedIdempotencyKey)
      }
    }
  }

  @Test("A key that one token's holder chose is not the one that another's chose alike, and lasts as long")
  func owned() throws {
    let chosen = try #require(try key(.none, Fixture.request([("Idempotency-Key", "order-1")])))
    let own = [[1, 2], [1, 3], []].map { chosen.own(to: $0) }
    #expect(Set(own.map(\.digest)).union([chosen.digest]).count == 4)
    #expect(own.allSatisfy { $0.retention == chosen.retention })
    #expect(chosen.own(to: [1, 2]) == own[0])
    var fields = LengthPrefixed()
    fields.append("bearer")
    fields.append([UInt8]([1, 2]))
    fields.append(chosen.digest)
    #expect(own[0].digest == Digest.sha256(fields.bytes))
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

  /// A delivery of Standard Webhooks.
  private func standard(id: String, time: Int64, body: [UInt8] = Fixture.body) -> UnverifiedRequest {
    let tag = Base64.encode(Fixture.hmac(Array("\(id).\(time).".utf8) + body))
    return Fixture.request(
      [("webhook-id", id), ("webhook-timestamp", String(time)), ("webhook-signature", "v1,\(tag)")], body: body)
  }

  private func keys(_ name: String, _ request: UnverifiedRequest, epoch: String = "") throws -> [ReplayKey] {
    let scheme = try #require(SchemeCatalogue.builtIn.scheme(named: name))
    let type = EndpointAuthentication.signature(scheme)
    let keys = try Fixture.keys(for: type, epoch: epoch)
    return try #require(Fixture.verify(request, try Fixture.endpoint(type), keys).request).replayKeys
  }

  @Test("A signed id names the delivery, so that the sender's next attempt with a new time is a repetition")
  func signedID() throws {
    let first = try keys("standard-webhooks", standard(id: "msg_1", time: 1_800_000_000))
    let again = try keys("standard-webhooks", standard(id: "msg_1", time: 1_799_999_900))
    let other = try keys("standard-webhooks", standard(id: "msg_2", time: 1_800_000_000))
    #expect(first.count == 2)
    #expect(first[0].digest != again[0].digest)
    #expect(first[1].digest == again[1].digest)
    #expect(Set(first.map(\.digest)).isDisjoint(with: other.map(\.digest)))
    var fields = LengthPrefixed()
    fields.append("ep-1")
    fields.append("id:standard-webhooks")
    fields.append("msg_1")
    #expect(first[1].digest == Digest.sha256(fields.bytes))
    #expect(first[0].keepUntil?.milliseconds(since: Fixture.now) == 600_000)
    #expect(first[1].keepUntil?.milliseconds(since: Fixture.now) == 432_000_000)
  }

  @Test("An id that is not signed names nothing, and one in a signed body does")
  func unsignedID() throws {
    let github = try Fixture.accepted(.signature(try Fixture.github))
    #expect(try keys("github", github, epoch: "e1").map(\.retention) == [.whileKeyStands(epoch: "e1")])
    let body = Array(#"{"event_id":"e-1"}"#.utf8)
    let tag = Base64.encode(Fixture.hmac(Array(Fixture.publicURL.utf8) + body))
    let square = Fixture.request([("x-square-hmacsha256-signature", tag)], body: body)
    #expect(
      try keys("square", square, epoch: "e2").map(\.retention)
        == [.whileKeyStands(epoch: "e2"), .whileKeyStands(epoch: "e2")])
  }

  @Test("Every scheme of the catalogue says for itself whether its id and its time are signed")
  func catalogue() throws {
    let catalogue = SchemeCatalogue.builtIn
    let schemes = catalogue.names.compactMap { catalogue.scheme(named: $0) }.filter { $0.algorithm != .token }
    #expect(
      schemes.filter(\.isReplayIDSigned).map(\.name) == [
        "aws-sns-v2", "discord", "gitlab-signing", "halo", "intercom", "mailgun", "paddle", "pagerduty", "paypal",
        "square", "standard-webhooks", "standard-webhooks-ed25519", "stripe", "svix",
        "twitch",
      ])
    #expect(
      schemes.filter { !$0.isTimestampSigned }.map(\.name) == [
        "adyen-header", "asana", "atlassian", "docusign", "dropbox", "github", "gocardless", "halo-signature",
        "intercom",
        "line", "meta", "pagerduty", "razorpay", "shopify", "square", "twilio-form", "twilio-json", "x-twitter", "xero",
      ])
  }

  @Test("An endpoint that remembers nothing starts a run for the same bytes each time")
  func off() throws {
    let type = EndpointAuthentication.signature(try Fixture.github)
    let endpoint = try EndpointConfiguration(
      id: "ep-1", access: .internalAndPublic, isActive: true, authentication: type, publicURL: Fixture.publicURL,
      remembersDeliveries: false)
    let request = try #require(
      Fixture.verify(try Fixture.accepted(type), endpoint, try Fixture.keys(for: type)).request)
    #expect(request.repetition == .alwaysNew)
    #expect(request.replayKeys.isEmpty)
    #expect(!endpoint.keepsDeliveries)
    #expect(try Fixture.endpoint(type).keepsDeliveries)
    #expect(try !Fixture.endpoint(.signature(try Fixture.datedRecipe)).keepsDeliveries)
    #expect(try !Fixture.endpoint(.bearer).keepsDeliveries)
  }
}
