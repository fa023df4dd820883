import Cryptography
import Encodings
import Glibc
import Webhooks

/// Whether the time of a refusal tells its kind: Welch's t between a forged signature and each other kind of refusal, over
/// interleaved samples in process (quality.md, Q3). A JSON line for each pair.
///
/// Two figures for each: of all samples, and of those below the 90th percentile of both together, as is the custom
/// (interruptions by the system make the tail, and hide differences in the all). Above 4.5 the kinds can be told apart
/// with that many samples by somebody who shares the processor with the service; over a network it takes far more.
@main
enum RefusalTiming {
  static let now = Instant(secondsSinceEpoch: 1_800_000_000)
  static let secret = Array("correct-horse-battery-staple".utf8)

  /// A kind of refusal: what is sent, to what.
  struct Kind {
    let name: String
    let request: UnverifiedRequest
    let endpoint: EndpointConfiguration?
    let keys: EndpointKeys
    /// The endpoint is another one, in the place of one that does not exist.
    var standsIn = false
  }

  static func main() throws {
    let samples = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
    try SecretArena.shared.reserve(allowingUnlocked: true)
    let verifier = WebhookVerifier(decoyKey: GuardedBytes(random: 32))
    for scheme in ["github", "standard-webhooks"] {
      let kinds = try Self.kinds(scheme)
      for kind in kinds { for _ in 0..<2_000 { _ = time(verifier, kind) } }
      // The first against itself: what the method shows where there is nothing to see.
      for other in [kinds[0]] + kinds.dropFirst() { compare(scheme, kinds[0], other, samples, verifier) }
    }
  }

  private static func kinds(_ name: String) throws -> [Kind] {
    guard let scheme = SchemeCatalogue.builtIn.scheme(named: name) else { return [] }
    let type = EndpointAuthentication.signature(scheme)
    func endpoint(_ isActive: Bool = true) throws -> EndpointConfiguration {
      try EndpointConfiguration(
        id: "ep-1", access: .internalAndPublic, isActive: isActive, authentication: type,
        publicURL: "https://hooks.example.net/api/automation/ep-1")
    }
    func keys(_ text: [UInt8], _ validity: KeyValidity = .always) throws -> EndpointKeys {
      try EndpointKeys([
        EndpointKey(text: GuardedBytes(copying: text), encoding: .utf8, named: "k", for: scheme, validity: validity)
      ])
    }
    let own = try keys(secret)
    let ended = try keys(secret, try KeyValidity(notBefore: nil, notAfter: now.advanced(byMilliseconds: -1)))
    let right = request(name, time: now.millisecondsSinceEpoch / 1_000)
    let forged = replacing(right) { wrong($0) }
    var kinds = [
      Kind(name: "forged", request: forged, endpoint: try endpoint(), keys: own),
      Kind(
        name: "another key", request: right, endpoint: try endpoint(),
        keys: try keys(Array("another-horse-battery-staples".utf8))),
      Kind(name: "key that has ended", request: right, endpoint: try endpoint(), keys: ended),
      Kind(name: "no key", request: forged, endpoint: try endpoint(), keys: .none),
      Kind(name: "inactive endpoint", request: forged, endpoint: try endpoint(false), keys: own),
      Kind(name: "unknown endpoint", request: forged, endpoint: try endpoint(), keys: own, standsIn: true),
      Kind(
        name: "signature that cannot be read", request: replacing(right) { unreadable($0) }, endpoint: try endpoint(),
        keys: own),
      Kind(name: "no signature", request: replacing(right) { _ in nil }, endpoint: try endpoint(), keys: own),
    ]
    if scheme.timestampIsChecked {
      let old = request(name, time: now.millisecondsSinceEpoch / 1_000 - 1_000)
      kinds.append(Kind(name: "too old", request: old, endpoint: try endpoint(), keys: own))
    }
    return kinds
  }

  // MARK: Requests

  private static let body = Array(#"{"id":"evt_1","#.utf8) + [UInt8](repeating: 0x20, count: 1_000) + Array("}".utf8)

  private static func request(_ scheme: String, time: Int64) -> UnverifiedRequest {
    let key = GuardedBytes(copying: secret)
    var headers = [RequestHeader("Content-Type", "application/json"), RequestHeader("User-Agent", "sender/1")]
    if scheme == "github" {
      let tag = HMAC.authenticate(body, key: key, hash: .sha256)
      headers.append(RequestHeader("X-Hub-Signature-256", "sha256=" + Hex.encode(tag)))
    } else {
      let tag = HMAC.authenticate(Array("msg_1.\(time).".utf8) + body, key: key, hash: .sha256)
      headers += [
        RequestHeader("webhook-id", "msg_1"), RequestHeader("webhook-timestamp", String(time)),
        RequestHeader("webhook-signature", "v1," + Base64.encode(tag)),
      ]
    }
    return UnverifiedRequest(method: "POST", target: "/api/automation/ep-1", headers: headers, body: body)
  }

  /// The request with its signature, which stands last, changed or taken away.
  private static func replacing(_ request: UnverifiedRequest, _ change: (String) -> String?) -> UnverifiedRequest {
    var headers = request.headers
    let last = headers.removeLast()
    if let value = change(String(decoding: last.value, as: UTF8.self)) {
      headers.append(RequestHeader(last.name, value))
    }
    return UnverifiedRequest(method: request.method, target: request.target, headers: headers, body: request.body)
  }

  /// The first character of the digest, another one of its alphabet.
  private static func wrong(_ value: String) -> String {
    let at = value.firstIndex { $0 == "=" || $0 == "," }.map { value.index(after: $0) } ?? value.startIndex
    return value[..<at] + (value[at] == "a" ? "b" : "a") + value[value.index(after: at)...]
  }

  /// The last but one character of the digest, one of no alphabet.
  private static func unreadable(_ value: String) -> String { value.dropLast(2) + "!" + value.suffix(1) }

  // MARK: Measuring

  private static func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_RAW, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  @inline(never)
  private static func time(_ verifier: WebhookVerifier, _ kind: Kind) -> Int64 {
    let begin = nanoseconds()
    let outcome: VerificationOutcome<Never> = verifier.verify(
      request: kind.request, endpoint: kind.endpoint, keys: kind.keys, standsIn: kind.standsIn, now: now,
      bearerCheck: { _ in .refused })
    let end = nanoseconds()
    guard case .refused = outcome else { exit(1) }
    return end - begin
  }

  private static func compare(
    _ scheme: String, _ first: Kind, _ second: Kind, _ samples: Int, _ verifier: WebhookVerifier
  ) {
    var times: [[Int64]] = [[], []]
    for index in times.indices { times[index].reserveCapacity(samples) }
    // In an order that nothing in the machine can be in step with.
    var random = SystemRandomNumberGenerator()
    var bits: UInt64 = 0
    for round in 0..<(2 * samples) {
      if round & 63 == 0 { bits = random.next() }
      var side = Int(bits >> UInt64(round & 63) & 1)
      if times[side].count == samples { side = 1 - side }
      times[side].append(time(verifier, side == 0 ? first : second))
    }
    let limit = (times[0] + times[1]).sorted()[samples * 2 * 9 / 10]
    let all = welch(times[0], times[1])
    let cropped = welch(times[0].filter { $0 < limit }, times[1].filter { $0 < limit })
    let medians = times.map { $0.sorted()[samples / 2] }
    print(
      #"{"scheme":"\#(scheme)","first":"\#(first.name)","second":"\#(second.name)","samples":\#(samples),"#
        + #""median_ns":[\#(medians[0]),\#(medians[1])],"t_all":\#(rounded(all)),"t_below_90th":\#(rounded(cropped))}"#)
  }

  /// Welch's t: the difference of the means by its standard error, without assuming equal variances.
  private static func welch(_ first: [Int64], _ second: [Int64]) -> Double {
    func moments(_ values: [Int64]) -> (mean: Double, variance: Double) {
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
      let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      return (mean, squares / Double(values.count - 1))
    }
    let (one, two) = (moments(first), moments(second))
    return (one.mean - two.mean)
      / (one.variance / Double(first.count) + two.variance / Double(second.count)).squareRoot()
  }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
