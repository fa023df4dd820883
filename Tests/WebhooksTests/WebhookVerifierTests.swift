import Cryptography
import Encodings
import Testing

@testable import Webhooks

@Suite("Verification of requests")
struct WebhookVerifierTests {
  @Test("Each authentication type lets its own request in")
  func accepted() throws {
    for authentication in try Fixture.everyAuthentication {
      let outcome = Fixture.verify(
        try Fixture.accepted(authentication), try Fixture.endpoint(authentication),
        try Fixture.keys(for: authentication))
      let request = try #require(outcome.request, "\(authentication.kind)")
      #expect(request.authentication == authentication.kind)
      #expect(request.body == Fixture.body)
      #expect(request.endpointID == "ep-1")
      #expect(request.verifiedAt == Fixture.now)
      #expect(request.keyName == (authentication.needsKeys ? "first" : nil))
      #expect((outcome.proof != nil) == (authentication.kind == .bearer))
    }
  }

  @Test("Each authentication type but none refuses what carries no credential, for that reason")
  func missing() throws {
    for authentication in try Fixture.everyAuthentication where authentication.kind != .none {
      let reason = try Fixture.refusal(Fixture.request([]), authentication)
      #expect(reason == .credentialMissing, "\(authentication.kind)")
    }
  }

  @Test("A basic credential is right only whole, once, and well-formed")
  func basic() throws {
    let type = EndpointAuthentication.basic(username: "hook")
    func reason(_ value: String) throws -> WebhookRefusal? {
      try Fixture.refusal(Fixture.request([("Authorization", value)]), type)
    }
    func encoded(_ pair: String) -> String { Base64.encode(Array(pair.utf8)) }
    let right = encoded("hook:\(Fixture.secret)")
    #expect(try reason("Basic \(right)") == nil)
    #expect(try reason("bAsIc   \(right)") == nil)
    #expect(try reason("Basic \(encoded("hook:\(Fixture.secret)x"))") == .credentialWrong)
    #expect(try reason("Basic \(encoded("hooked:\(Fixture.secret)"))") == .credentialWrong)
    #expect(try reason("Basic \(encoded(":\(Fixture.secret)"))") == .credentialWrong)
    #expect(try reason("Basic \(encoded("hook:"))") == .credentialWrong)
    #expect(try reason("Basic \(encoded("hook"))") == .credentialMalformed)
    #expect(try reason("Basic not base64") == .credentialMalformed)
    #expect(try reason("Basic") == .credentialMissing)
    #expect(try reason("Bearer \(right)") == .credentialMissing)
    let twice = Fixture.request([("Authorization", "Basic \(right)"), ("authorization", "Basic \(right)")])
    #expect(try Fixture.refusal(twice, type) == .credentialRepeated)
    let long = Fixture.request([("Authorization", "Basic " + String(repeating: "A", count: 4_100))])
    #expect(try Fixture.refusal(long, type) == .credentialMalformed)
  }

  @Test("A password may hold colons, and a user name may not be spelled another way")
  func basicColons() throws {
    let type = EndpointAuthentication.basic(username: "hook")
    let keys = try Fixture.keys(for: type, secret: "a:b:c")
    let pair = Base64.encode(Array("hook:a:b:c".utf8))
    let request = Fixture.request([("Authorization", "Basic \(pair)")])
    #expect(Fixture.verify(request, try Fixture.endpoint(type), keys).request != nil)
  }

  @Test("A bearer request is let in by the check alone, and brings back its proof")
  func bearer() throws {
    func outcome(_ headers: [(String, String)]) throws -> VerificationOutcome<String> {
      Fixture.verify(Fixture.request(headers), try Fixture.endpoint(.bearer), .none)
    }
    #expect(try outcome([("Authorization", "Bearer \(Fixture.token)")]).proof == "accessor-1")
    #expect(try outcome([("Authorization", "bearer \(Fixture.token)")]).proof == "accessor-1")
    #expect(try outcome([("Authorization", "Bearer \(Fixture.token)x")]).refusal == .bearerRefused)
    #expect(try outcome([("Authorization", "Bearer a b")]).refusal == .credentialMalformed)
    #expect(try outcome([("Authorization", "Bearer ")]).refusal == .credentialMissing)
    #expect(try outcome([("Authorization", "Bearer ==")]).refusal == .credentialMalformed)
    #expect(try outcome([("Authorization", "Basic x")]).refusal == .credentialMissing)
    let long = String(repeating: "a", count: 8_193)
    #expect(try outcome([("Authorization", "Bearer \(long)")]).refusal == .credentialMalformed)
    let twice = [("Authorization", "Bearer \(Fixture.token)"), ("Authorization", "Bearer \(Fixture.token)")]
    #expect(try outcome(twice).refusal == .credentialRepeated)
  }

  @Test("A good token opens no endpoint that asks for something else")
  func bearerElsewhere() throws {
    for authentication in try Fixture.everyAuthentication where authentication.needsKeys {
      let request = Fixture.request([("Authorization", "Bearer \(Fixture.token)")])
      let outcome = Fixture.verify(
        request, try Fixture.endpoint(authentication), try Fixture.keys(for: authentication))
      #expect(outcome.refusal == .credentialMissing)
    }
    let open = Fixture.verify(
      Fixture.request([("Authorization", "Bearer \(Fixture.token)")]), try Fixture.endpoint(.none), .none)
    #expect(open.request != nil)
    #expect(open.proof == nil)
  }

  @Test("A header secret compares exactly, once, in any case of the name")
  func headerSecret() throws {
    let type = EndpointAuthentication.headerSecret(header: try HeaderName("X-Api-Secret"))
    func reason(_ headers: [(String, String)]) throws -> WebhookRefusal? {
      try Fixture.refusal(Fixture.request(headers), type)
    }
    #expect(try reason([("x-API-secret", " \(Fixture.secret)\t")]) == nil)
    #expect(try reason([("X-Api-Secret", Fixture.secret.uppercased())]) == .credentialWrong)
    #expect(try reason([("X-Api-Secret", String(Fixture.secret.dropLast()))]) == .credentialWrong)
    #expect(try reason([("X-Api-Secret", "")]) == .credentialWrong)
    #expect(try reason([("X-Api-Secret", Fixture.secret), ("X-API-Secret", Fixture.secret)]) == .credentialRepeated)
    #expect(try reason([("X-Api-Secrets", Fixture.secret)]) == .credentialMissing)
  }

  @Test("A URI secret is decoded, compared exactly, and must be there once")
  func uriSecret() throws {
    let type = EndpointAuthentication.uriSecret(parameter: try ParameterName("secret"))
    func reason(_ query: String) throws -> WebhookRefusal? {
      try Fixture.refusal(Fixture.request([], target: Fixture.target + query), type)
    }
    let encoded = Fixture.secret.utf8.map { "%" + Hex.encode([$0]) }.joined()
    #expect(try reason("?secret=\(Fixture.secret)") == nil)
    #expect(try reason("?a=1&%73ecret=\(encoded)&b") == nil)
    #expect(try reason("?Secret=\(Fixture.secret)") == .credentialMissing)
    #expect(try reason("?secret=\(Fixture.secret)&secret=\(Fixture.secret)") == .credentialRepeated)
    #expect(try reason("?secret=\(Fixture.secret)&%73ecret=x") == .credentialRepeated)
    #expect(try reason("?secret=%zz") == .credentialMalformed)
    #expect(try reason("?secret") == .credentialWrong)
    #expect(try reason("") == .credentialMissing)
    #expect(try reason("?") == .credentialMissing)
  }

  @Test("A secret may hold characters that a URI writes as escapes")
  func uriSecretEscapes() throws {
    let type = EndpointAuthentication.uriSecret(parameter: try ParameterName("key"))
    let keys = try Fixture.keys(for: type, secret: "pß &=?+%")
    let encoded = String(decoding: PercentEncoding.encode(Array("pß &=?+%".utf8), for: .queryValue), as: UTF8.self)
    let request = Fixture.request([], target: "\(Fixture.target)?key=\(encoded)")
    #expect(Fixture.verify(request, try Fixture.endpoint(type), keys).request != nil)
  }

  @Test("Unknown, internal-only and inactive endpoints refuse the right request, each for its reason")
  func standing() throws {
    for authentication in try Fixture.everyAuthentication {
      let request = try Fixture.accepted(authentication)
      let keys = try Fixture.keys(for: authentication)
      #expect(Fixture.verify(request, nil, keys).refusal == .unknownEndpoint)
      let inside = try Fixture.endpoint(authentication, access: .internalOnly)
      #expect(Fixture.verify(request, inside, keys).refusal == .internalOnly)
      let inactive = try Fixture.endpoint(authentication, isActive: false)
      #expect(Fixture.verify(request, inactive, keys).refusal == .inactiveEndpoint)
    }
  }

  @Test("A request that is right under the decoy key opens nothing")
  func decoy() throws {
    let tag = HMAC.authenticate(
      Fixture.body, key: GuardedBytes(copying: [UInt8](repeating: 7, count: 32)), hash: .sha256)
    let request = Fixture.request([("X-Hub-Signature-256", "sha256=\(Hex.encode(tag))")])
    #expect(Fixture.verify(request, nil, .none).refusal == .unknownEndpoint)
    #expect(
      Fixture.verify(request, try Fixture.endpoint(.signature(try Fixture.github)), .none).refusal == .noKeyConfigured)
    let secret = Fixture.request([("X-Api-Secret", String(repeating: "\u{7}", count: 32))])
    let type = EndpointAuthentication.headerSecret(header: try HeaderName("X-Api-Secret"))
    #expect(Fixture.verify(secret, try Fixture.endpoint(type), .none).refusal == .noKeyConfigured)
  }

  @Test("Without a key every request is refused, and one outside its time is none")
  func keys() throws {
    for authentication in try Fixture.everyAuthentication where authentication.needsKeys {
      let request = try Fixture.accepted(authentication)
      let endpoint = try Fixture.endpoint(authentication)
      #expect(Fixture.verify(request, endpoint, .none).refusal == .noKeyConfigured)
      let before = Fixture.now.advanced(byMilliseconds: -1)
      let after = Fixture.now.advanced(byMilliseconds: 1)
      for validity in [
        try KeyValidity(notBefore: nil, notAfter: before), try KeyValidity(notBefore: after, notAfter: nil),
      ] {
        let outside = try Fixture.keys(for: authentication, validity: validity)
        #expect(Fixture.verify(request, endpoint, outside).refusal == .keyOutOfDate)
        #expect(!outside.isUsable(for: authentication, at: Fixture.now))
        // Whoever does not know the key learns nothing of its time.
        let wrong = try Fixture.keys(for: authentication, secret: "another secret", validity: validity)
        #expect(Fixture.verify(request, endpoint, wrong).refusal == .credentialWrong)
      }
      let last = try Fixture.keys(
        for: authentication, validity: try KeyValidity(notBefore: Fixture.now, notAfter: Fixture.now))
      #expect(Fixture.verify(request, endpoint, last).request != nil)
      #expect(last.isUsable(for: authentication, at: Fixture.now))
      let other = try Fixture.keys(for: authentication, secret: "another secret")
      #expect(Fixture.verify(request, endpoint, other).refusal == .credentialWrong)
    }
  }

  @Test("Of two keys that fit, the one that counts now lets the request in")
  func sameKeyTwice() throws {
    let ended = try KeyValidity(notBefore: nil, notAfter: Fixture.now.advanced(byMilliseconds: -1))
    for authentication in try Fixture.everyAuthentication where authentication.needsKeys {
      let old = try Fixture.keys(for: authentication, named: "old", validity: ended)
      let keys = try EndpointKeys(old.keys + Fixture.keys(for: authentication, named: "new").keys)
      let outcome = Fixture.verify(try Fixture.accepted(authentication), try Fixture.endpoint(authentication), keys)
      #expect(outcome.request?.keyName == "new")
    }
  }

  @Test("A key ends after it begins, and two keys have two names")
  func validity() throws {
    let before = Fixture.now.advanced(byMilliseconds: -1)
    #expect(throws: WebhookFault.key(.validity)) { try KeyValidity(notBefore: Fixture.now, notAfter: before) }
    let one = try Fixture.keys(for: .signature(try Fixture.github))
    #expect(throws: WebhookFault.key(.repeatedName("first"))) { try EndpointKeys(one.keys + one.keys) }
  }

  @Test("How far the sender's clock was off is told coarsely, for right and for refused requests")
  func skew() throws {
    let type = EndpointAuthentication.signature(try Fixture.datedRecipe)
    let keys = try Fixture.keys(for: type)
    let endpoint = try Fixture.endpoint(type)
    func skew(_ seconds: Int64) throws -> String? {
      let now = Fixture.now.advanced(byMilliseconds: seconds * 1_000)
      return Fixture.verify(try Fixture.accepted(type), endpoint, keys, now: now).skew?.description
    }
    #expect(try skew(0) == "behind by under 10 s")
    #expect(try skew(10) == "behind by under 1 min")
    #expect(try skew(-10) == "ahead by under 1 min")
    #expect(try skew(599) == "behind by under 10 min")
    #expect(try skew(-3_599) == "ahead by under 1 h")
    #expect(try skew(86_399) == "behind by under 1 day")
    #expect(try skew(86_400) == "behind by 1 day or more")
    #expect(Fixture.verify(Fixture.request([]), endpoint, keys).skew == nil)
  }

  @Test("In rotation either key fits, and the log can say which")
  func rotation() throws {
    for authentication in try Fixture.everyAuthentication where authentication.needsKeys {
      let old = try Fixture.keys(for: authentication, secret: "another secret", named: "old")
      let keys = try EndpointKeys(old.keys + Fixture.keys(for: authentication).keys)
      #expect(keys.names == ["old", "first"])
      let outcome = Fixture.verify(
        try Fixture.accepted(authentication), try Fixture.endpoint(authentication), keys)
      #expect(outcome.request?.keyName == "first")
    }
  }

  @Test("Keys of the wrong kind for a scheme fit nothing")
  func wrongKind() throws {
    let scheme = try SignatureScheme(
      SignatureScheme.Draft(
        name: "ed", signature: SchemeSource(.header(try HeaderName("X-Sig"))), encoding: .hex, algorithm: .ed25519,
        message: "{body}"))
    let keys = try Fixture.keys(for: .signature(try Fixture.github))
    let tag = Hex.encode(Fixture.hmac(Fixture.body, .sha512))
    let outcome = Fixture.verify(Fixture.request([("X-Sig", tag)]), try Fixture.endpoint(.signature(scheme)), keys)
    #expect(outcome.refusal == .credentialWrong)
  }

  @Test("A key that is no secret never fits an HMAC, not even one by the decoy key")
  func publicKeyUnderMAC() throws {
    let scheme = try SignatureScheme(
      SignatureScheme.Draft(
        name: "ed", signature: SchemeSource(.header(try HeaderName("X-Sig"))), encoding: .hex, algorithm: .ed25519,
        message: "{body}"))
    let key = try EndpointKey(
      text: Fixture.guarded(Hex.encode([UInt8](repeating: 1, count: 32))), encoding: .ed25519Hex, named: "k",
      for: scheme)
    let decoy = GuardedBytes(copying: [UInt8](repeating: 7, count: 32))
    let tag = HMAC.authenticate(Fixture.body, key: decoy, hash: .sha256)
    let request = Fixture.request([("X-Hub-Signature-256", "sha256=\(Hex.encode(tag))")])
    let endpoint = try Fixture.endpoint(.signature(try Fixture.github))
    #expect(Fixture.verify(request, endpoint, try EndpointKeys([key])).refusal == .credentialWrong)
  }

  @Test("A parameter whose name looks like a broken escape is found and cut by its spelling")
  func oddParameter() throws {
    let type = EndpointAuthentication.uriSecret(parameter: try ParameterName("100%"))
    let request = Fixture.request([], target: "\(Fixture.target)?100%=\(Fixture.secret)&a=%zz")
    let verified = Fixture.verify(request, try Fixture.endpoint(type), try Fixture.keys(for: type)).request
    #expect(verified?.query == Array("a=%zz".utf8))
  }

  @Test("The reasons of a signed request that is wrong in one place")
  func reasons() throws {
    let type = EndpointAuthentication.signature(try Fixture.datedRecipe)
    let right = try Fixture.accepted(type)
    func reason(_ request: UnverifiedRequest) throws -> WebhookRefusal? { try Fixture.refusal(request, type) }
    #expect(try reason(right) == nil)
    #expect(try reason(right.with(body: Fixture.body + [10])) == .credentialWrong)
    #expect(try reason(right.replacing("X-Request-Id", by: "0123abce")) == .credentialWrong)
    #expect(try reason(right.replacing("X-Request-Id", by: "0123ABCD")) == .valueMalformed)
    #expect(try reason(right.removing("X-Request-Id")) == .valueMissing)
    #expect(try reason(right.replacing("X-Request-Id", by: "")) == .valueMalformed)
    #expect(try reason(right.adding("x-request-id", "0123abcd")) == .valueRepeated)
    #expect(try reason(right.removing("X-Request-Date")) == .timestampMissing)
    #expect(try reason(right.adding("X-Request-Date", Fixture.date())) == .timestampRepeated)
    #expect(try reason(right.removing("X-Signature")) == .credentialMissing)
    #expect(try reason(right.adding("X-Signature", "x")) == .credentialRepeated)
    #expect(
      try reason(right.replacing("X-Signature", by: right.value("X-Signature").uppercased())) == .credentialMalformed)
    #expect(try reason(right.replacing("X-Signature", by: "sha256=")) == .credentialMalformed)
    #expect(try reason(right.replacing("X-Signature", by: right.value("X-Signature") + "00")) == .credentialWrong)
  }

  @Test("Members of a header family are numbered 1 to 999, each at most once")
  func families() throws {
    let family = try HeaderName("X-Sig-")
    for (name, number) in [
      ("X-Sig-1", 1), ("x-sig-42", 42), ("X-SIG-999", 999), ("X-Sig-1000", nil), ("X-Sig-0", nil), ("X-Sig-01", nil),
      ("X-Sig-", nil), ("X-Sig-1a", nil), ("X-Sig--1", nil), ("Y-Sig-1", nil), ("X-Si", nil),
      ("X-Sig-99999999999999999999999", nil),
    ] as [(String, Int?)] {
      #expect(family.familyNumber(of: name) == number, "\(name)")
    }
    let scheme = try SignatureScheme(
      SignatureScheme.Draft(
        name: "family", signature: SchemeSource(.headerFamily(family)), encoding: .hex, algorithm: .hmacSHA256,
        message: "{body}"))
    let right = Hex.encode(Fixture.hmac(Fixture.body))
    let wrong = String(repeating: "00", count: 32)
    func reason(_ headers: [(String, String)]) throws -> WebhookRefusal? {
      try Fixture.refusal(Fixture.request(headers), .signature(scheme))
    }
    #expect(try reason([("X-Sig-1", wrong), ("X-Sig-7", right)]) == nil)
    #expect(try reason([("X-Sig-1", right), ("x-sig-1", right)]) == .credentialRepeated)
    #expect(try reason([("X-Sig-1000", right)]) == .credentialMissing)
  }

  @Test("Too many signatures refuse even when the last is right")
  func tooMany() throws {
    let scheme = try SignatureScheme(
      SignatureScheme.Draft(
        name: "many", signature: SchemeSource(.header(try HeaderName("X-Sig")), separator: ","), encoding: .hex,
        maximum: 3, algorithm: .hmacSHA256, message: "{body}"))
    let right = Hex.encode(Fixture.hmac(Fixture.body))
    let wrong = String(repeating: "00", count: 32)
    func reason(_ value: String) throws -> WebhookRefusal? {
      try Fixture.refusal(Fixture.request([("X-Sig", value)]), .signature(scheme))
    }
    #expect(try reason("\(wrong),\(wrong),\(right)") == nil)
    #expect(try reason("nonsense, \(right)") == nil)
    #expect(try reason("\(wrong),\(wrong),\(wrong),\(right)") == .tooManySignatures)
    #expect(try reason("\(right),\(wrong),\(wrong),\(wrong)") == .tooManySignatures)
    #expect(try reason("\(wrong),\(wrong)") == .credentialWrong)
  }

  @Test("What is wrong in a request never prints any of it")
  func masks() throws {
    let request = Fixture.request([("X-Api-Secret", Fixture.secret)], target: "/a?secret=\(Fixture.secret)")
    let type = EndpointAuthentication.headerSecret(header: try HeaderName("X-Api-Secret"))
    let keys = try Fixture.keys(for: type)
    var text = "\(request) \(String(reflecting: request)) \(request.headers) \(String(reflecting: request.headers))"
    text += "\(keys) \(keys.keys) \(String(reflecting: keys)) \(String(reflecting: keys.keys[0]))"
    dump(keys.keys[0], to: &text)
    dump(request.headers, to: &text)
    dump(request, to: &text)
    dump(keys, to: &text)
    dump(Fixture.verify(request, try Fixture.endpoint(type), keys), to: &text)
    #expect(!text.contains(Fixture.secret))
    #expect(!text.contains("106524"))
  }
}
