import Encodings
import SourceText
import TestSupport
import Testing

@testable import Webhooks

/// One case of the vectors.
struct VectorCase {
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
      publicURL: publicURL, settings: settings, waivesTopic: true)
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

  var settings: [String: String] {
    var result: [String: String] = [:]
    for entry in member("config").map(tape.children) ?? [] { result[tape.key(entry) ?? ""] = tape.string(entry) }
    return result
  }

  /// All cases of the vectors.
  static func all() throws -> [VectorCase] {
    let tape = try Vectors.json("webhooks.json")
    return tape.children(try #require(tape.member(tape.root, "cases"))).map { VectorCase(tape: tape, node: $0) }
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

  func keys(_ scheme: SignatureScheme, validity: KeyValidity = .always) throws -> EndpointKeys {
    var keys: [EndpointKey] = []
    let nodes: [JSONTape.Node] = member("keys").map { Array(tape.children($0)) } ?? []
    for (index, key) in nodes.enumerated() {
      guard let encoding = tape.member(key, "encoding").flatMap(tape.string).flatMap(KeyEncoding.init(rawValue:)),
        let value = tape.member(key, "value").flatMap(tape.string)
      else { throw Malformed() }
      keys.append(
        try EndpointKey(
          text: Fixture.guarded(value), encoding: encoding, named: "k\(index)", for: scheme,
          url: tape.member(key, "url").flatMap(tape.string), validity: validity))
    }
    return try EndpointKeys(keys)
  }

  func body() throws -> [UInt8] {
    guard let once = Base64.decode(text("body_b64")) else { throw Malformed() }
    let times = member("body_repeat").flatMap(tape.integer) ?? 1
    var body: [UInt8] = []
    body.reserveCapacity(once.count * Int(times))
    for _ in 0..<times { body += once }
    return body
  }
}
