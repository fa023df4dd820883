import Cryptography
import Destinations
import Encodings
import MessageSignatures
import Testing

@testable import Labels

@Suite("Signing at the send door")
struct RequestSigningTests {
  private static let now = Instant(secondsSinceEpoch: 1_800_000_000)
  private static let origin = Origin.secret(path: "kv/keys", version: 1)

  private static func key(hosts: HostClearance = .any) -> LabeledText {
    LabeledText(
      text: Array("a key of thirty-two bytes or more".utf8), label: Label(origin: origin, rule: .masked, hosts: hosts))
  }

  private static func open(
    _ form: RequestSigning.Form, key: LabeledText = key(), headers: [RequestField] = [], in folder: String = #function
  ) throws -> Result<SendableRequest, DoorRefusal> {
    let template = try URLTemplate(
      base: "https://api.example.com", resource: "/orders?b=2&a=1", segments: .mixed, allowingPlainHTTP: { _ in false })
    let signing = try RequestSigning(
      form, key: key, encoding: .utf8, algorithm: .hmacSHA256, name: "kv/keys#k", now: now)
    let request = try RenderedRequest(
      method: "POST", template: template, values: [:], headers: headers,
      body: .content(RenderedText(clear: "{\"a\":1}"), type: "application/json"), signings: [signing])
    return try DoorRig("signing-\(folder)").open(request)
  }

  private static func value(_ name: String, _ request: SendableRequest) -> [UInt8] {
    request.headers.first { $0.name == name }?.value ?? []
  }

  @Test("The signature is over the bytes that are sent: method, address, headers, body")
  func exactBytes() throws {
    let creation = try MessageSignatureCreation(
      components: ["@method", "@target-uri", "@query", "content-type", "content-digest"], keyID: "k")
    let request = try Self.open(.messageSignature(creation, digest: .sha256, nonce: "n")).get()
    let message = HTTPMessage(
      .request(
        HTTPMessage.RequestLine(
          method: request.method, target: Array("/orders?b=2&a=1".utf8), scheme: "https",
          authority: Array("api.example.com".utf8), targetURI: Array(request.url.utf8))),
      fields: request.headers.map { HTTPField(name: $0.name, value: $0.value) }, body: request.body)
    let policy = try MessageSignaturePolicy(
      requiredComponents: ["@method", "@target-uri", "content-digest"], requiresNonce: true)
    let verifier = try MessageSignatureVerifier(
      policy,
      keys: [
        MessageVerificationKey(
          secret: GuardedBytes(copying: Array("a key of thirty-two bytes or more".utf8)), .hmacSHA256, keyID: "k")
      ])
    #expect(try verifier.verify(message, now: Self.now).get().keyID == "k")
    #expect(request.carriesSecrets)
  }

  @Test("What the key made has the key's label; what it did not make has none of it")
  func labels() throws {
    let request = try Self.open(.standardWebhooks(id: "m-1")).get()
    let headers = try #require(RequestHeaders.decode(request.record.headers))
    let labels = Dictionary(
      uniqueKeysWithValues: headers.headers.map { (String(decoding: $0.name.bytes, as: UTF8.self), $0.value.label) })
    #expect(labels["webhook-signature"]?.secretOrigins == [Self.origin])
    #expect(labels["webhook-id"]?.isSecret == false)
    #expect(labels["webhook-timestamp"]?.isSecret == false)
  }

  @Test("A key that may not be used for the host stops the request")
  func clearance() throws {
    let elsewhere = Self.key(hosts: HostClearance(only: [try #require(HostPort("other.example.com:443"))]))
    guard case .failure(.notGranted(let origins, _)) = try Self.open(.standardWebhooks(id: "m-1"), key: elsewhere)
    else {
      Issue.record("the request was opened")
      return
    }
    #expect(origins == [Self.origin])
  }

  @Test("A token comes before a signature, which may cover it and then carries the labels of both keys")
  func tokenAndSignature() throws {
    let template = try URLTemplate(
      base: "https://api.example.com", resource: "/orders", segments: .mixed, allowingPlainHTTP: { _ in false })
    let tokenOrigin = Origin.secret(path: "kv/token", version: 1)
    let tokenKey = LabeledText(
      text: Array("another key of thirty-two bytes, or more".utf8),
      label: Label(origin: tokenOrigin, rule: .masked, hosts: .any))
    func signing(_ form: RequestSigning.Form, _ key: LabeledText) throws -> RequestSigning {
      try RequestSigning(form, key: key, encoding: .utf8, algorithm: .hmacSHA256, name: "k", now: Self.now)
    }
    func recipe(_ header: String) throws -> RequestSigning.Form {
      .recipe(
        try SigningRecipe(
          header: header, headersToSign: header == "X-Sig" ? ["Authorization"] : [], message: "{headers}{body}"))
    }
    let token = RequestSigning.Form.token(
      try TokenCreation(keyID: nil), header: "Authorization", prefix: "Bearer ", claims: LabeledText(clear: "{}"),
      id: "j")
    func open(_ header: String) throws -> Result<SendableRequest, DoorRefusal> {
      let request = try RenderedRequest(
        method: "POST", template: template, values: [:], body: .content(RenderedText(clear: "{}"), type: "text/plain"),
        signings: [try signing(token, tokenKey), try signing(try recipe(header), Self.key())])
      return try DoorRig("signing-\(header)").open(request)
    }
    let request = try open("X-Sig").get()
    let sent = Self.value("Authorization", request)
    #expect(sent.starts(with: "Bearer ".utf8))
    #expect(!Self.value("X-Sig", request).isEmpty)
    let record = try #require(RequestHeaders.decode(request.record.headers))
    let signature = record.headers.first { $0.name.bytes == Array("X-Sig".utf8) }
    #expect(Set(signature?.value.label.secretOrigins ?? []) == [Self.origin, tokenOrigin])
    let authorization = record.headers.first { $0.name.bytes == Array("Authorization".utf8) }
    #expect(Set(authorization?.value.label.secretOrigins ?? []) == [tokenOrigin])
    guard case .failure(.cannotSign(.repeatedHeader("authorization"))) = try open("authorization") else {
      Issue.record("two in one header were sent")
      return
    }
  }

  @Test("A token that was made is known without the prefix that stands before it, which is shown")
  func tokenWithoutPrefix() throws {
    for prefix in ["Bearer ", "x-", ""] {
      let form = RequestSigning.Form.token(
        try TokenCreation(keyID: nil), header: "X-Token", prefix: prefix, claims: LabeledText(clear: "{}"), id: "j")
      let template = try URLTemplate(
        base: "https://api.example.com", resource: "/orders", segments: .mixed, allowingPlainHTTP: { _ in false })
      let signing = try RequestSigning(
        form, key: Self.key(), encoding: .utf8, algorithm: .hmacSHA256, name: "k", now: Self.now)
      let request = try RenderedRequest(
        method: "POST", template: template, values: [:], body: .content(RenderedText(clear: "{}"), type: "text/plain"),
        signings: [signing])
      var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
      let sent = try DoorRig("signing-prefix-\(prefix.utf8.count)").door.open(
        request, for: try DoorRig.dial(), registry: &registry
      ).get()
      let value = String(decoding: Self.value("X-Token", sent), as: UTF8.self)
      #expect(value.hasPrefix(prefix + "eyJ"))
      let token = String(value.dropFirst(prefix.count))
      let echoed = ReflectionCheck.mark(Samples.text("{\"seen\":\"\(token)\"}"), view: registry.view())
      #expect(echoed.label.secretOrigins == [Self.origin])
      #expect(Samples.labels(echoed).count { $0.isSecret } == token.utf8.count)
      // The same after a restart, from what the log keeps.
      var reread = SecretRegistry(pseudonyms: Samples.pseudonyms)
      reread.learn(sent.record.headers)
      let again = ReflectionCheck.mark(Samples.text("{\"seen\":\"\(token)\"}"), view: reread.view())
      #expect(again.label.secretOrigins == [Self.origin])
      let shown = DiscloseDoor.request(sent.record, view: registry.view())
      guard case .shown(let headers) = shown.headers else {
        Issue.record("headers are shown")
        continue
      }
      let header = headers.first { $0.name.text == "X-Token" }
      #expect(header?.value.text == "\(prefix)\(Samples.mask([Self.origin]))")
    }
  }

  @Test("A request that has the signature's header already is refused")
  func conflicts() throws {
    let token = RequestSigning.Form.token(
      try TokenCreation(keyID: nil), header: "Authorization", prefix: "Bearer ", claims: LabeledText(clear: "{}"),
      id: "j")
    let headers = [RequestField("authorization", RenderedText(clear: "x"))]
    guard case .failure(.cannotSign(.repeatedHeader("Authorization"))) = try Self.open(token, headers: headers) else {
      Issue.record("the request was opened")
      return
    }
    #expect(Self.value("Authorization", try Self.open(token).get()).starts(with: "Bearer ".utf8))
  }

  @Test("What cannot be signed is refused and names no value")
  func faults() throws {
    let creation = try MessageSignatureCreation(components: ["x-none"], keyID: nil)
    guard
      case .failure(.cannotSign(.component(.missing, of: "\"x-none\""))) = try Self.open(
        .messageSignature(creation, digest: .sha256, nonce: nil))
    else {
      Issue.record("the request was opened")
      return
    }
    #expect(throws: SigningFault.key) {
      try RequestSigning(
        .standardWebhooks(id: "a"), key: LabeledText(clear: " "), encoding: .utf8, algorithm: .hmacSHA256, name: "k",
        now: Self.now)
    }
    #expect(throws: SigningFault.algorithm) {
      try RequestSigning(
        .standardWebhooks(id: "a"), key: Self.key(), encoding: .utf8, algorithm: .ed25519, name: "k", now: Self.now)
    }
  }
}
