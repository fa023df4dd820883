import Access
import Labels
import NamedKeys
import Testing

@testable import SecretStore

@Suite("RunbookGrant")
struct RunbookGrantTests {
  private func grant(_ material: UInt8 = 1) throws -> RunbookGrant {
    try RunbookGrant.give(
      runbookID: "r1", subject: .secret(try KVPath("kv/openai")), material: try Samples.material(material),
      hosts: try Samples.hosts("api.example.com"), by: try Samples.authorization(.grant), now: Samples.now
    ).get()
  }

  @Test("A grant needs the capability grant, and names hosts")
  func giving() throws {
    let path = try KVPath("kv/openai")
    let material = try Samples.material(1)
    let hosts = try Samples.hosts("api.example.com")
    let give = { (hosts: HostClearance, authorization: Authorization) in
      RunbookGrant.give(
        runbookID: "r1", subject: .secret(path), material: material, hosts: hosts, by: authorization, now: Samples.now)
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
    #expect(GrantSubject.secret(proof.path) == grant.subject && proof.pinnedHosts == grant.pinnedHosts)
    #expect(try decide("r1", "kv/openai", 2) == .failure(.suspended(runbookID: "r1", grant.subject)))
    #expect(try decide("r2", "kv/openai", 1) == .failure(.missing(runbookID: "r2", grant.subject)))
    #expect(try decide("r1", "kv/other", 1) == .failure(.missing(runbookID: "r1", .secret(try KVPath("kv/other")))))
  }

  @Test("An operation of a key is granted by itself: another operation or another key is not")
  func keys() throws {
    let name = try KeyName("deploy")
    let grant = RunbookGrant(
      runbookID: "r1", subject: .key(KeyUse(name, .sign)), material: try Samples.material(1),
      pinnedHosts: try Samples.hosts("api.example.com"), grantedAt: Samples.now, grantedBy: "ops")
    let decide = { (use: KeyUse, material: UInt8) in
      GrantCheck.decide(
        runbookID: "r1", use: use, material: try Samples.material(material), grants: [grant])
    }
    let proof = try decide(KeyUse(name, .sign), 1).get()
    #expect(proof.use == KeyUse(name, .sign) && proof.pinnedHosts == grant.pinnedHosts)
    for operation in KeyOperation.allCases where operation != .sign {
      let use = KeyUse(name, operation)
      #expect(try decide(use, 1) == .failure(.missing(runbookID: "r1", .key(use))))
    }
    let other = KeyUse(try KeyName("deploy2"), .sign)
    #expect(try decide(other, 1) == .failure(.missing(runbookID: "r1", .key(other))))
    #expect(try decide(KeyUse(name, .sign), 2) == .failure(.suspended(runbookID: "r1", grant.subject)))
    #expect(
      GrantRefusal.missing(runbookID: "r1", grant.subject).message
        == "runbook r1 may not sign with the key deploy; `chancery grant r1 keys/deploy#sign` allows it")
  }

  @Test("No path of the store names an operation of a key, and no operation a path")
  func subjects() throws {
    for text in ["keys/deploy#sign", "keys/a#hmac", "kv/openai", "keys/deploy"] {
      #expect(GrantSubject(text)?.text == text)
    }
    for text in ["keys/deploy#", "keys/Deploy#sign", "keys/deploy#sign#", "keys/#sign", "(own methods)", "kv/a#b"] {
      #expect(GrantSubject(text) == nil)
    }
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
      GrantRefusal.notAllowedToGrant, .hostsNotNamed, .missing(runbookID: "r", .secret(path)),
      .suspended(runbookID: "r", .secret(path)),
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
