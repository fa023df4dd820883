import Access
import Labels
import Testing

@testable import SecretStore

@Suite("SecretGrant")
struct SecretGrantTests {
  private func grant(_ material: UInt8 = 1) throws -> SecretGrant {
    try SecretGrant.give(
      runbookID: "r1", path: try KVPath("kv/openai"), material: try Samples.material(material),
      hosts: try Samples.hosts("api.example.com"), by: try Samples.authorization(.grant), now: Samples.now
    ).get()
  }

  @Test("A grant needs the capability grant, and names hosts")
  func giving() throws {
    let path = try KVPath("kv/openai")
    let material = try Samples.material(1)
    let hosts = try Samples.hosts("api.example.com")
    let give = { (hosts: HostClearance, authorization: Authorization) in
      SecretGrant.give(
        runbookID: "r1", path: path, material: material, hosts: hosts, by: authorization, now: Samples.now)
    }
    #expect(give(hosts, try Samples.authorization(.update)) == .failure(.notAllowedToGrant))
    #expect(give(.any, try Samples.authorization(.grant)) == .failure(.hostsNotNamed))
    #expect(try grant().grantedBy == "root")
  }

  @Test("A grant holds for exactly what was granted")
  func decides() throws {
    let grant = try grant()
    let decide = { (runbook: String, path: String, material: UInt8) in
      GrantCheck.decide(
        runbookID: runbook, path: try KVPath(path), material: try Samples.material(material), grants: [grant])
    }
    let proof = try decide("r1", "kv/openai", 1).get()
    #expect(proof.path == grant.path && proof.pinnedHosts == grant.pinnedHosts)
    #expect(try decide("r1", "kv/openai", 2) == .failure(.suspended(runbookID: "r1", path: grant.path)))
    #expect(try decide("r2", "kv/openai", 1) == .failure(.missing(runbookID: "r2", path: grant.path)))
    #expect(try decide("r1", "kv/other", 1) == .failure(.missing(runbookID: "r1", path: try KVPath("kv/other"))))
  }

  @Test("An edit suspends a grant, unless whoever saves may grant")
  func edits() throws {
    let grant = try grant()
    let hosts = try Samples.hosts("b.example.com")
    let same = GrantCheck.afterEdit(
      of: grant, material: grant.material, hosts: hosts, by: nil, now: Samples.now)
    #expect(same == .unchanged)
    let changed = try Samples.material(2)
    #expect(
      GrantCheck.afterEdit(of: grant, material: changed, hosts: hosts, by: nil, now: Samples.now) == .suspended)
    let update = try Samples.authorization(.update)
    #expect(
      GrantCheck.afterEdit(of: grant, material: changed, hosts: hosts, by: update, now: Samples.now) == .suspended)
    let allowed = try Samples.authorization(.grant)
    let renewed = GrantCheck.afterEdit(
      of: grant, material: changed, hosts: hosts, by: allowed, now: Samples.now)
    guard case .renewed(let next) = renewed else {
      Issue.record("it is renewed")
      return
    }
    #expect(next.material == changed && next.pinnedHosts == hosts && next.state(for: changed) == .active)
    #expect(next.state(for: grant.material) == .suspended)
  }

  @Test("A material hash is 32 bytes, in lower-case hexadecimal digits")
  func hashes() throws {
    let hash = try Samples.material(0xAB)
    #expect(MaterialHash(hex: hash.hex) == hash)
    #expect(MaterialHash(hex: hash.hex.uppercased()) == nil)
    #expect(MaterialHash(hex: "ab") == nil)
    #expect(MaterialHash(sha256: [1]) == nil)
  }

  @Test("Every refusal says what helps")
  func messages() throws {
    let path = try KVPath("kv/openai")
    for refusal in [
      GrantRefusal.notAllowedToGrant, .hostsNotNamed, .missing(runbookID: "r", path: path),
      .suspended(runbookID: "r", path: path),
    ] {
      #expect(!refusal.message.isEmpty)
    }
    for error in [
      SecretStoreError.path(.empty), .notFields, .tooManyFields(limit: 1), .tooLarge(limit: 1), .fieldName,
      .noField(path: path, name: "f"), .cannotOpen(path: path, reason: .cannotOpen(.commitmentMismatch)),
      .rowChanged(path: path), .otherSecret(path: path),
    ] {
      #expect(!error.message.isEmpty)
    }
  }
}
