import Cryptography
import Encodings
import Synchronization
import Testing

@testable import Webhooks

/// Every scheme of the catalogue with every kind of failure: an injected probe must see the same steps over the same
/// bytes, but for the bytes that the sender left out.
@Suite("The same work for every scheme and every failure")
struct UniformRefusalTests {
  /// What a probe saw of one request.
  private struct Seen: Equatable {
    var steps: [VerificationStep]
    /// The signed bytes left out of the text: what is absent cannot be hashed.
    func without(_ count: Int) -> [VerificationStep] {
      steps.map { step in
        guard case .authenticate(let algorithm, let bytes) = step else { return step }
        return .authenticate(algorithm, byteCount: bytes - count)
      }
    }
  }

  /// One accepted request of a scheme, and what it is judged by.
  private struct Right {
    let scheme: SignatureScheme
    let endpoint: EndpointConfiguration
    let request: UnverifiedRequest
    let keys: EndpointKeys
    let now: Instant
    let vector: VectorCase
  }

  private func look(
    _ request: UnverifiedRequest, _ endpoint: EndpointConfiguration?, _ keys: EndpointKeys, standsIn: Bool = false,
    now: Instant
  ) -> (seen: Seen, refusal: WebhookRefusal?) {
    let steps = Mutex<[VerificationStep]>([])
    let verifier = Fixture.verifier { step in steps.withLock { $0.append(step) } }
    let refusal = Fixture.verify(request, endpoint, keys, standsIn: standsIn, now: now, verifier: verifier).refusal
    return (Seen(steps: steps.withLock { $0 }), refusal)
  }

  private func rights() throws -> [Right] {
    var found: [String: Right] = [:]
    let definitions = SchemeCatalogue.builtIn.definitions
    for vector in try VectorCase.all() where vector.text("expected") == "accept" {
      let name = vector.text("scheme")
      guard found[name] == nil, case .scheme(let scheme) = definitions[name] else { continue }
      let (endpoint, request, now) = try vector.parts(scheme)
      found[name] = Right(
        scheme: scheme, endpoint: endpoint, request: request, keys: try vector.keys(scheme), now: now, vector: vector)
    }
    return found.values.sorted { $0.scheme.name < $1.scheme.name }
  }

  @Test("Wrong key, key out of date, no signature, a wrong, doubled or unreadable one, a time too old or too new")
  func everyFailure() throws {
    var judged = 0
    var reasons: Set<WebhookRefusal> = []
    func hold(_ right: Right, _ request: UnverifiedRequest, _ keys: EndpointKeys, _ now: Instant, without: Int = 0) {
      let accepted = look(right.request, right.endpoint, right.keys, now: right.now)
      #expect(accepted.refusal == nil, "\(right.scheme.name)")
      let (seen, refusal) = look(request, right.endpoint, keys, now: now)
      #expect(refusal != nil, "\(right.scheme.name)")
      #expect(seen.steps == accepted.seen.without(without), "\(right.scheme.name): \(refusal?.rawValue ?? "accepted")")
      if let refusal { reasons.insert(refusal) }
      judged += 1
    }
    for right in try rights() {
      // Keys.
      let ended = KeyTimes(right.now)
      hold(right, right.request, try right.vector.keys(right.scheme, validity: ended.past), right.now)
      hold(right, right.request, try right.vector.keys(right.scheme, validity: ended.future), right.now)
      // The signature, where it is in a header.
      for request in Self.wrongSignatures(right) { hold(right, request, right.keys, right.now) }
      // The time.
      if right.scheme.timestamp != nil {
        let week: Int64 = 8 * 86_400_000
        hold(right, right.request, right.keys, right.now.advanced(byMilliseconds: week))
        hold(right, right.request, right.keys, right.now.advanced(byMilliseconds: -week))
      }
      // Values in headers of their own: another one, and none at all.
      for (index, value) in right.scheme.values.enumerated() {
        guard case .header(let name) = value.source.place, value.source.separator == nil,
          right.scheme.signature.place != value.source.place
        else { continue }
        let header = right.request.headers.first { name.matches($0.name) }
        let count = header?.trimmedValue.count ?? 0
        let text = String(decoding: header?.trimmedValue ?? [], as: UTF8.self)
        let signed = right.scheme.message.parts.contains(.value(index)) ? count : 0
        let removed = right.request.with(headers: right.request.headers.filter { !name.matches($0.name) })
        hold(right, removed, right.keys, right.now, without: signed)
        let doubled = right.request.adding(name.text, text)
        hold(right, doubled, right.keys, right.now, without: signed)
      }
      for expectation in right.scheme.expectations {
        guard case .header(let name) = expectation.source.place else { continue }
        let other = right.request.headers.map { name.matches($0.name) ? RequestHeader($0.name, "other") : $0 }
        hold(right, right.request.with(headers: other), right.keys, right.now)
      }
    }
    #expect(judged == 296)
    #expect(
      reasons.isSuperset(of: [
        .credentialMissing, .credentialRepeated, .credentialMalformed, .credentialWrong, .tooManySignatures,
        .keyOutOfDate,
        .timestampTooOld, .timestampTooNew, .timestampMissing, .timestampRepeated, .valueMissing, .valueRepeated,
        .expectationFailed,
      ]))
  }

  @Test("An endpoint that is inactive, internal, or stands in for an unknown one costs what a forged request costs it")
  func noEndpoint() throws {
    var judged = 0
    for right in try rights() {
      let type = EndpointAuthentication.signature(right.scheme)
      let settings = right.endpoint.settings.mapValues { String(decoding: $0, as: UTF8.self) }
      func endpoint(_ access: EndpointConfiguration.Access, _ isActive: Bool) throws -> EndpointConfiguration {
        try EndpointConfiguration(
          id: "vectors", access: access, isActive: isActive, authentication: type,
          publicURL: String(decoding: right.endpoint.publicURL, as: UTF8.self), settings: settings, waivesTopic: true)
      }
      let accepted = look(right.request, right.endpoint, right.keys, now: right.now)
      for (other, reason) in [
        (
          look(right.request, try endpoint(.internalOnly, true), right.keys, now: right.now),
          WebhookRefusal.internalOnly
        ),
        (look(right.request, try endpoint(.internalAndPublic, false), right.keys, now: right.now), .inactiveEndpoint),
        (look(right.request, right.endpoint, right.keys, standsIn: true, now: right.now), .unknownEndpoint),
      ] {
        #expect(other.refusal == reason)
        #expect(other.seen == accepted.seen, "\(right.scheme.name)")
        judged += 1
      }
    }
    #expect(judged == 117)
  }

  @Test("An id that leads nowhere has one stand-in, which nobody outside can foresee")
  func standIns() {
    let one = WebhookVerifier(decoyKey: GuardedBytes(copying: [UInt8](repeating: 1, count: 32)))
    let other = WebhookVerifier(decoyKey: GuardedBytes(copying: [UInt8](repeating: 2, count: 32)))
    #expect(one.standInNumber(of: "a") == one.standInNumber(of: "a"))
    #expect(one.standInNumber(of: "a") != one.standInNumber(of: "b"))
    #expect(one.standInNumber(of: "a") != other.standInNumber(of: "a"))
  }

  @Test("Of two keys both are tried, whichever fits and whichever counts")
  func twoKeys() throws {
    let scheme = try Fixture.github
    let type = EndpointAuthentication.signature(scheme)
    let times = KeyTimes(Fixture.now)
    let request = try Fixture.accepted(type)
    var steps: Set<[VerificationStep]> = []
    for validities in [
      [KeyValidity.always, .always], [times.past, .always], [.always, times.past], [times.past, times.past],
    ] {
      for secrets in [["other", Fixture.secret], [Fixture.secret, "other"], ["other", "another"]] {
        let keys = try zip(secrets, validities).enumerated().map { index, pair in
          try EndpointKey(
            text: Fixture.guarded(pair.0), encoding: .utf8, named: "k\(index)", for: scheme, validity: pair.1)
        }
        steps.insert(look(request, try Fixture.endpoint(type), try EndpointKeys(keys), now: Fixture.now).seen.steps)
      }
    }
    #expect(steps.count == 1)
    #expect(steps.first?.filter { $0 == .authenticate(.hmacSHA256, byteCount: Fixture.body.count) }.count == 2)
  }

  /// Validities that ended just before, or begin just after.
  private struct KeyTimes {
    let past: KeyValidity
    let future: KeyValidity

    init(_ now: Instant) {
      past = (try? KeyValidity(notBefore: nil, notAfter: now.advanced(byMilliseconds: -1))) ?? .always
      future = (try? KeyValidity(notBefore: now.advanced(byMilliseconds: 1), notAfter: nil)) ?? .always
    }
  }

  /// The request without its signature, with two, with one that cannot be read, a wrong one, and too many.
  private static func wrongSignatures(_ right: Right) -> [UnverifiedRequest] {
    guard case .header(let name) = right.scheme.signature.place,
      !right.scheme.values.contains(where: { $0.source.place == right.scheme.signature.place }),
      let header = right.request.headers.first(where: { name.matches($0.name) })
    else { return [] }
    let value = String(decoding: header.trimmedValue, as: UTF8.self)
    let tag = String(decoding: right.scheme.signature.tag ?? [], as: UTF8.self)
    let separator = right.scheme.signature.separator.map { String(decoding: $0, as: UTF8.self) }
    func replaced(_ text: String) -> UnverifiedRequest {
      right.request.with(
        headers: right.request.headers.map { name.matches($0.name) ? RequestHeader($0.name, text) : $0 })
    }
    let signature = right.scheme.algorithm == .token ? "x" : value.dropFirst(tag.count).description
    let wrong = tag + (signature.first == "A" || signature.first == "a" ? "b" : "a") + signature.dropFirst()
    var result = [
      right.request.with(headers: right.request.headers.filter { !name.matches($0.name) }),
      right.request.adding(header.name, value), replaced(wrong),
    ]
    if right.scheme.algorithm != .token { result.append(replaced(tag + "!")) }
    if let separator { result.append(replaced([String](repeating: value, count: 17).joined(separator: separator))) }
    return result
  }
}
