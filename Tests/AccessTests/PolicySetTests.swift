import Access
import Testing

@Suite("PolicySet")
struct PolicySetTests {
  private func allows(_ policies: [Policy], _ path: String, _ capability: Capability) throws -> Bool {
    PolicySet(policies).decide(path: try AccessPath(path, isListing: capability == .list), capability: capability)
      .isAllowed
  }

  @Test(
    "One pattern decides: the exact one, else by Vault's order",
    arguments: [
      // (blocks, path, allowed to read)
      ([("v1/kv/data/app", [Capability.list]), ("v1/kv/data/*", [.read])], "v1/kv/data/app", false),
      ([("v1/kv/data/app", [.read]), ("v1/kv/data/*", [.list])], "v1/kv/data/app", true),
      // The later first wildcard wins.
      ([("v1/kv/data/*", [.read]), ("v1/kv/*", [.list])], "v1/kv/data/app", true),
      ([("v1/kv/data/*", [.list]), ("v1/kv/*", [.read])], "v1/kv/data/app", false),
      ([("v1/kv/+/app", [.read]), ("v1/+/data/app", [.list])], "v1/kv/data/app", true),
      ([("v1/kv/da*", [.read]), ("v1/kv/+/app", [.list])], "v1/kv/data/app", true),
      // At the same place, no star wins over a star.
      ([("v1/kv/+/app", [.read]), ("v1/kv/*", [.list])], "v1/kv/data/app", true),
      ([("v1/kv/+/*", [.list]), ("v1/kv/+/app", [.read])], "v1/kv/data/app", true),
      // Then fewer plusses.
      ([("v1/kv/+/app/x", [.read]), ("v1/kv/+/+/x", [.list])], "v1/kv/data/app/x", true),
      // Then the longer one.
      ([("v1/kv/+/a*", [.list]), ("v1/kv/+/ap*", [.read])], "v1/kv/data/app", true),
      // Then the later one in byte order.
      ([("v1/+/+/b/+", [.list]), ("v1/+/a/+/+", [.read])], "v1/kv/a/b/c", true),
      ([("v1/+/+/b/+", [.read]), ("v1/+/c/+/+", [.list])], "v1/kv/c/b/c", false),
    ] as [([(String, [Capability])], String, Bool)])
  func precedence(_ blocks: [(String, [Capability])], _ path: String, _ expected: Bool) throws {
    #expect(try allows([try Samples.policy("one", blocks)], path, .read) == expected)
    let apart = try blocks.enumerated().map { try Samples.policy("p\($0.offset)", [$0.element]) }
    #expect(try allows(apart, path, .read) == expected)
    #expect(try allows(apart.reversed(), path, .read) == expected)
  }

  @Test("The same pattern in several policies adds up")
  func merging() throws {
    let policies = [
      try Samples.policy("a", [("v1/kv/data/*", [.read])]), try Samples.policy("b", [("v1/kv/data/*", [.update])]),
    ]
    #expect(try allows(policies, "v1/kv/data/x", .read))
    #expect(try allows(policies, "v1/kv/data/x", .update))
    #expect(try !allows(policies, "v1/kv/data/x", .delete))
  }

  @Test(
    "A matching deny always denies, where Vault follows the narrower allow (vault#8813, #10905, #5175, #10096)",
    arguments: [
      [("v1/kv/data/*", [Capability.deny]), ("v1/kv/data/app", [.read])],
      [("v1/*", [.deny]), ("v1/kv/data/*", [.read])],
      [("v1/kv/+/app", [.deny]), ("v1/kv/data/*", [.read])],
      [("*", [.deny]), ("v1/kv/data/app", [.read])],
      [("v1/kv/data/app", [.deny]), ("v1/kv/data/app*", [.read])],
      [("v1/kv/data/*", [.deny, .read]), ("v1/kv/data/app", [.read])],
    ] as [[(String, [Capability])]])
  func denyOverrides(_ blocks: [(String, [Capability])]) throws {
    #expect(try !allows([try Samples.policy("one", blocks)], "v1/kv/data/app", .read))
    let apart = try blocks.enumerated().map { try Samples.policy("p\($0.offset)", [$0.element]) }
    #expect(try !allows(apart.reversed(), "v1/kv/data/app", .read))
  }

  @Test("A deny that does not match denies nothing")
  func denyElsewhere() throws {
    let policy = try Samples.policy("one", [("v1/kv/data/other/*", [.deny]), ("v1/kv/data/*", [.read])])
    #expect(try allows([policy], "v1/kv/data/app", .read))
    #expect(try !allows([policy], "v1/kv/data/other/x", .read))
  }

  @Test(
    "A deny on either spelling of a listing denies it (GHSA-xp3c-3jw3-4vcr)",
    arguments: [
      "v1/kv/metadata/app", "v1/kv/metadata/app/", "v1/kv/metadata/app/*", "v1/kv/metadata/+", "v1/kv/metadata/+/",
    ],
    ["v1/kv/metadata/app", "v1/kv/metadata/app/"])
  func listing(_ deny: String, _ request: String) throws {
    let policy = try Samples.policy("one", [("v1/kv/metadata/*", [.list]), (deny, [.deny])])
    #expect(try !allows([policy], request, .list))
    #expect(try allows([policy], "v1/kv/metadata/other", .list) == !deny.contains("+"))
  }

  @Test(
    "Either spelling of a rule allows a listing",
    arguments: ["v1/kv/metadata/app", "v1/kv/metadata/app/", "v1/kv/metadata/app/*"])
  func listingAllowed(_ rule: String) throws {
    let policy = try Samples.policy("one", [(rule, [.list])])
    #expect(try allows([policy], "v1/kv/metadata/app", .list))
    #expect(try allows([policy], "v1/kv/metadata/app/", .list))
  }

  @Test("The verb of kv is in the path: a rule on data says nothing of metadata (vault#7161, #8662, #9337)")
  func keyValueVerbs() throws {
    let policy = try Samples.policy("one", [("v1/kv/data/*", [.read, .list, .delete])])
    #expect(try !allows([policy], "v1/kv/metadata/app", .list))
    #expect(try !allows([policy], "v1/kv/destroy/app", .update))
  }

  @Test("Sudo, start, reveal and grant are included in nothing else")
  func noImplication() throws {
    let ordinary = Capability.allCases.filter { ![.deny, .sudo, .start, .reveal, .grant].contains($0) }
    let policy = try Samples.policy("one", [("api/*", ordinary)])
    for capability in [Capability.sudo, .start, .reveal, .grant] {
      #expect(try !allows([policy], "api/runbooks/x", capability))
    }
    let sudo = try Samples.policy("two", [("api/*", [.sudo])])
    for capability in Capability.allCases where capability != .sudo {
      #expect(try !allows([sudo], "api/runbooks/x", capability))
    }
  }

  @Test("Deny is no capability that a request can have")
  func denyAsRequest() throws {
    let policy = try Samples.policy("one", [("api/*", [.read])])
    #expect(try !allows([policy], "api/x", .deny))
  }

  @Test("No policies, no rights")
  func empty() throws {
    #expect(try !allows([], "api/runs", .list))
    #expect(PolicySet([]).capabilities(on: try AccessPath("api/runs")) == [.deny])
  }

  @Test("The capabilities on a path are listed in order, or deny alone")
  func capabilitiesOnPath() throws {
    let policy = try Samples.policy("one", [("api/*", [.update, .read]), ("api/secret/*", [.deny])])
    #expect(PolicySet([policy]).capabilities(on: try AccessPath("api/runs")) == [.read, .update])
    #expect(PolicySet([policy]).capabilities(on: try AccessPath("api/secret/x")) == [.deny])
  }

  @Test("Where Vault would decide otherwise, both rules are named with an example")
  func differences() throws {
    let broad = try Samples.policy("broad", [("v1/kv/data/*", [.deny])])
    let narrow = try Samples.policy(
      "narrow", [("v1/kv/data/app/+/key", [.read]), ("v1/kv/metadata/x", [.read]), ("v1/*", [.read])])
    let difference = try #require(PolicySet([narrow, broad]).differencesFromVault().first)
    #expect(PolicySet([narrow, broad]).differencesFromVault().count == 1)
    #expect(difference.deny.policy.text == "broad" && difference.allow.policy.text == "narrow")
    #expect(difference.examplePath == "v1/kv/data/app/x/key")
    #expect(
      difference.sentence
        == "policy broad, line 1, path \"v1/kv/data/*\" denies \"v1/kv/data/app/x/key\" although policy narrow, "
        + "line 1, path \"v1/kv/data/app/+/key\" is narrower; Vault would follow the narrower rule, this service "
        + "always follows the deny.")
    #expect(
      PolicySet([try Samples.policy("one", [("v1/*", [.read]), ("v1/kv/x", [.deny])])]).differencesFromVault().isEmpty)
  }

  @Test("Reported differences are bounded")
  func differencesBounded() throws {
    let allows = (0..<100).map { ("v1/kv/data/\($0)", [Capability.read]) }
    let policy = try Samples.policy("one", allows + [("v1/*", [.deny])])
    #expect(PolicySet([policy]).differencesFromVault().count == 50)
  }

  @Test("A book finds policies by name, replaces and removes")
  func book() throws {
    let old = try Samples.policy("one", [("api/*", [.read])])
    let book = PolicyBook([old, try Samples.policy("two", [("v1/*", [.read])])])
    let replaced = book.replacing(with: try Samples.policy("one", [("api/*", [.list])]))
    let names = [try PolicyName("one"), try PolicyName("gone")]
    let path = try AccessPath("api/x")
    #expect(book.set(named: names).decide(path: path, capability: .read).isAllowed)
    #expect(!replaced.set(named: names).decide(path: path, capability: .read).isAllowed)
    #expect(replaced.names.map(\.text) == ["one", "two"])
    #expect(replaced.removing(try PolicyName("one")).names.map(\.text) == ["two"])
    #expect(book[try PolicyName("two")]?.rules.count == 1)
  }
}
