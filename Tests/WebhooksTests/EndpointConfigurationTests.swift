import MessageSignatures
import Testing
import Webhooks

@Suite("The configuration of an endpoint")
struct EndpointConfigurationTests {
  private func fault(
    id: String = "ep-1", authentication: EndpointAuthentication = .none, timestampHeader: String? = nil,
    publicURL: String = Fixture.publicURL, settings: [String: String] = [:], challenge: ChallengeProfile? = nil
  ) throws -> WebhookFault? {
    let header = try timestampHeader.map { try HeaderName($0) }
    do throws(WebhookFault) {
      _ = try EndpointConfiguration(
        id: id, access: .internalAndPublic, isActive: true, authentication: authentication, timestampHeader: header,
        publicURL: publicURL, settings: settings, challenge: challenge)
      return nil
    } catch {
      #expect(!error.message.isEmpty)
      return error
    }
  }

  @Test(
    "A public URL is absolute and has neither query nor fragment",
    arguments: [
      "", "hooks.example.net/a", "ftp://hooks.example.net/a", "https://", "https:///a", "https://h/a?b",
      "https://h/a#b",
      "https://h/ä", "https://h/a b",
    ])
  func publicURLs(url: String) throws {
    #expect(try fault(publicURL: url) == .publicURL)
  }

  @Test("An id is short visible ASCII", arguments: ["", "a b", "é", String(repeating: "a", count: 129)])
  func ids(id: String) throws {
    #expect(try fault(id: id) == .endpointID)
  }

  @Test("A user name that basic authentication cannot carry is refused", arguments: ["", "a:b", "a\u{1}", "a\u{7f}"])
  func usernames(name: String) throws {
    #expect(try fault(authentication: .basic(username: name)) == .username)
    #expect(try fault(authentication: .basic(username: "Grüße an alle")) == nil)
  }

  @Test("Headers that frame a request carry neither credential nor time")
  func reservedHeaders() throws {
    for name in ["host", "Content-Length", "TRANSFER-ENCODING", "Content-Type", "Idempotency-Key"] {
      let header = try HeaderName(name)
      guard case .reservedHeader = try fault(authentication: .headerSecret(header: header)) else {
        Issue.record("\(name) was taken as a credential")
        continue
      }
      guard case .reservedHeader = try fault(timestampHeader: name) else {
        Issue.record("\(name) was taken as a timestamp")
        continue
      }
    }
    let secret = EndpointAuthentication.headerSecret(header: try HeaderName("X-Secret"))
    #expect(try fault(authentication: secret, timestampHeader: "x-secret") == .timestampHeaderIsCredential)
  }

  @Test("A header that holds a credential or a signature holds no time as well")
  func timestampInCredential() throws {
    let github = EndpointAuthentication.signature(try Fixture.github)
    let message = EndpointAuthentication.messageSignature(try MessageSignaturePolicy(requiredComponents: ["@method"]))
    for (authentication, header) in [
      (github, "x-hub-signature-256"), (message, "signature"), (message, "Signature-Input"),
      (EndpointAuthentication.basic(username: "u"), "authorization"),
    ] {
      #expect(
        try fault(authentication: authentication, timestampHeader: header) == .timestampHeaderIsCredential, "\(header)")
      #expect(try fault(authentication: authentication, timestampHeader: "X-Sent") == nil)
    }
  }

  @Test("A scheme that needs a setting gets it in its form, or the endpoint is refused")
  func settings() throws {
    let catalogue = try SchemeCatalogue.load(
      """
      hooked:
        signature: {in: header, name: X-Sig, encoding: hex}
        algorithm: hmac-sha256
        values: {hook: {in: config, name: webhook_id, pattern: '[0-9A-Z]{4}'}}
        message: "{hook}.{body}"
      """, file: "s.yaml"
    ).get()
    let scheme = EndpointAuthentication.signature(try #require(catalogue.scheme(named: "hooked")))
    #expect(try fault(authentication: scheme) == .setting("webhook_id"))
    #expect(try fault(authentication: scheme, settings: ["webhook_id": "abcd"]) == .setting("webhook_id"))
    #expect(try fault(authentication: scheme, settings: ["webhook_id": "AB12"]) == nil)
  }

  @Test("An endpoint warns about a timestamp that its signature does not cover")
  func warnings() throws {
    let github = EndpointAuthentication.signature(try Fixture.github)
    #expect(try Fixture.endpoint(github).warnings.isEmpty)
    #expect(try Fixture.endpoint(github, timestampHeader: "X-Sent").warnings == [.timestampNotSigned])
    let signing = EndpointAuthentication.signature(
      try SignatureRecipe(headersToSign: ["X-Sent"], patterns: ["X-Sent": "[ -~]{29}"]).scheme())
    #expect(try Fixture.endpoint(signing, timestampHeader: "x-sent").warnings.isEmpty)
    #expect(try Fixture.endpoint(.none, timestampHeader: "X-Sent").warnings.isEmpty)
  }

  @Test("A header name is a token", arguments: ["", "a b", "a:b", "é", "a\n", String(repeating: "a", count: 129)])
  func headerNames(name: String) {
    #expect(throws: WebhookFault.headerName) { try HeaderName(name) }
  }

  @Test("Header names compare without case and keep their spelling")
  func headerCase() throws {
    #expect(try HeaderName("X-Api-Key") == HeaderName("x-API-key"))
    #expect(Set([try HeaderName("A"), try HeaderName("a"), try HeaderName("b")]).count == 2)
    #expect("\(try HeaderName("X-Api-Key"))" == "X-Api-Key")
    #expect(throws: WebhookFault.parameterName) { try ParameterName("") }
    #expect("\(try ParameterName("key"))" == "key")
  }

  @Test("Every fault and every warning says something, and codes are distinct")
  func messages() {
    let faults: [WebhookFault] = [
      .headerName, .reservedHeader("Host"), .parameterName, .pattern(.tooLarge), .window, .jsonPointer,
      .templateBrace(at: 1), .templateName(at: 1), .templateParts, .templateMissing, .templateOfToken, .schemeName,
      .valueName, .repeatedValue("t"), .tooManyValues, .familyOutsideSignature, .signatureInConfiguration,
      .signatureEncoding(.token), .signatureEncoding(.ed25519), .signatureMaximum, .tokenInBody, .timestampValue("t"),
      .keyAddress(.token), .recipeAlgorithm, .recipeDigest, .recipePrefix, .recipeSignsItself,
      .recipeRepeatedHeader("a"), .recipePatternWithoutHeader("a"), .endpointID, .publicURL, .username, .setting("a"),
      .timestampHeaderIsCredential, .challenge(.method), .key(.empty), .key(.malformed(.hex)),
      .key(.encoding(.hex, .ed25519)),
      .key(.length), .key(.notPublic), .key(.addressMissing), .key(.addressForm), .key(.certificate), .key(.unsendable),
      .key(.tooMany), .notAMapping("a"), .unknownField("a"), .missingField("a"), .wrongKind(field: "a", wanted: "b"),
      .unknownWord(field: "a"), .unknownWord(field: "a", among: ["b", "c"]), .unknownWord(field: "in"),
      .key(.malformed(.spkiBase64)), .recipeBesideScheme, .schemeCount,
    ]
    #expect(Set(faults.map(\.message)).count == faults.count)
    let warnings: [SchemeWarning] = [
      .touchingParts(first: "a", second: "b"), .timestampNotSigned, .bodyNotSigned, .bodyBoundByChecksum,
      .recuttableForm, .restsOnSHA1, .staticToken,
    ]
    #expect(Set(warnings.map(\.code)).count == warnings.count)
    #expect(Set(warnings.map(\.message)).count == warnings.count)
    #expect(Set(WebhookRefusal.allCases.map(\.rawValue)).count == WebhookRefusal.allCases.count)
  }
}
