import Encodings
import TestSupport
import Testing
import Webhooks

@Suite("Requests from anywhere")
struct RequestFuzzTests {
  /// Schemes that between them use every source and every part.
  private static let schemes = """
    everything:
      signature: {in: header-family, name: X-Sig-, split: ",", tag: "v1=", encoding: base64}
      algorithm: hmac-sha256
      values:
        t: {in: query, name: t}
        id: {in: json, name: /a/0}
      message: "{method}{url}{hubspot(url)}{t}{id}{crc32(body)}{sha256hex(body)}{form-sorted(body)}{body}"
      expect: [{in: query, name: h, equals: "{sha256hex(body)}"}]
      timestamp: {value: t, format: rfc3339, past: 1, future: 1}
      replay: {in: json, name: /a}
    notification:
      signature: {in: json, name: /Signature, encoding: base64}
      algorithm: hmac-sha256
      message: "{sns(body)}"
    """

  @Test("A seeded request never traps, is decided the same way twice, and forgers never get in")
  func fuzz() throws {
    var random = SeededRandom(seed: 0x5EED_0004)
    let catalogue = try SchemeCatalogue.load(Self.schemes, file: "fuzz.yaml").get()
    var types = try Fixture.everyAuthentication.filter { $0.kind != .none }
    for name in catalogue.names { types.append(.signature(try #require(catalogue.scheme(named: name)))) }
    let prepared = try types.map {
      (try Fixture.endpoint($0, timestampHeader: "X-Sent"), try Fixture.keys(for: $0))
    }
    var reasons: Set<WebhookRefusal> = []
    for _ in 0..<6_000 {
      let (endpoint, keys) = prepared[random.number(in: 0...prepared.count - 1)]
      let request = Self.request(&random)
      let outcome = Fixture.verify(request, endpoint, keys)
      let reason = try #require(outcome.refusal)
      #expect(Fixture.verify(request, endpoint, keys).refusal == reason)
      #expect(Fixture.verify(request, nil, keys).refusal == .unknownEndpoint)
      reasons.insert(reason)
      _ = request.requestTargetForLogs
    }
    #expect(reasons.count >= 8)
  }

  private static func request(_ random: inout SeededRandom) -> UnverifiedRequest {
    let names = [
      "X-Sig-1", "X-Sig-999", "X-Sig-1000", "X-Sig-01", "X-Signature", "X-Request-Date", "X-Request-Id", "X-Sent",
      "Authorization", "X-Hub-Signature-256", "X-Api-Secret", "Idempotency-Key", "", "é",
    ]
    var headers: [RequestHeader] = []
    for _ in 0..<random.number(in: 0...6) {
      headers.append(RequestHeader(name: random.element(of: names) ?? "", value: value(&random)))
    }
    var target = Array("/api/automation/ep-1".utf8)
    if random.oneIn(2) {
      target += Array("?".utf8)
      for _ in 0..<random.number(in: 0...4) {
        target += Array((random.element(of: ["t=", "h=", "secret=", "&", "%", "%74=", "=", "??"]) ?? "").utf8)
        target += value(&random)
        target += Array("&".utf8)
      }
    }
    return UnverifiedRequest(
      method: random.element(of: ["POST", "", "é"]) ?? "", target: target, headers: headers, body: body(&random))
  }

  private static func value(_ random: inout SeededRandom) -> [UInt8] {
    switch random.number(in: 0...7) {
    case 0: random.bytes(random.number(in: 0...40))
    case 1: Array(random.text(maximumCount: 20).utf8)
    case 2: Array(("v1=" + Base64.encode(random.bytes(32)) + ",v1=x").utf8)
    case 3: Array("sha256=\(Hex.encode(random.bytes(32)))".utf8)
    case 4: Array("Basic \(Base64.encode(random.bytes(random.number(in: 0...30))))".utf8)
    case 5: Array("Bearer \(Base64.encode(random.bytes(random.number(in: 0...30))))".utf8)
    case 6: Array(Fixture.date(Int64(random.number(in: -100...100))).utf8)
    default: Array("2027-01-15T08:00:00Z".utf8)
    }
  }

  private static func body(_ random: inout SeededRandom) -> [UInt8] {
    switch random.number(in: 0...4) {
    case 0: random.bytes(random.number(in: 0...60))
    case 1: Array(#"{"a":["\#(random.number(in: 0...9))"],"Type":"Notification"}"#.utf8)
    case 2:
      Array(
        #"{"Type":"Notification","Message":"m","MessageId":"i","Timestamp":"t","TopicArn":"a","Signature":"AA=="}"#.utf8
      )
    case 3: Array("a=1&b=%zz&c=+".utf8)
    default: []
    }
  }
}
