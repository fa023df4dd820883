import Cryptography
import Encodings
import TestSupport
import Testing

@testable import Webhooks

@Suite("Others' handshake vectors")
struct ChallengeVectorsTests {
  private static let fields: Set<String> = [
    "id", "provider", "reason", "now", "keys", "config", "request", "expected", "oracle",
  ]
  private static let expectedFields: Set<String> = ["answer", "status", "content_type", "body", "headers"]

  @Test("Every handshake of the vectors is answered, or refused, as they say")
  func verdicts() throws {
    let tape = try Vectors.json("webhooks.json")
    let schemes = try SchemeCatalogue.load(
      String(decoding: try Vectors.bytes("schemes.yaml"), as: UTF8.self), file: "schemes.yaml"
    ).get()
    var answered = 0
    var refused = 0
    for node in tape.children(try #require(tape.member(tape.root, "handshakes"))) {
      let vector = HandshakeVector(tape: tape, node: node)
      #expect(vector.unknownFields(Self.fields, in: node).isEmpty)
      let expected = try #require(tape.member(node, "expected"))
      #expect(vector.unknownFields(Self.expectedFields, in: expected).isEmpty)
      let outcome = try vector.outcome(schemes)
      let id = vector.text("id", in: node)
      guard tape.member(expected, "answer").flatMap(tape.bool) == true else {
        if case .answered = outcome { Issue.record("\(id) was answered") }
        refused += 1
        continue
      }
      guard case .answered(let answer) = outcome else {
        Issue.record("\(id) was not answered")
        continue
      }
      try vector.compare(answer, with: expected)
      answered += 1
    }
    #expect(answered == 10)
    #expect(refused == 15)
  }
}

/// One case of the handshake vectors.
private struct HandshakeVector {
  let tape: JSONTape
  let node: JSONTape.Node

  func text(_ name: String, in node: JSONTape.Node) -> String { tape.member(node, name).flatMap(tape.string) ?? "" }

  func unknownFields(_ known: Set<String>, in node: JSONTape.Node) -> [String] {
    tape.children(node).compactMap(tape.key).filter { !known.contains($0) }
  }

  /// What the two steps of an endpoint say: verify, then read as a handshake.
  func outcome(_ schemes: SchemeCatalogue) throws -> ChallengeOutcome {
    let profile = try #require(ChallengeCatalogue.builtIn.profile(named: text("provider", in: node)))
    let scheme = try profile.schemes.first.map { try #require(schemes.scheme(named: $0)) }
    let request = try #require(tape.member(node, "request"))
    let url = text("url", in: request)
    let publicURL = String(url.prefix { $0 != "?" })
    let endpoint = try EndpointConfiguration(
      id: "vectors", access: .internalAndPublic, isActive: true,
      authentication: scheme.map { .signature($0) } ?? .none, publicURL: publicURL, challenge: profile)
    let path = publicURL.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
    let headers = tape.member(request, "headers").map(tape.children) ?? []
    let unverified = UnverifiedRequest(
      method: text("method", in: request), target: String(path) + url.dropFirst(publicURL.count),
      headers: headers.map { header in
        RequestHeader(
          tape.element(header, 0).flatMap(tape.string) ?? "", tape.element(header, 1).flatMap(tape.string) ?? "")
      },
      body: try #require(Base64.decode(Array(text("body_b64", in: request).utf8))))
    let now = Instant(secondsSinceEpoch: try #require(tape.member(node, "now").flatMap(tape.integer)))
    let verifier = Fixture.verifier()
    let keys = try keys(scheme)
    let verification = verifier.verify(
      request: unverified, endpoint: endpoint, keys: keys, now: now
    ) { (_: Span<UInt8>) -> BearerVerdict<Never> in .refused }
    let token = tape.member(node, "config").map { text("verify_token", in: $0) } ?? ""
    return verifier.challenge(
      request: unverified, endpoint: endpoint, keys: keys, verifyToken: try? VerifyToken(Fixture.guarded(token)),
      awaitsKey: false, now: now, verification: verification)
  }

  private func keys(_ scheme: SignatureScheme?) throws -> EndpointKeys {
    guard let scheme else { return .none }
    return try EndpointKeys(
      (tape.member(node, "keys").map(tape.children) ?? []).map { key in
        try EndpointKey(
          text: Fixture.guarded(text("value", in: key)),
          encoding: try #require(KeyEncoding(rawValue: text("encoding", in: key))), named: "key", for: scheme)
      })
  }

  func compare(_ answer: ChallengeAnswer, with expected: JSONTape.Node) throws {
    let id = text("id", in: node)
    #expect(tape.member(expected, "status").flatMap(tape.integer) == Int64(answer.status), "\(id)")
    let type = answer.headers.first { $0.name == "Content-Type" }?.value ?? ""
    #expect(type.prefix { $0 != ";" } == text("content_type", in: expected), "\(id)")
    let body = try #require(tape.member(expected, "body"))
    switch tape.kind(body) {
    case .string: #expect(tape.stringBytes(body) == answer.body, "\(id)")
    default:
      #expect(try JSONTape(answer.body).canonicalText(JSONTape(answer.body).root) == tape.canonicalText(body), "\(id)")
    }
    for header in tape.member(expected, "headers").map(tape.children) ?? [] {
      let found = answer.headers.first { $0.name == tape.key(header) }?.value
      #expect(found == tape.string(header), "\(id)")
    }
    #expect(answer.headers.contains { $0 == ("X-Content-Type-Options", "nosniff") }, "\(id)")
    #expect(answer.headers.contains { $0 == ("Cache-Control", "no-store") }, "\(id)")
  }
}
