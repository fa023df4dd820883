import Access
import Testing

@Suite("Explanation")
struct ExplanationTests {
  private func explanation(_ policies: [Policy], _ path: String, _ capability: Capability) throws -> Explanation {
    PolicySet(policies).decide(path: try AccessPath(path), capability: capability).explanation
  }

  @Test("An allowed request names the rule that allows it, and needs no remedy")
  func granted() throws {
    let policy = try Samples.policy("ops", "\n\npath \"api/runs/*\" { capabilities = [\"read\"] }")
    let explanation = try explanation([policy], "api/runs/1", .read)
    #expect(explanation.rendered == #"read on api/runs/1 is allowed by policy ops, line 3, path "api/runs/*"."#)
    #expect(explanation.remedy == nil)
  }

  @Test("A denied request names every deny that matches, and says that nothing outranks them")
  func denied() throws {
    let one = try Samples.policy("one", [("api/runs/1", [.read]), ("api/*", [.deny])])
    let two = try Samples.policy("two", [("api/runs/*", [.deny])])
    let explanation = try explanation([two, one], "api/runs/1", .read)
    #expect(
      explanation.rendered == """
        read on api/runs/1 is denied by policy one, line 2, path "api/*"; policy two, line 1, path "api/runs/*". \
        A deny holds whatever other rules allow.
        Remove the deny in policy one, line 2, path "api/*"; policy two, line 1, path "api/runs/*"; no allowing rule \
        can outrank it.
        """)
  }

  @Test("A narrower rule without the capability is named together with what it outranks")
  func outranked() throws {
    let policy = try Samples.policy("ops", [("api/*", [.update]), ("api/runs/*", [.read, .list])])
    let explanation = try explanation([policy], "api/runs/1", .update)
    #expect(
      explanation.rendered == """
        update on api/runs/1 is denied: the deciding rule allows only read, list (policy ops, line 2, path \
        "api/runs/*"). policy ops, line 1, path "api/*" would allow it, but a narrower path decides.
        Add "update" to the capabilities in policy ops, line 2, path "api/runs/*".
        """)
  }

  @Test("Without a rule, the rule that is missing is written out, and so are policies that do not exist")
  func noRule() throws {
    let book = PolicyBook([try Samples.policy("ops", [("api/*", [.read])])])
    let set = book.set(named: [try PolicyName("ops"), try PolicyName("gone")])
    let explanation = set.decide(path: try AccessPath("v1/kv/data/x"), capability: .read).explanation
    #expect(
      explanation.rendered == """
        read on v1/kv/data/x is denied: no rule of ops matches the path. The token also names policies that do not \
        exist: gone.
        A policy of the token would have to hold: path "v1/kv/data/x" { capabilities = ["read"] }
        """)
  }

  @Test("Root is said to be root")
  func root() throws {
    let authorization = try Samples.authorization(try Samples.live(try Samples.root()), "v1/sys/seal", .update)
    #expect(authorization.explanation.rendered == "update on v1/sys/seal is allowed: the token is root.")
  }
}
