import Cryptography
import Encodings
import Testing

@testable import Webhooks

@Suite("Handshakes of providers")
struct ChallengeTests {
  private typealias Shake = ChallengeFixture

  private func signed(_ body: String, at seconds: Int64 = 1_800_000_000) -> UnverifiedRequest {
    let tag = Hex.encode(Fixture.hmac(Array("v0:\(seconds):\(body)".utf8)))
    return Shake.request(
      "POST", headers: [("X-Slack-Request-Timestamp", "\(seconds)"), ("X-Slack-Signature", "v0=" + tag)], body: body)
  }

  @Test("Every provider's own profile loads and belongs to the scheme of its name, where it has one")
  func catalogue() throws {
    #expect(
      ChallengeCatalogue.builtIn.names == [
        "adobe-io", "asana", "aws-sns", "azure-event-grid", "challenge-token", "cloudevents", "discord", "dropbox",
        "meta", "microsoft-graph", "monday", "nylas", "okta", "slack", "twitch", "x-twitter", "xero", "zoom",
      ])
    #expect(SchemeCatalogue.builtIn.names.contains("twitch"))
    #expect(SchemeCatalogue.builtIn.names.contains("asana"))
    #expect(try Shake.profile("zoom").schemes == ["zoom"])
    #expect(try Shake.profile("meta").needsVerifyToken)
    #expect(try Shake.profile("meta").otherMethods == ["GET"])
    #expect(try Shake.profile("slack").otherMethods.isEmpty)
  }

  @Test("Slack: a signed challenge is echoed, an event stays an event, a forged challenge stays refused")
  func slack() throws {
    let type = EndpointAuthentication.signature(try Shake.scheme("slack"))
    let profile = try Shake.profile("slack")
    let right = signed(#"{"type":"url_verification","challenge":"abc_DEF-123"}"#)
    let answer = try #require(try Shake.ask(right, profile, type).challenge.answer)
    #expect(answer.status == 200)
    #expect(answer.text == "abc_DEF-123")
    #expect(answer.header("Content-Type") == "text/plain; charset=utf-8")
    #expect(answer.keyName == nil)
    let event = try Shake.ask(signed(#"{"type":"event_callback","challenge":"abc"}"#), profile, type)
    #expect(event.challenge.isOrdinary)
    #expect(event.verification.request != nil)
    let forged = try Shake.ask(
      right.replacing("X-Slack-Signature", by: "v0=" + String(repeating: "0", count: 64)), profile, type)
    #expect(forged.challenge.isOrdinary)
    #expect(forged.verification.refusal == .credentialWrong)
    #expect(try Shake.ask(right, profile, type, keys: EndpointKeys.none).verification.refusal == .noKeyConfigured)
    let empty = try Shake.ask(signed(#"{"type":"url_verification"}"#), profile, type)
    #expect(empty.challenge.refusal == .challengeMissing)
  }

  @Test("Meta: the token must be the entered one; without one nothing matches")
  func meta() throws {
    let profile = try Shake.profile("meta")
    func ask(_ query: String, token: String?) throws -> ChallengeOutcome {
      try Shake.ask(Shake.request("GET", query: query), profile, verifyToken: token).challenge
    }
    let right = "hub.mode=subscribe&hub.challenge=77&hub.verify_token=s3cret"
    #expect(try ask(right, token: "s3cret").answer?.text == "77")
    #expect(try ask(right, token: "s3cre").refusal == .challengeWrong)
    #expect(try ask(right, token: nil).refusal == .challengeWrong)
    #expect(try ask("hub.mode=subscribe&hub.challenge=77&hub.verify_token=", token: nil).refusal == .challengeWrong)
    #expect(try ask("hub.mode=subscribe&hub.challenge=77", token: "s3cret").refusal == .challengeWrong)
    #expect(try ask(right + "&hub.verify_token=s3cret", token: "s3cret").refusal == .challengeWrong)
    #expect(
      try ask("hub.mode=unsubscribe&hub.challenge=77&hub.verify_token=s3cret", token: "s3cret").refusal
        == .challengeWrong)
    #expect(throws: WebhookFault.challenge(.blankSecret)) { try VerifyToken(Fixture.guarded(" \t")) }
  }

  @Test("Okta, Dropbox, Nylas, Adobe and the generic token: echoes by GET and POST")
  func echoes() throws {
    let okta = Shake.request("GET", headers: [("x-okta-verification-challenge", "Tok3n")])
    #expect(try Shake.ask(okta, Shake.profile("okta")).challenge.answer?.text == #"{"verification":"Tok3n"}"#)
    for name in ["dropbox", "nylas", "adobe-io", "challenge-token"] {
      let profile = try Shake.profile(name)
      #expect(
        try Shake.ask(Shake.request("GET", query: "a=1&challenge=x-1_Y"), profile).challenge.answer?.text == "x-1_Y")
      #expect(try Shake.ask(Shake.request("GET", query: "a=1"), profile).challenge.isOrdinary)
      #expect(
        try Shake.ask(Shake.request("GET", query: "challenge="), profile).challenge.refusal == .challengeMalformed)
      #expect(try Shake.ask(Shake.request("PUT", query: "challenge=x"), profile).challenge.isOrdinary)
    }
    let generic = try Shake.profile("challenge-token")
    #expect(try Shake.ask(Shake.request("POST", query: "challenge=x"), generic).challenge.answer?.text == "x")
    let json = Shake.request("POST", body: #"{"challenge":"x"}"#)
    #expect(try Shake.ask(json, generic).challenge.answer?.text == #"{"challenge":"x"}"#)
    #expect(try Shake.ask(json, Shake.profile("monday")).challenge.answer?.text == #"{"challenge":"x"}"#)
    #expect(try Shake.ask(Shake.request("POST", body: "<x>"), generic).challenge.isOrdinary)
  }

  @Test("A token of another alphabet or length is refused, never reflected")
  func alphabets() throws {
    let profile = try Shake.profile("dropbox")
    for bad in ["%3Cscript%3E", "a%20b", "a%0d%0aX:1", "%00", "%FF", String(repeating: "a", count: 129), "a%"] {
      let outcome = try Shake.ask(Shake.request("GET", query: "challenge=" + bad), profile).challenge
      #expect(outcome.refusal == .challengeMalformed, "\(bad)")
    }
    let long = String(repeating: "a", count: 128)
    #expect(try Shake.ask(Shake.request("GET", query: "challenge=" + long), profile).challenge.answer?.text == long)
  }

  @Test("X: the answer is a MAC of the token; what it could be made to sign proves nothing as an event")
  func signingOracle() throws {
    let type = EndpointAuthentication.signature(try Shake.scheme("x-twitter"))
    let profile = try Shake.profile("x-twitter")
    func event(_ body: String) -> UnverifiedRequest {
      let tag = Base64.encode(Fixture.hmac(Array(body.utf8)))
      return Shake.request("POST", headers: [("x-twitter-webhooks-signature", "sha256=" + tag)], body: body)
    }
    let asked = try Shake.ask(Shake.request("GET", query: "crc_token=a%3D1"), profile, type).challenge.answer
    #expect(asked?.text == #"{"response_token":"sha256=\#(Base64.encode(Fixture.hmac(Array("a=1".utf8))))"}"#)
    #expect(asked?.keyName == "first")
    // A form, a number, a word: all of them bodies that would start a run.
    for body in ["a=1", "123", "true", ""] {
      let outcome = try Shake.ask(event(body), profile, type).verification
      #expect(outcome.refusal == (body.isEmpty ? nil : .signedByChallenge), "\(body)")
    }
    #expect(try Shake.ask(event(#"{"a":1}"#), profile, type).verification.request != nil)
    // Without the handshake the same body is an event like any other.
    #expect(try Shake.ask(event("123"), nil, type).verification.request != nil)
    // With the same secret at an endpoint that answers handshakes, it is not.
    let beside = try Fixture.endpoint(type).refusing(whatAnswers: [profile])
    func judged(_ body: String) throws -> WebhookRefusal? {
      Fixture.verify(event(body), beside, try Fixture.keys(for: type)).refusal
    }
    #expect(try judged("a=1") == .signedByChallenge)
    #expect(try judged(#"{"a":1}"#) == nil)
    let keyless = try Shake.ask(Shake.request("GET", query: "crc_token=a"), profile, type, keys: EndpointKeys.none)
    #expect(keyless.challenge.refusal == .noKeyConfigured)
  }

  @Test("In a rotation the first key that counts computes the answer; an expired one never does")
  func rotation() throws {
    let scheme = try Shake.scheme("x-twitter")
    let keys = try EndpointKeys([
      EndpointKey(
        text: Fixture.guarded("old"), encoding: .utf8, named: "old", for: scheme,
        validity: try KeyValidity(notBefore: nil, notAfter: Fixture.now.advanced(byMilliseconds: -1))),
      EndpointKey(text: Fixture.guarded("new"), encoding: .utf8, named: "new", for: scheme),
    ])
    let request = Shake.request("GET", query: "crc_token=abc")
    let answer = try Shake.ask(request, Shake.profile("x-twitter"), .signature(scheme), keys: keys).challenge.answer
    #expect(answer?.keyName == "new")
    #expect(answer?.text.contains(Base64.encode(Fixture.hmac(Array("abc".utf8), secret: "new"))) ?? false)
    #expect(
      try Shake.ask(request, Shake.profile("x-twitter"), .signature(scheme), keys: keys).challenge.answer?.text
        == answer?.text)
  }

  @Test("A signed handshake is answered under the key that it fitted, though another comes first")
  func fittingKey() throws {
    let scheme = try Shake.scheme("slack")
    let profile = try Shake.custom(
      """
        method: POST
        signed: true
        token: {in: json, name: /c, pattern: "[a-z]{1,9}"}
        mac: {hash: sha256, encoding: hex}
        answer: {text: "{mac}"}
      """)
    let keys = try EndpointKeys(
      ["another", Fixture.secret, "third"].map { text in
        try EndpointKey(text: Fixture.guarded(text), encoding: .utf8, named: "of \(text.count)", for: scheme)
      })
    let answer = try Shake.ask(signed(#"{"c":"abc"}"#), profile, .signature(scheme), keys: keys).challenge.answer
    #expect(answer?.text == Hex.encode(Fixture.hmac(Array("abc".utf8))))
    #expect(answer?.keyName == "of \(Fixture.secret.count)")
  }

  @Test("Asana: the secret becomes the key only while somebody waits for it and there is none")
  func pinning() throws {
    let type = EndpointAuthentication.signature(try Shake.scheme("asana"))
    let profile = try Shake.profile("asana")
    let request = Shake.request("POST", headers: [("X-Hook-Secret", "0123456789abcdef0123456789abcdef")])
    let open = try Shake.ask(request, profile, type, keys: EndpointKeys.none, awaitsKey: true).challenge
    let answer = try #require(open.answer)
    #expect(answer.header("X-Hook-Secret") == "0123456789abcdef0123456789abcdef")
    #expect(answer.body.isEmpty)
    guard case .pin(let key) = answer.action else {
      Issue.record("nothing was pinned")
      return
    }
    #expect(ConstantTime.areEqual(key, Array("0123456789abcdef0123456789abcdef".utf8)))
    #expect(!"\(answer)".contains("0123456789abcdef"))
    #expect(try Shake.ask(request, profile, type, keys: EndpointKeys.none).challenge.refusal == .challengeNotAwaited)
    #expect(try Shake.ask(request, profile, type, awaitsKey: true).challenge.refusal == .challengeNotAwaited)
    let short = Shake.request("POST", headers: [("X-Hook-Secret", "short")])
    #expect(
      try Shake.ask(short, profile, type, keys: EndpointKeys.none, awaitsKey: true).challenge.refusal
        == .challengeMalformed)
    let event = Shake.request(
      "POST", headers: [("X-Hook-Signature", Hex.encode(Fixture.hmac(Fixture.body)))],
      body: String(decoding: Fixture.body, as: UTF8.self))
    let outcome = try Shake.ask(event, profile, type)
    #expect(outcome.challenge.isOrdinary)
    #expect(outcome.verification.request != nil)
  }

  @Test("CloudEvents and Event Grid: an origin that is expected is allowed, another is not")
  func origins() throws {
    func ask(_ profile: String, _ origin: String, _ settings: [String: String] = [:]) throws -> ChallengeOutcome {
      let request = Shake.request("OPTIONS", headers: [("WebHook-Request-Origin", origin)])
      return try Shake.ask(request, Shake.profile(profile), settings: settings).challenge
    }
    let allowed = ["allowed_origin": "events.example.org"]
    let answer = try #require(try ask("cloudevents", "events.example.org", allowed).answer)
    #expect(answer.header("WebHook-Allowed-Origin") == "events.example.org")
    #expect(answer.header("WebHook-Allowed-Rate") == "120")
    #expect(answer.header("Allow") == "POST")
    #expect(answer.header("Content-Type") == nil)
    #expect(try ask("cloudevents", "evil.example.org", allowed).refusal == .challengeWrong)
    #expect(try ask("azure-event-grid", "eventgrid.azure.net").answer?.status == 200)
    #expect(try ask("azure-event-grid", "evil.azure.net").refusal == .challengeWrong)
    let body =
      #"[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6-c7b8"}}]"#
    let grid = try Shake.ask(Shake.request("POST", body: body), Shake.profile("azure-event-grid")).challenge.answer
    #expect(grid?.text == #"{"validationResponse":"512d38b6-c7b8"}"#)
    let event = #"[{"eventType":"Custom","data":{"validationCode":"1"}}]"#
    #expect(try Shake.ask(Shake.request("POST", body: event), Shake.profile("azure-event-grid")).challenge.isOrdinary)
  }

  @Test("Twitch: a signed verification is echoed as text; its body cannot pass for an event")
  func twitch() throws {
    let type = EndpointAuthentication.signature(try Shake.scheme("twitch"))
    func request(_ kind: String, _ body: String) -> UnverifiedRequest {
      let (id, time) = ("e76c6bd4-55c9-4987-8304-da1588d8988b", "2027-01-15T08:00:00Z")
      let tag = Hex.encode(Fixture.hmac(Array((id + time + body).utf8)))
      return Shake.request(
        "POST",
        headers: [
          ("Twitch-Eventsub-Message-Id", id), ("Twitch-Eventsub-Message-Timestamp", time),
          ("Twitch-Eventsub-Message-Signature", "sha256=" + tag), ("Twitch-Eventsub-Message-Type", kind),
        ], body: body)
    }
    let profile = try Shake.profile("twitch")
    let right = request("webhook_callback_verification", #"{"challenge":"pogchamp-1","subscription":{}}"#)
    #expect(try Shake.ask(right, profile, type).challenge.answer?.text == "pogchamp-1")
    let renamed = right.replacing("Twitch-Eventsub-Message-Type", by: "notification")
    #expect(try Shake.ask(renamed, profile, type).challenge.refusal == .challengeWrong)
    let event = try Shake.ask(request("notification", #"{"event":{}}"#), profile, type)
    #expect(event.challenge.isOrdinary)
    #expect(event.verification.request != nil)
  }

  @Test("A signed profile with a link gives the address, and only of its form and topic")
  func links() throws {
    let profile = try Shake.custom(
      """
        settings: {topic: "[a-z:]{1,64}"}
        every: [{in: json, name: /topic, equals: "{topic}"}]
        method: POST
        signed: true
        when: [{in: json, name: /kind, equals: confirm}]
        follow: {in: json, name: /link, pattern: 'https://sns\\.example\\.org/[!-~]{1,64}'}
        answer: {}
      """)
    let type = EndpointAuthentication.signature(try Shake.scheme("body"))
    func ask(_ body: String) throws -> ChallengeOutcome {
      let request = Shake.request("POST", headers: [("X-Sig", Hex.encode(Fixture.hmac(Array(body.utf8))))], body: body)
      return try Shake.ask(request, profile, type, settings: ["topic": "arn:ours"]).challenge
    }
    let answer = try ask(#"{"kind":"confirm","topic":"arn:ours","link":"https://sns.example.org/?a"}"#).answer
    guard case .follow(let link) = try #require(answer).action else {
      Issue.record("no link")
      return
    }
    #expect(link == Array("https://sns.example.org/?a".utf8))
    #expect(
      try ask(#"{"kind":"confirm","topic":"arn:ours","link":"https://10.0.0.1/"}"#).refusal == .challengeMalformed)
    #expect(
      try ask(#"{"kind":"confirm","topic":"arn:theirs","link":"https://sns.example.org/?a"}"#).refusal
        == .challengeWrong)
    #expect(try ask(#"{"kind":"event","topic":"arn:ours"}"#).isOrdinary)
    #expect(try ask(#"{"kind":"event","topic":"arn:theirs"}"#).refusal == .expectationFailed)
  }

  @Test("An inactive, an internal and an unknown endpoint answer no handshake")
  func standing() throws {
    let request = Shake.request("GET", query: "challenge=abc")
    let profile = try Shake.profile("dropbox")
    #expect(try Shake.ask(request, profile, isActive: false).challenge.isOrdinary)
    #expect(try Shake.ask(request, profile, access: .internalOnly).challenge.isOrdinary)
    #expect(try Shake.ask(request, nil).challenge.isOrdinary)
    let verifier = Fixture.verifier()
    let verification = Fixture.verify(request, nil, .none)
    let unknown = verifier.challenge(
      request: request, endpoint: nil, keys: .none, verifyToken: nil, awaitsKey: true, now: Fixture.now,
      verification: verification)
    #expect(unknown.isOrdinary)
  }
}
