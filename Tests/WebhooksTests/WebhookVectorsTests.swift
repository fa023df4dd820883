import Cryptography
import Encodings
import SourceText
import TestSupport
import Testing

@testable import Webhooks

@Suite("Others' webhook vectors")
struct WebhookVectorsTests {
  /// Every field a case may have; an unknown one means that the vectors say something we do not read.
  private static let fields: Set<String> = [
    "id", "provider", "scheme", "recipe", "reason", "expected", "now", "keys", "method", "url", "headers", "body_b64",
    "body_repeat", "config", "replay_id", "oracle", "oracle_verdict", "basis", "checked_with", "note",
  ]

  @Test("Every verdict of the vectors is ours, and every delivery id is found")
  func verdicts() throws {
    let tape = try Vectors.json("webhooks.json")
    let definitions = try Self.definitions(try #require(tape.member(tape.root, "schemes")), in: tape)
    let verifier = Fixture.verifier()
    var judged = 0
    var deliveries = 0
    for node in tape.children(try #require(tape.member(tape.root, "cases"))) {
      let vector = VectorCase(tape: tape, node: node)
      #expect(vector.unknownFields(Self.fields).isEmpty)
      let outcome = try? vector.outcome(verifier, definitions)
      #expect((outcome?.request != nil) == (vector.text("expected") == "accept"), "\(vector.text("id"))")
      judged += 1
      guard let id = vector.member("replay_id").flatMap(tape.string) else { continue }
      #expect(outcome?.request?.deliveryID == Array(id.utf8), "\(vector.text("id"))")
      deliveries += 1
    }
    #expect(judged == 2_733)
    #expect(deliveries == 298)
  }

  @Test("The whole catalogue of the vectors loads")
  func catalogue() throws {
    let text = String(decoding: try Vectors.bytes("schemes.yaml"), as: UTF8.self)
    let catalogue = try SchemeCatalogue.load(text, file: "schemes.yaml").get()
    #expect(catalogue.names.count == 40)
    func codes(_ name: String) -> [String] { catalogue.scheme(named: name)?.warnings.map(\.code) ?? ["missing"] }
    for clean in [
      "github", "stripe", "slack", "standard-webhooks", "halo", "sendgrid", "box-primary", "linear", "aws-sns-v2",
    ] {
      #expect(codes(clean).isEmpty, "\(clean)")
    }
    #expect(codes("intercom") == ["webhook.sha1"])
    #expect(codes("gitlab-token") == ["webhook.static-token"])
    #expect(codes("mailgun") == ["webhook.body-not-signed"])
    #expect(codes("paypal") == ["webhook.body-bound-by-checksum"])
    #expect(codes("zendesk") == [])
    #expect(codes("square") == ["webhook.touching-parts"])
    #expect(codes("twilio-form") == ["webhook.touching-parts", "webhook.recuttable-form", "webhook.sha1"])
  }

  @Test("A right signature under one certificate does not stand for a request that names another")
  func certificateOfAnotherAddress() throws {
    let tape = try Vectors.json("webhooks.json")
    let definitions = try Self.definitions(try #require(tape.member(tape.root, "schemes")), in: tape)
    let cases = tape.children(try #require(tape.member(tape.root, "cases"))).map { VectorCase(tape: tape, node: $0) }
    let paypal = cases.filter { $0.text("scheme") == "paypal" }
    let right = try #require(paypal.first { $0.text("expected") == "accept" })
    let forged = try #require(paypal.first { $0.text("reason") == "certificate url: plain http" })
    let scheme = try right.scheme(definitions)
    let named = "https://api.paypal.com/v1/notifications/certs/CERT-00"
    let own = try right.keys(scheme)
    let other = try EndpointKey(
      text: Fixture.guarded(try #require(forged.certificates.last)), encoding: .x509PEM, named: "other", for: scheme,
      url: named)
    let keys = try EndpointKeys(own.keys + [other])
    let (endpoint, request, now) = try right.parts(scheme)
    #expect(Fixture.verify(request, endpoint, keys, now: now).request != nil)
    let renamed = request.headers.map { header in
      header.name.lowercased() == "paypal-cert-url" ? RequestHeader(header.name, named) : header
    }
    #expect(Fixture.verify(request.with(headers: renamed), endpoint, keys, now: now).refusal == .credentialWrong)
  }

  private static func definitions(_ node: JSONTape.Node, in tape: JSONTape) throws -> [String: SchemeDefinition] {
    var result: [String: SchemeDefinition] = [:]
    for scheme in tape.children(node) {
      let name = try #require(tape.key(scheme))
      let source = try SourceTape.parse(Array(tape.text(scheme)), file: "scheme.json").get()
      result[name] = try SchemeCatalogue.definition(named: name, try #require(source.first))
    }
    return result
  }
}

/// One case of the vectors.
private struct VectorCase {
  let tape: JSONTape
  let node: JSONTape.Node

  struct Malformed: Error {}

  func member(_ name: String) -> JSONTape.Node? { tape.member(node, name) }

  func text(_ name: String) -> String { member(name).flatMap(tape.string) ?? "" }

  func unknownFields(_ known: Set<String>) -> [String] {
    tape.children(node).compactMap(tape.key).filter { !known.contains($0) }
  }

  func outcome(
    _ verifier: WebhookVerifier, _ definitions: [String: SchemeDefinition]
  ) throws -> VerificationOutcome<Never> {
    let scheme = try scheme(definitions)
    let (endpoint, request, now) = try parts(scheme)
    return verifier.verify(
      request: request, endpoint: endpoint, keys: try keys(scheme), now: now
    ) { (_: Span<UInt8>) -> BearerVerdict<Never> in .refused }
  }

  func parts(
    _ scheme: SignatureScheme
  ) throws -> (endpoint: EndpointConfiguration, request: UnverifiedRequest, now: Instant) {
    let url = text("url")
    let publicURL = String(url.prefix { $0 != "?" })
    let endpoint = try EndpointConfiguration(
      id: "vectors", access: .internalAndPublic, isActive: true, authentication: .signature(scheme),
      publicURL: publicURL, settings: settings)
    let path = publicURL.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
    let headers = member("headers").map(tape.children) ?? []
    let request = UnverifiedRequest(
      method: text("method"), target: String(path) + url.dropFirst(publicURL.count),
      headers: headers.map { header in
        RequestHeader(
          tape.element(header, 0).flatMap(tape.string) ?? "", tape.element(header, 1).flatMap(tape.string) ?? "")
      },
      body: try body())
    guard let now = member("now").flatMap(tape.integer) else { throw Malformed() }
    return (endpoint, request, Instant(secondsSinceEpoch: now))
  }

  /// The text of every key.
  var certificates: [String] {
    (member("keys").map(tape.children) ?? []).compactMap { tape.member($0, "value").flatMap(tape.string) }
  }

  private var settings: [String: String] {
    var result: [String: String] = [:]
    for entry in member("config").map(tape.children) ?? [] { result[tape.key(entry) ?? ""] = tape.string(entry) }
    return result
  }

  func scheme(_ definitions: [String: SchemeDefinition]) throws -> SignatureScheme {
    switch definitions[text("scheme")] {
    case nil: throw Malformed()
    case .scheme(let scheme): return scheme
    case .recipe(let defaults):
      guard let settings = member("recipe") else { return try defaults.scheme() }
      let source = try SourceTape.parse(Array(tape.text(settings)), file: "recipe.json").get()
      guard let node = source.first else { throw Malformed() }
      return try defaults.applying(node).scheme()
    }
  }

  func keys(_ scheme: SignatureScheme) throws -> EndpointKeys {
    var keys: [EndpointKey] = []
    for key in member("keys").map(tape.children) ?? [] {
      guard let encoding = tape.member(key, "encoding").flatMap(tape.string).flatMap(KeyEncoding.init(rawValue:)),
        let value = tape.member(key, "value").flatMap(tape.string)
      else { throw Malformed() }
      keys.append(
        try EndpointKey(
          text: Fixture.guarded(value), encoding: encoding, named: "k", for: scheme,
          url: tape.member(key, "url").flatMap(tape.string)))
    }
    return try EndpointKeys(keys)
  }

  private func body() throws -> [UInt8] {
    guard let once = Base64.decode(text("body_b64")) else { throw Malformed() }
    let times = member("body_repeat").flatMap(tape.integer) ?? 1
    var body: [UInt8] = []
    body.reserveCapacity(once.count * Int(times))
    for _ in 0..<times { body += once }
    return body
  }
}
