import Access
import Encodings
import Foundation
import TestSupport
import Testing

/// The five roles in `policies/`, and the table of what they may and may not.
@Suite("The roles in policies/")
struct RolePoliciesTests {
  static let roles = ["administrator", "security-team", "runbook-author", "operator", "log-viewer"]

  private static func file(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Vectors.checkout.appendingPathComponent("policies/\(name)")))
  }

  private static func policy(_ role: String) throws -> Policy {
    try Samples.policy(role, String(decoding: try file("\(role).hcl"), as: UTF8.self))
  }

  @Test("Every role reads without a warning and contains no deny, so that roles can be combined", arguments: roles)
  func sound(_ role: String) throws {
    let policy = try Self.policy(role)
    #expect(policy.warnings.isEmpty)
    #expect(policy.rules.allSatisfy { !$0.capabilities.contains(.deny) })
    #expect(!policy.rules.isEmpty)
  }

  @Test("The folder holds the five roles and nothing else that is a policy")
  func folder() throws {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: Vectors.checkout.appendingPathComponent("policies").path)
    #expect(names.filter { $0.hasSuffix(".hcl") }.sorted() == Self.roles.map { "\($0).hcl" }.sorted())
    #expect(names.filter { !$0.hasSuffix(".hcl") }.sorted() == ["README.md", "tests.json"])
  }

  /// One row of the table: what is asked for, and of which roles it holds.
  private struct Row {
    var path: AccessPath
    var capability: Capability
    var because: String
  }

  private static func row(_ tape: JSONTape, _ node: JSONTape.Node) throws -> Row {
    let capability = try #require(tape.member(node, "capability").flatMap(tape.string).flatMap(Capability.init))
    let path = try #require(tape.member(node, "path").flatMap(tape.string))
    return Row(
      path: try AccessPath(path, isListing: capability == .list), capability: capability,
      because: try #require(tape.member(node, "because").flatMap(tape.string)))
  }

  private static func roleNames(_ tape: JSONTape, _ node: JSONTape.Node) throws -> [String] {
    try tape.children(try #require(tape.member(node, "roles"))).map { try #require(tape.string($0)) }
  }

  private static func table() throws -> JSONTape {
    let tape = try JSONTape(try file("tests.json"))
    #expect(tape.children(tape.root).compactMap(tape.key) == ["format", "rights", "combinations"])
    #expect(tape.member(tape.root, "format").flatMap(tape.integer) == 1)
    return tape
  }

  @Test("Each right is held by the roles that the table names, and by no other")
  func rights() throws {
    let tape = try Self.table()
    let sets = try Self.roles.map { (role: $0, set: PolicySet([try Self.policy($0)])) }
    var count = 0
    for node in tape.children(try #require(tape.member(tape.root, "rights"))) {
      #expect(tape.children(node).compactMap(tape.key) == ["path", "capability", "roles", "because"])
      let row = try Self.row(tape, node)
      let expected = try Self.roleNames(tape, node)
      #expect(Set(expected).isSubset(of: Self.roles))
      for (role, set) in sets {
        let decision = set.decide(path: row.path, capability: row.capability)
        #expect(
          decision.isAllowed == expected.contains(role),
          "\(role): \(decision.explanation.rendered) The table: \(row.because).")
        count += 1
      }
    }
    #expect(count == 100 * 5)
  }

  @Test("Roles add up as the table says")
  func combinations() throws {
    let tape = try Self.table()
    let policies = try Self.roles.reduce(into: [String: Policy]()) { $0[$1] = try Self.policy($1) }
    let nodes = tape.children(try #require(tape.member(tape.root, "combinations")))
    for node in nodes {
      #expect(tape.children(node).compactMap(tape.key) == ["roles", "path", "capability", "allowed", "because"])
      let row = try Self.row(tape, node)
      let set = PolicySet(try Self.roleNames(tape, node).map { try #require(policies[$0]) })
      let isAllowed: Bool? = tape.bool(try #require(tape.member(node, "allowed")))
      #expect(set.decide(path: row.path, capability: row.capability).isAllowed == isAllowed, "\(row.because)")
    }
    #expect(nodes.count == 4)
  }

  @Test("No single role can both edit a runbook and change a secret's hosts or grant it", arguments: roles)
  func separation(_ role: String) throws {
    let set = PolicySet([try Self.policy(role)])
    func may(_ path: String, _ capability: Capability) throws -> Bool {
      set.decide(path: try AccessPath(path), capability: capability).isAllowed
    }
    let edits = try may("api/runbooks/x", .update) || may("api/import", .update)
    let steers =
      try may("v1/kv/metadata/x", .update) || may("v1/kv/data/x", .update) || may("api/runbooks/x", .grant)
      || may("api/runbooks/x/grants", .grant)
    #expect(!(edits && steers))
  }
}
