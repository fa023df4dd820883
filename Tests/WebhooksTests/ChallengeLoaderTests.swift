import Testing

@testable import Webhooks

@Suite("The language of handshakes")
struct ChallengeLoaderTests {
  private func fault(_ text: String) throws -> WebhookFault? { try ChallengeFixture.fault(text) }

  private static let token = #"token: {in: query, name: c, pattern: "[a-z]{1,9}"}"#

  @Test("What a form must have and may not have is said")
  func forms() throws {
    let t = Self.token
    #expect(try fault("  {method: GET, \(t), answer: {text: '{token}'}}") == nil)
    #expect(try fault("  {method: DELETE, \(t), answer: {text: '{token}'}}") == .challenge(.method))
    #expect(try fault("  {\(t), answer: {text: '{token}'}}") == .missingField("method"))
    #expect(try fault("  {method: GET, \(t)}") == .missingField("answer"))
    #expect(try fault("  {method: GET, forms: [], \(t)}") == .challenge(.formCount))
    #expect(try fault("  {forms: []}") == .challenge(.formCount))
    #expect(try fault("  {method: GET, \(t), answer: {}}") == .challenge(.tokenUnused))
    #expect(try fault("  {method: GET, answer: {text: '{token}'}}") == .challenge(.tokenMissing))
    #expect(try fault("  {method: POST, answer: {}}") == .challenge(.nothingRecognised))
    #expect(try fault("  {method: GET, \(t), answer: {text: '{token}{mac}'}}") == .challenge(.template("mac")))
    #expect(try fault("  {method: GET, \(t), answer: {text: '{other}'}}") == .challenge(.template("other")))
    #expect(try fault("  {method: GET, \(t), answer: {text: '{verify_token}'}}") == .challenge(.secretInAnswer))
    #expect(try fault("  {method: GET, \(t), answer: {text: '{token}', json: {a: b}}}") == .challenge(.answerBody))
    #expect(try fault("  {method: GET, \(t), answer: {status: 302, text: '{token}'}}") == .challenge(.answerStatus))
    #expect(try fault("  {method: GET, \(t), answer: {status: 204, text: '{token}'}}") == .challenge(.answerEmpty))
    #expect(try fault("  {method: GET, \(t), anwser: {}}") == .unknownField("anwser"))
    #expect(try fault("  {method: GET, \(t), signed: maybe, answer: {text: '{token}'}}") != nil)
  }

  @Test("A token that is given back has a bounded length and no character of markup")
  func tokens() throws {
    func fault(_ pattern: String) throws -> WebhookFault? {
      try self.fault("  {method: GET, token: {in: query, name: c, pattern: '\(pattern)'}, answer: {text: '{token}'}}")
    }
    #expect(try fault("[a-z]+") == .challenge(.tokenForm))
    #expect(try fault("([a-z]{1,8})*") == .challenge(.tokenForm))
    #expect(try fault("[a-z]{1,512}") == nil)
    #expect(try fault("[a-z]{256}[a-z]{257}") != nil)
    for bad in ["[<a]{1,9}", "[!-~]{1,9}", ".{1,9}", #"\s{1,9}"#, "[^a]{1,9}", "a&b", #"a"b"#] {
      #expect(try fault(bad) == .challenge(.tokenAlphabet), "\(bad)")
    }
  }

  @Test("A token under a MAC has only characters that no signed message is made of")
  func macAlphabet() throws {
    func fault(_ pattern: String) throws -> WebhookFault? {
      try self.fault(
        """
          {method: GET, token: {in: query, name: c, pattern: '\(pattern)'}, mac: {hash: sha256, encoding: hex},
           answer: {text: '{mac}'}}
        """)
    }
    #expect(try fault("[A-Za-z0-9+/=_-]{1,9}") == nil)
    for bad in ["[a:]{1,9}", "[a.]{1,9}", "[a ]{1,9}", "[a{]{1,9}", "[a~]{1,9}"] {
      #expect(try fault(bad) == .challenge(.macAlphabet), "\(bad)")
    }
  }

  @Test("A link is followed only when signed, to a host that is written out; a key is pinned only by POST")
  func actions() throws {
    func link(_ pattern: String, signed: Bool = true) throws -> WebhookFault? {
      try fault(
        """
          {method: POST, signed: \(signed), when: [{in: json, name: /a}],
           follow: {in: json, name: /l, pattern: '\(pattern)'}, answer: {}}
        """)
    }
    #expect(try link(#"https://a\.example/[!-~]{1,9}"#) == nil)
    #expect(try link(#"https://a\.example/[!-~]{1,9}"#, signed: false) == .challenge(.link))
    for bad in [#"http://a\.example/x"#, "https://[a-z]{1,9}", "(https://a/|file:///)x", #"https://a\.example/[!-~]+"#]
    {
      #expect(try link(bad) == .challenge(.link), "\(bad)")
    }
    let t = Self.token
    #expect(try fault("  {method: POST, \(t), pin: true, answer: {}}") == nil)
    #expect(try fault("  {method: GET, \(t), pin: true, answer: {}}") == .challenge(.pin))
    #expect(try fault("  {method: POST, signed: true, \(t), pin: true, answer: {}}") == .challenge(.pin))
  }

  @Test("Headers that frame an answer or speak to browsers cannot be set")
  func headers() throws {
    for name in ["Content-Type", "Set-Cookie", "location", "Access-Control-Allow-Origin", "X-Content-Type-Options"] {
      #expect(
        try fault("  {method: GET, \(Self.token), answer: {headers: {\(name): '{token}'}}}")
          == .challenge(.answerHeader(name)))
    }
    #expect(try fault("  {method: GET, \(Self.token), answer: {headers: {X-Hook: '{token}'}}}") == nil)
    #expect(
      try fault(#"  {method: GET, answer: {headers: {X-Hook: "a\r\nSet-Cookie: b"}}}"#)
        == .challenge(.answerHeader("X-Hook")))
  }

  @Test("Conditions name settings and the secret, nothing else; sources are of the request")
  func conditions() throws {
    func fault(_ condition: String, settings: String = "{}") throws -> WebhookFault? {
      try self.fault("  {method: GET, settings: \(settings), expect: [\(condition)], answer: {}}")
    }
    #expect(try fault("{in: query, name: a, equals: '{verify_token}'}") == nil)
    #expect(try fault("{in: query, name: a, equals: 'x{verify_token}'}") != nil)
    #expect(try fault("{in: query, name: a, equals: '{token}'}") == .challenge(.template("token or mac")))
    #expect(try fault("{in: query, name: a, equals: '{origin}'}") == .challenge(.template("origin")))
    #expect(try fault("{in: query, name: a, equals: '{origin}'}", settings: "{origin: '[a-z]+'}") == nil)
    #expect(try fault("{in: config, name: a, equals: b}") == .challenge(.source))
    #expect(try fault("{in: header-family, name: X-, equals: b}") == .challenge(.source))
    #expect(try fault("{in: query, name: a}", settings: "{token: '[a-z]+'}") == .challenge(.settingName))
  }

  @Test("A profile is held against the endpoint that uses it")
  func endpoints() throws {
    func fault(
      _ name: String, _ authentication: EndpointAuthentication, _ settings: [String: String] = [:]
    ) throws -> WebhookFault? {
      do throws(WebhookFault) {
        _ = try EndpointConfiguration(
          id: "e", access: .internalAndPublic, isActive: true, authentication: authentication,
          publicURL: Fixture.publicURL, challenge: try? ChallengeFixture.profile(name), challengeSettings: settings)
        return nil
      } catch {
        return error
      }
    }
    let slack = EndpointAuthentication.signature(try ChallengeFixture.scheme("slack"))
    let github = EndpointAuthentication.signature(try Fixture.github)
    #expect(try fault("slack", slack) == nil)
    #expect(try fault("slack", github) == .challenge(.needsScheme(["slack"])))
    #expect(try fault("slack", .none) == .challenge(.needsScheme(["slack"])))
    #expect(try fault("cloudevents", .none) == .challenge(.setting("allowed_origin")))
    #expect(try fault("cloudevents", .none, ["allowed_origin": "a/b"]) == .challenge(.setting("allowed_origin")))
    #expect(
      try fault("cloudevents", .none, ["allowed_origin": "a.b", "other": "x"]) == .challenge(.unknownSetting("other")))
    #expect(try fault("dropbox", .bearer) == nil)
    let signed = try ChallengeFixture.custom("  {method: GET, signed: true, \(Self.token), answer: {text: '{token}'}}")
    #expect(throws: WebhookFault.challenge(.needsAuthentication)) { try signed.check(.none, settings: [:]) }
    let mac = try ChallengeFixture.custom(
      "  {method: GET, \(Self.token), mac: {hash: sha1, encoding: hex}, answer: {text: '{mac}'}}")
    #expect(throws: WebhookFault.challenge(.needsSharedKey)) { try mac.check(.bearer, settings: [:]) }
  }

  @Test("Every fault of a profile says something of its own")
  func messages() {
    let faults: [ChallengeFault] = [
      .formCount, .method, .source, .tokenForm, .tokenAlphabet, .tokenMissing, .tokenUnused, .nothingRecognised,
      .macAlphabet, .template("a"), .secretInAnswer, .answerStatus, .answerBody, .answerHeader("a"), .answerEmpty, .pin,
      .link, .settingName, .needsScheme(["a"]), .needsAuthentication, .needsSharedKey, .setting("a"),
      .unknownSetting("a"), .blankSecret,
    ]
    #expect(Set(faults.map(\.message)).count == faults.count)
  }
}
