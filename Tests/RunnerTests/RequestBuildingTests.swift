import Destinations
import Encodings
import Labels
import RunEngine
import Runbooks
import Storage
import Testing

@testable import Runner

@Suite("RequestBuilding")
struct RequestBuildingTests {
  static func method(_ name: String, _ text: String = Samples.text) throws -> (IntegrationDocument, Method) {
    let found = try #require(try Samples.bundle(text).method(.named(integration: "api", method: name)))
    return (found.integration, found.method)
  }

  static let nothing = MethodMaterial(sealedRows: [:], secrets: [:], ownHosts: .nowhere)

  static func build(_ name: String, _ scope: RunScope, _ material: MethodMaterial = nothing) throws -> RenderedRequest {
    let (integration, method) = try method(name)
    return try RequestBuilding.build(
      method: method, of: integration, scope: scope, material: material, idempotencyKey: "k", rules: Samples.rules,
      now: Instant(secondsSinceEpoch: 1_800_000_000))
  }

  @Test("A request goes to the host of its document and nowhere else")
  func origin() throws {
    let request = try Self.build("write", try Samples.scope(["name": Samples.json("\"x\"")]))
    #expect(request.origin == HostPort("api.example.com:443"))
    #expect(request.method == "POST")
  }

  @Test("An encrypted row that nobody entered stops the request, and names itself")
  func missingRow() throws {
    let scope = try Samples.scope(["id": Samples.json("7")])
    #expect(throws: FailureReason.unresolved("the encrypted header `X-Key`, which has not been entered")) {
      try Self.build("read", scope)
    }
  }

  @Test("An encrypted row that was entered for another URL stops the request")
  func changedURL() async throws {
    try await Samples.withKeyring { keyring in
      let sealing = SealedValues(keyring: keyring, rules: Samples.rules)
      let moved = Samples.text.replacing("api.example.com/v2", with: "api.example.com/v3")
      let (integration, method) = try Self.method("read", moved)
      let row = try sealing.row(
        Array("a key that is long".utf8), method: method, of: integration, kind: .header, name: "X-Key", generation: 1,
        at: Samples.now)
      var material = Self.nothing
      material.sealedRows[row.place] = row
      let scope = try Samples.scope(["id": Samples.json("7")])
      #expect(throws: FailureReason.urlChanged) { try Self.build("read", scope, material) }
      let (same, sameMethod) = try Self.method("read")
      let fresh = try sealing.row(
        Array("a key that is long".utf8), method: sameMethod, of: same, kind: .header, name: "X-Key", generation: 2,
        at: Samples.now)
      material.sealedRows[fresh.place] = fresh
      #expect(try Self.build("read", scope, material).hasBoundParameters)
    }
  }

  @Test(
    "A path value that is more than one segment is refused", arguments: ["\"..\"", "\"a/b\"", "\"%2e%2e\"", "\"\""])
  func pathValues(value: String) async throws {
    try await Samples.withKeyring { keyring in
      let (integration, method) = try Self.method("read")
      let row = try SealedValues(keyring: keyring, rules: Samples.rules).row(
        Array("a key that is long".utf8), method: method, of: integration, kind: .header, name: "X-Key", generation: 1,
        at: Samples.now)
      var material = Self.nothing
      material.sealedRows[row.place] = row
      let scope = try Samples.scope(["id": Samples.json(value)])
      #expect(throws: (any Error).self) { try Self.build("read", scope, material) }
    }
  }

  @Test(
    "What a request is authorised with is known without the word that it is sent with",
    arguments: [
      "{ type: bearer, token: { secret: kv/k#k } }", "{ type: basic, username: u, password: { secret: kv/k#k } }",
      "{ type: api_key, header: Authorization, prefix: \"Key \", key: { secret: kv/k#k } }",
      "{ type: jwt, key: { secret: kv/k#k }, algorithm: hmac-sha256, encoding: utf8, issuer: me }",
    ])
  func prefixes(authorization: String) async throws {
    try await Samples.withKeyring { keyring in
      let base = "base_url: https://api.example.com/v2"
      let (integration, method) = try Self.method(
        "write", Samples.text.replacing(base, with: base + "\nauth: " + authorization))
      let label = Label(origin: .secret(path: "kv/k", version: 1), rule: .masked, hosts: .any)
      var material = Self.nothing
      for field in ["token", "password", "key"] {
        material.credentials[field] = LabeledText(
          text: Array("a-credential-of-41-bytes-Kx92vQ71zzpL-Rv8".utf8), label: label)
      }
      let request = try RequestBuilding.build(
        method: method, of: integration, scope: try Samples.scope(["name": Samples.json("\"x\"")]), material: material,
        idempotencyKey: "k", rules: Samples.rules, now: Samples.now)
      var registry = Samples.registry()
      for secret in material.authorizing { registry.learn(secret) }
      let url = try CanonicalURL("https://api.example.com/", allowingPlainHTTP: { _ in false })
      let address = try #require(IPAddress("93.184.216.34"))
      let dial = try Samples.rules.check(url: url, resolved: address).get()
      let sent = try SendDoor(BoundParameters(keyring)).open(request, for: dial, registry: &registry).get()
      let header = try #require(sent.headers.first { $0.name == "Authorization" })
      let words = String(decoding: header.value, as: UTF8.self).split(separator: " ")
      #expect(words.count == 2)
      let echo = LabeledText(clear: "you sent \(words.last ?? "")")
      #expect(ReflectionCheck.mark(echo, view: registry.view()).label == label)
    }
  }

  @Test("A template in the body without a value stops the request, and names what is missing")
  func missingValue() throws {
    #expect(throws: ValueFault.self) { try Self.build("write", try Samples.scope()) }
  }
}
