import Keyring
import Labels
import Testing

@testable import SecretStore

@Suite("KVVersion")
struct KVVersionTests {
  private func granted(
    _ path: String = "kv/openai", hosts: HostClearance
  ) throws -> GrantedSecret {
    let material = try Samples.material(1)
    let path = try KVPath(path)
    let grant = RunbookGrant(
      runbookID: "r1", subject: .secret(path), material: material, pinnedHosts: hosts, grantedAt: Samples.now,
      grantedBy: "ops")
    return try GrantCheck.decide(runbookID: "r1", path: path, material: material, grants: [grant]).get()
  }

  @Test("A version is sealed for its row and comes back with its label")
  func roundTrip() throws {
    let test = try TestKeyring("kv-round-trip")
    let hosts = try Samples.hosts("api.example.com")
    let version = try Samples.version(hosts: hosts)
    let envelope = try version.sealed(with: test.keyring)
    let back = try KVVersion.open(
      envelope, path: version.path, version: 1, hosts: hosts, createdAt: Samples.now, with: test.keyring)
    #expect(back.value.label == version.value.label)
    #expect(back.value.label.secretOrigins == [.secret(path: "kv/openai", version: 1)])
    #expect(back.value.label.hosts == hosts)
  }

  @Test("Under another path or version it does not open, and changed hosts are noticed")
  func moved() throws {
    let test = try TestKeyring("kv-moved")
    let version = try Samples.version(hosts: try Samples.hosts("api.example.com"))
    let envelope = try version.sealed(with: test.keyring)
    let other = try KVPath("kv/other")
    #expect(throws: SecretStoreError.cannotOpen(path: other, reason: .cannotOpen(.commitmentMismatch))) {
      try KVVersion.open(
        envelope, path: other, version: 1, hosts: version.hosts, createdAt: Samples.now, with: test.keyring)
    }
    #expect(throws: SecretStoreError.cannotOpen(path: version.path, reason: .cannotOpen(.commitmentMismatch))) {
      try KVVersion.open(
        envelope, path: version.path, version: 2, hosts: version.hosts, createdAt: Samples.now, with: test.keyring)
    }
    for hosts in [HostClearance.any, try Samples.hosts("evil.example.com")] {
      #expect(throws: SecretStoreError.rowChanged(path: version.path)) {
        try KVVersion.open(
          envelope, path: version.path, version: 1, hosts: hosts, createdAt: Samples.now, with: test.keyring)
      }
    }
    test.keyring.wipe()
    #expect(throws: SecretStoreError.cannotOpen(path: version.path, reason: .cannotOpen(.sealed))) {
      try version.sealed(with: test.keyring)
    }
  }

  @Test("A field keeps the hosts that the secret names, whatever the grant pins")
  func ownHosts() throws {
    let own = try Samples.hosts("api.example.com")
    let version = try Samples.version(hosts: own)
    let field = try version.field("token", granted: try granted(hosts: try Samples.hosts("b.example.com")))
    #expect(field.label.hosts == own)
    #expect(field.label.rule == .masked)
  }

  @Test("Where the secret names no hosts, the grant's apply")
  func pinnedHosts() throws {
    let pinned = try Samples.hosts("b.example.com")
    let field = try Samples.version().field("token", granted: try granted(hosts: pinned))
    #expect(field.label.hosts == pinned)
    #expect(field.label.secretOrigins == [.secret(path: "kv/openai", version: 1)])
  }

  @Test("A grant for another secret gives nothing, and a missing field is named")
  func refuses() throws {
    let version = try Samples.version()
    let elsewhere = try granted("kv/other", hosts: try Samples.hosts("b.example.com"))
    #expect(throws: SecretStoreError.otherSecret(path: version.path)) {
      try version.field("token", granted: elsewhere)
    }
    let here = try granted(hosts: try Samples.hosts("b.example.com"))
    #expect(throws: SecretStoreError.noField(path: version.path, name: "nothing")) {
      try version.field("nothing", granted: here)
    }
  }
}
