import Cryptography
import Encodings
import Testing

@testable import Webhooks

@Suite("Cutting credentials")
struct CredentialCuttingTests {
  /// Everything that a verified request holds and that could be recorded. A new property belongs here.
  private func everything(_ request: VerifiedRequest) -> [[UInt8]] {
    var all: [[UInt8]] = [
      Array(request.endpointID.utf8), Array(request.method.utf8), request.url, request.path, request.query ?? [],
      request.body, Array((request.keyName ?? "").utf8), request.deliveryID ?? [], request.replayKey?.digest ?? [],
      Array(request.requestTargetForLogs.utf8), Array(request.authentication.rawValue.utf8),
    ]
    for header in request.headers { all += [Array(header.name.utf8), header.value] }
    return all
  }

  private func holds(_ request: VerifiedRequest, _ text: String) -> Bool {
    let needle = Array(text.utf8)
    return everything(request).contains { bytes in
      bytes.count >= needle.count
        && (0...(bytes.count - needle.count)).contains { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
    }
  }

  private func verified(
    _ authentication: EndpointAuthentication, _ request: UnverifiedRequest, secret: String = Fixture.secret
  ) throws -> VerifiedRequest {
    try #require(
      Fixture.verify(
        request, try Fixture.endpoint(authentication), try Fixture.keys(for: authentication, secret: secret)
      ).request)
  }

  @Test("No credential of any type is anywhere in a verified request")
  func everyType() throws {
    let pair = Base64.encode(Array("hook:\(Fixture.secret)".utf8))
    for authentication in try Fixture.everyAuthentication {
      let accepted = try Fixture.accepted(authentication)
      let request = try verified(authentication, accepted)
      for secret in [Fixture.secret, pair, Fixture.token] {
        #expect(!holds(request, secret), "\(authentication.kind)")
        #expect(!accepted.requestTargetForLogs.contains(secret))
      }
      // The control: the search finds what is there.
      #expect(holds(request, "106524"))
      #expect(holds(request, "application/json"))
    }
  }

  @Test("Only the credential is cut: the rest keeps its bytes and its order")
  func onlyTheCredential() throws {
    let basic = EndpointAuthentication.basic(username: "hook")
    let request = try verified(basic, try Fixture.accepted(basic).adding("X-Other", " v "))
    #expect(request.headers.map(\.name) == ["Content-Type", "X-Other"])
    #expect(request.headers.last?.value == Array(" v ".utf8))

    let uri = EndpointAuthentication.uriSecret(parameter: try ParameterName("secret"))
    let queried = try verified(
      uri, Fixture.request([], target: "\(Fixture.target)?a=%20+&secret=\(Fixture.secret)&&secretive=1&b"))
    #expect(queried.query == Array("a=%20+&&secretive=1&b".utf8))
    #expect(queried.url == Array("\(Fixture.publicURL)?a=%20+&&secretive=1&b".utf8))
    #expect(queried.requestTargetForLogs == "\(Fixture.target)?a=%20+&&secretive=1&b")
    let alone = try verified(uri, Fixture.request([], target: "\(Fixture.target)?secret=\(Fixture.secret)"))
    #expect(alone.query == nil)
    #expect(alone.url == Array(Fixture.publicURL.utf8))
    #expect(alone.requestTargetForLogs == Fixture.target)
  }

  @Test("A parameter written in escapes is cut as well")
  func escapedParameter() throws {
    let uri = EndpointAuthentication.uriSecret(parameter: try ParameterName("secret"))
    let encoded = Fixture.secret.utf8.map { "%" + Hex.encode([$0]) }.joined()
    let request = try verified(uri, Fixture.request([], target: "\(Fixture.target)?%73%65cret=\(encoded)&b=2"))
    #expect(request.query == Array("b=2".utf8))
  }

  @Test("A signature stays, a static token that a scheme calls a signature goes")
  func signatures() throws {
    let github = EndpointAuthentication.signature(try Fixture.github)
    let signed = try verified(github, try Fixture.accepted(github))
    #expect(signed.headers.map(\.name) == ["Content-Type", "X-GitHub-Delivery", "X-Hub-Signature-256"])

    func token(_ place: SchemeSource.Place) throws -> EndpointAuthentication {
      .signature(
        try SignatureScheme(
          SignatureScheme.Draft(name: "token", signature: SchemeSource(place), encoding: .text, algorithm: .token)))
    }
    let header = try verified(
      try token(.header(try HeaderName("X-Token"))), Fixture.request([("x-token", Fixture.secret)]))
    #expect(header.headers.map(\.name) == ["Content-Type"])
    let family = try verified(
      try token(.headerFamily(try HeaderName("X-Token-"))),
      Fixture.request([("X-Token-1", Fixture.secret), ("X-Token-2", "x"), ("X-Token-0", "y")]))
    #expect(family.headers.map(\.name) == ["Content-Type", "X-Token-0"])
    let query = try verified(
      try token(.query(try ParameterName("t"))), Fixture.request([], target: "\(Fixture.target)?t=\(Fixture.secret)"))
    #expect(query.query == nil)
  }

  @Test("A token of ours is cut where it was not asked for")
  func strayToken() throws {
    let open = try verified(.none, Fixture.request([("Authorization", "Bearer \(Fixture.token)")]))
    #expect(open.headers.map(\.name) == ["Content-Type"])
    let foreign = try verified(.none, Fixture.request([("Authorization", "Bearer of-somebody-else")]))
    #expect(foreign.headers.map(\.name) == ["Content-Type", "Authorization"])
  }

  @Test("A text of our tokens' form is cut where we read tokens, whatever the token may do")
  func powerlessToken() throws {
    let own = "hvs.\(String(repeating: "a", count: 24))"
    let verifier = WebhookVerifier(
      decoyKey: GuardedBytes(copying: [UInt8](repeating: 7, count: 32)), isOwnToken: { $0.elementsEqual(own.utf8) })
    for (name, value, isCut) in [
      ("Authorization", "Bearer \(own)", true), ("authorization", "token  \(own) ", true), ("Authorization", own, true),
      ("X-Vault-Token", own, true), ("x-vault-token", " \(own)", true), ("X-Other", own, false),
      ("Authorization", "Bearer \(own)x", false), ("X-Vault-Token", "", false),
    ] {
      let request = Fixture.request([(name, value)])
      let outcome = verifier.verify(
        request: request, endpoint: try Fixture.endpoint(.none), keys: .none, now: Fixture.now
      ) { (_: Span<UInt8>) -> BearerVerdict<Never> in .refused }
      guard case .verified(let verified, _) = outcome else {
        Issue.record("it was refused")
        return
      }
      #expect(verified.headers.map(\.name) == (isCut ? ["Content-Type"] : ["Content-Type", name]), "\(name)")
    }
  }

  @Test("The logged target of a refused request shows the path alone, in safe and bounded text")
  func refusedTarget() {
    func logged(_ target: String) -> String { Fixture.request([], target: target).requestTargetForLogs }
    #expect(logged("/a/b") == "/a/b")
    #expect(logged("/a/b?secret=\(Fixture.secret)") == "/a/b?(withheld)")
    #expect(logged("/a/b?\(Fixture.secret)") == "/a/b?(withheld)")
    #expect(logged("/a\r\nX: y\u{7f}é") == "/a%0D%0AX:%20y%7F%C3%A9")
    #expect(logged("/" + String(repeating: "a", count: 5_000)).utf8.count == 1_027)
    #expect(logged("") == "")
  }
}
