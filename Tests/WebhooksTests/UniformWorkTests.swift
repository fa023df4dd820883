import Cryptography
import Encodings
import Synchronization
import Testing

@testable import Webhooks

/// Records the steps of one verification.
private final class StepLog: Sendable {
  private let steps = Mutex<[VerificationStep]>([])

  func note(_ step: VerificationStep) { steps.withLock { $0.append(step) } }

  var all: [VerificationStep] { steps.withLock { $0 } }
}

@Suite("The same work whatever failed")
struct UniformWorkTests {
  private func steps(
    _ request: UnverifiedRequest, _ endpoint: EndpointConfiguration?, _ keys: EndpointKeys
  ) -> (steps: [VerificationStep], refusal: WebhookRefusal?) {
    let log = StepLog()
    let verifier = Fixture.verifier { log.note($0) }
    let outcome = Fixture.verify(request, endpoint, keys, verifier: verifier)
    return (log.all, outcome.refusal)
  }

  private static func expected(_ byteCount: Int) -> [VerificationStep] {
    [
      .readCredential, .buildText, .authenticate(.hmacSHA256, byteCount: byteCount), .digestSecret, .compare,
      .checkTime,
    ]
  }

  @Test("Every kind of failure of a body signature takes the same steps over the same bytes")
  func github() throws {
    let type = EndpointAuthentication.signature(try Fixture.github)
    let keys = try Fixture.keys(for: type)
    let endpoint = try Fixture.endpoint(type)
    let right = try Fixture.accepted(type)
    let wrongTag = "sha256=" + String(repeating: "0", count: 64)
    let failures: [(WebhookRefusal, UnverifiedRequest, EndpointConfiguration?, EndpointKeys)] = [
      (.unknownEndpoint, right, nil, .none),
      (.internalOnly, right, try Fixture.endpoint(type, access: .internalOnly), keys),
      (.inactiveEndpoint, right, try Fixture.endpoint(type, isActive: false), keys),
      (.noKeyConfigured, right, endpoint, .none),
      (.credentialMissing, right.removing("X-Hub-Signature-256"), endpoint, keys),
      (.credentialRepeated, right.adding("X-Hub-Signature-256", wrongTag), endpoint, keys),
      (.credentialMalformed, right.replacing("X-Hub-Signature-256", by: "sha256=zz"), endpoint, keys),
      (.credentialMalformed, right.replacing("X-Hub-Signature-256", by: ""), endpoint, keys),
      (.credentialWrong, right.replacing("X-Hub-Signature-256", by: wrongTag), endpoint, keys),
      (.timestampMissing, right, try Fixture.endpoint(type, timestampHeader: "X-Sent"), keys),
      (
        .timestampTooOld, right.adding("X-Sent", Fixture.date(-61)),
        try Fixture.endpoint(type, timestampHeader: "X-Sent"), keys
      ),
    ]
    for (reason, request, endpoint, keys) in failures {
      let (steps, refusal) = steps(request, endpoint, keys)
      #expect(refusal == reason)
      #expect(steps == Self.expected(Fixture.body.count), "\(reason)")
    }
    let (steps, refusal) = steps(right, endpoint, keys)
    #expect(refusal == nil)
    #expect(steps == Self.expected(Fixture.body.count))
  }

  @Test("Every other type takes the steps of an unknown endpoint, right or wrong")
  func otherTypes() throws {
    for authentication in try Fixture.everyAuthentication where authentication.kind != .signature {
      let endpoint = try Fixture.endpoint(authentication)
      let keys = try Fixture.keys(for: authentication)
      let other = try Fixture.keys(for: authentication, secret: "another secret")
      let right = try Fixture.accepted(authentication)
      let unknown = steps(right, nil, .none).steps
      #expect(steps(right, endpoint, keys).steps == unknown, "\(authentication.kind)")
      #expect(steps(right, endpoint, other).steps == unknown)
      #expect(steps(right, endpoint, .none).steps == unknown)
      let bare = steps(Fixture.request([]), endpoint, keys)
      #expect(bare.steps == Self.expected(Fixture.body.count))
      #expect(bare.steps == steps(Fixture.request([]), nil, .none).steps)
    }
  }

  @Test("Failures of a recipe with signed headers take the same steps")
  func recipe() throws {
    let type = EndpointAuthentication.signature(try Fixture.datedRecipe)
    let keys = try Fixture.keys(for: type)
    let endpoint = try Fixture.endpoint(type)
    let right = try Fixture.accepted(type)
    let whole = Fixture.body.count + 29 + 8
    #expect(steps(right, endpoint, keys).steps == Self.expected(whole))
    for request in [
      right.removing("X-Signature"), right.replacing("X-Signature", by: "sha256=00"),
      right.replacing("X-Request-Id", by: "0123abce"), right.replacing("X-Request-Date", by: Fixture.date(-99)),
    ] {
      let (steps, refusal) = steps(request, endpoint, keys)
      #expect(refusal != nil)
      #expect(steps == Self.expected(whole))
    }
    // What is absent cannot be hashed: the text is shorter by what the sender left out, and by nothing else.
    #expect(steps(right.removing("X-Request-Id"), endpoint, keys).steps == Self.expected(whole - 8))
  }

  @Test("A token is asked about exactly when a request carries one, whatever the endpoint")
  func bearer() throws {
    let carrying = Fixture.request([("Authorization", "Bearer nonsense")])
    let endpoints: [EndpointConfiguration?] =
      [nil] + (try Fixture.everyAuthentication.map { try Fixture.endpoint($0) })
      + [try Fixture.endpoint(.bearer, isActive: false)]
    for endpoint in endpoints {
      let keys = try endpoint.map { try Fixture.keys(for: $0.authentication) } ?? .none
      #expect(steps(carrying, endpoint, keys).steps.last == .askBearer)
      #expect(!steps(Fixture.request([]), endpoint, keys).steps.contains(.askBearer))
    }
  }

  @Test("A public-key scheme verifies once per key and candidate, and once where there is none")
  func publicKeys() throws {
    let (_, publicKey) = Ed25519.generate()
    let scheme = try SignatureScheme(
      SignatureScheme.Draft(
        name: "ed", signature: SchemeSource(.header(try HeaderName("X-Sig"))), encoding: .hex, algorithm: .ed25519,
        message: "{body}"))
    let key = try EndpointKey(
      text: Fixture.guarded(Hex.encode(publicKey)), encoding: .ed25519Hex, named: "k", for: scheme)
    let endpoint = try Fixture.endpoint(.signature(scheme))
    for request in [Fixture.request([]), Fixture.request([("X-Sig", "00")]), Fixture.request([("X-Sig", "zz")])] {
      let (steps, refusal) = steps(request, endpoint, try EndpointKeys([key]))
      #expect(refusal != nil)
      #expect(steps.contains(.authenticate(.ed25519, byteCount: Fixture.body.count)))
      #expect(steps.count == 6)
    }
  }
}
