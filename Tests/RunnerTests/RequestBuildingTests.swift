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

  @Test("A template in the body without a value stops the request, and names what is missing")
  func missingValue() throws {
    #expect(throws: ValueFault.self) { try Self.build("write", try Samples.scope()) }
  }
}
