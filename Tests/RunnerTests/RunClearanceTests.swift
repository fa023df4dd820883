import Destinations
import Labels
import NamedKeys
import SecretStore
import Storage
import Testing

@testable import Runner

@Suite("RunClearance")
struct RunClearanceTests {
  static func grant(_ bundle: LoadedBundle, _ path: String, hosts: [String]) -> StoredGrant {
    StoredGrant(
      runbookID: "sample", secretPath: path, materialHash: bundle.material.hex, hosts: hosts, grantedAt: Samples.now,
      grantedBy: "root")
  }

  @Test("A grant holds for the steps and methods that it was given for")
  func active() throws {
    let bundle = try Samples.bundle()
    let clearance = RunClearance(bundle: bundle, grants: [Self.grant(bundle, "kv/a", hosts: ["api.example.com:443"])])
    guard case .success(let granted) = clearance.granted(try KVPath("kv/a")) else {
      Issue.record("refused")
      return
    }
    #expect(granted.pinnedHosts == HostClearance(only: [try #require(HostPort("api.example.com:443"))]))
    guard case .failure(.missing) = clearance.granted(try KVPath("kv/b")) else {
      Issue.record("an ungranted secret was given")
      return
    }
  }

  @Test("Editing a method suspends the grant, and encrypted answers may go nowhere until it is renewed")
  func edited() throws {
    let before = try Samples.bundle()
    let grants = [
      Self.grant(before, "kv/a", hosts: ["api.example.com:443"]),
      Self.grant(before, RunClearance.ownMethods, hosts: ["api.example.com:443"]),
    ]
    let after = try Samples.bundle(Samples.text.replacing("api.example.com", with: "evil.example.net"))
    let clearance = RunClearance(bundle: after, grants: grants)
    guard case .failure(.suspended) = clearance.granted(try KVPath("kv/a")) else {
      Issue.record("it still holds")
      return
    }
    #expect(clearance.ownHosts == .nowhere)
  }

  @Test("A named key is granted operation by operation, and an edit of the method that uses it suspends the grant")
  func keys() throws {
    func bundle(_ signing: String) throws -> LoadedBundle {
      try Samples.bundle(
        Samples.text.replacing(
          "    request: POST /items\n", with: "    request: POST /items\n    signing: \(signing)\n"))
    }
    let before = try bundle("{ type: recipe, key: { named: hooks } }")
    let wanted = GrantPlanning(bundle: before, rules: Samples.rules).wanted()
    #expect(wanted.map(\.path) == [RunClearance.ownMethods, "keys/hooks#hmac"])
    #expect(wanted.last?.hosts.map(\.description) == ["api.example.com:443"])
    let grants = [Self.grant(before, "keys/hooks#hmac", hosts: ["api.example.com:443"])]
    let use = KeyUse(try KeyName("hooks"), .hmac)
    let granted = try RunClearance(bundle: before, grants: grants).granted(use).get()
    #expect(granted.use == use)
    #expect(granted.pinnedHosts == HostClearance(only: [try #require(HostPort("api.example.com:443"))]))
    for operation in KeyOperation.allCases where operation != .hmac {
      let refusal = RunClearance(bundle: before, grants: grants).granted(KeyUse(use.name, operation))
      guard case .failure(.missing) = refusal else {
        Issue.record("\(operation.rawValue) was given")
        return
      }
    }
    for after in [
      "{ type: recipe, key: { named: hooks }, algorithm: hmac-sha512 }",
      "{ type: recipe, key: { named: hooks, version: 1 } }",
      "{ type: jwt, key: { named: hooks }, claims: '{}' }",
    ] {
      guard case .failure(.suspended) = RunClearance(bundle: try bundle(after), grants: grants).granted(use) else {
        Issue.record("it still holds: \(after)")
        return
      }
    }
  }

  @Test("Without a grant, encrypted answers may go nowhere")
  func none() throws {
    #expect(RunClearance(bundle: try Samples.bundle(), grants: []).ownHosts == .nowhere)
  }

  @Test("What a runbook needs granted is what its steps use, for the hosts that they send it to")
  func wanted() throws {
    let text = Samples.text.replacing(
      "methods:\n  read:", with: "auth: { type: bearer, token: { secret: kv/api#token } }\nmethods:\n  read:")
    let wanted = GrantPlanning(bundle: try Samples.bundle(text), rules: Samples.rules).wanted()
    #expect(wanted.map(\.path) == [RunClearance.ownMethods, "kv/api"])
    #expect(wanted.allSatisfy { $0.hosts == [HostPort("api.example.com:443")].compactMap { $0 } })
  }
}
