import Access
import Encodings
import TestSupport
import Testing

@Suite("TokenIssuance")
struct TokenIssuanceTests {
  private func order(
    _ policies: [String], entity: String? = nil, lifetime: Int64? = nil, uses: Int? = nil, isOrphan: Bool = false
  ) throws -> TokenOrder {
    TokenOrder(
      policies: try policies.map { try PolicyName($0) }, displayName: try DisplayName("ci"),
      entity: try entity.map { try EntityID($0) }, lifetimeMilliseconds: lifetime, uses: uses, isOrphan: isOrphan)
  }

  private func issue(_ order: TokenOrder, by authorization: Authorization) throws -> Result<
    IssuedToken, IssuanceRefusal
  > {
    try TokenIssuance.child(
      order, by: authorization, now: Samples.now, hasher: Samples.hasher, from: Samples.random(9))
  }

  /// The authorization of a token with the policy `maker`, which may create tokens, and `ops`.
  private func maker(
    privilege: Authorizer.Privilege = .ordinary, uses: Int? = nil, capability: Capability = .update,
    lifetime: Int64? = nil
  ) throws -> Authorization {
    let rules = try Samples.policy("maker", [("v1/auth/token/*", [.create, .update, .read, .sudo])])
    let issued = try Samples.child(policies: ["maker", "ops"], entity: "ana", uses: uses, lifetime: lifetime)
    return try Samples.authorization(
      try Samples.live(issued), "v1/auth/token/create", capability, privilege: privilege, policies: [rules])
  }

  private func refusal(_ result: Result<IssuedToken, IssuanceRefusal>) -> IssuanceRefusal? {
    if case .failure(let refusal) = result { refusal } else { nil }
  }

  @Test("The root token lives 24 hours where nothing is said, never longer, and for ever only in development")
  func root() throws {
    let standard = try Samples.root().token
    #expect(standard.isRoot && standard.policies.isEmpty && standard.entity == .root && standard.parent == nil)
    #expect(standard.state.expiresAt == Samples.now.advanced(byMilliseconds: 86_400_000))
    for milliseconds: Int64 in [0, -1, 86_400_001, .max] {
      #expect(throws: AccessError.rootMustExpire) {
        try TokenIssuance.root(
          lifetime: .limited(milliseconds: milliseconds), now: Samples.now, hasher: Samples.hasher,
          from: Samples.random(1))
      }
    }
    let development = try TokenIssuance.root(
      lifetime: .unlimitedInDevelopment, now: Samples.now, hasher: Samples.hasher, from: Samples.random(1))
    #expect(development.token.state.expiresAt == nil)
  }

  @Test("Root gives any policies to any entity, but no child is root")
  func byRoot() throws {
    let child = try Samples.child(policies: ["ops", "ops", "a"], entity: "ana").token
    #expect(!child.isRoot && child.policies.map(\.text) == ["a", "ops"] && child.entity.text == "ana")
    #expect(throws: AccessError.policyName) { try order(["root"]) }
  }

  @Test("A child inherits the entity, names its parent, and never outlives it")
  func inheritance() throws {
    let maker = try maker(lifetime: 5000)
    #expect(maker.token.state.expiresAt == Samples.now.advanced(byMilliseconds: 5000))
    let child = try issue(try order(["ops"]), by: maker).get().token
    #expect(child.entity.text == "ana" && child.parent == maker.token.accessor)
    #expect(child.state.expiresAt == maker.token.state.expiresAt)
    #expect(
      try issue(try order(["ops"], lifetime: 5001), by: maker).get().token.state.expiresAt == child.state.expiresAt)
    #expect(try Samples.child(policies: ["ops"]).token.state.expiresAt == Samples.root().token.state.expiresAt)
    let short = try issue(try order(["ops"], lifetime: 1000), by: maker).get().token
    #expect(short.state.expiresAt == Samples.now.advanced(byMilliseconds: 1000))
  }

  @Test("Without sudo a token gives only policies that it has, to its own entity, and makes no orphans")
  func narrow() throws {
    let maker = try maker()
    #expect(refusal(try issue(try order(["ops", "other"]), by: maker)) == .policiesNotHeld([try PolicyName("other")]))
    #expect(refusal(try issue(try order(["ops"], isOrphan: true), by: maker)) == .orphanNeedsSudo)
    #expect(refusal(try issue(try order(["ops"], entity: "bob"), by: maker)) == .entityNeedsSudo)
    #expect(try issue(try order(["ops"], entity: "ana"), by: maker).get().token.entity.text == "ana")
  }

  @Test("With sudo it may, and an orphan lives by its own lifetime")
  func widened() throws {
    let maker = try maker(privilege: .sudo)
    let orphan = try issue(try order(["other"], entity: "bob", isOrphan: true), by: maker).get().token
    #expect(orphan.parent == nil && orphan.entity.text == "bob")
    #expect(orphan.state.expiresAt == Samples.now.advanced(byMilliseconds: 768 * 3_600_000))
  }

  @Test("A token with counted uses makes no tokens, not even with sudo")
  func countedParent() throws {
    #expect(refusal(try issue(try order(["ops"]), by: try maker(uses: 5))) == .parentCountsUses)
    #expect(refusal(try issue(try order(["ops"]), by: try maker(privilege: .sudo, uses: 5))) == .parentCountsUses)
  }

  @Test("An authorization to read makes no tokens")
  func wrongCapability() throws {
    #expect(refusal(try issue(try order(["ops"]), by: try maker(capability: .read))) == .wrongCapability(.read))
  }

  @Test("Policies, lifetime and uses are bounded", arguments: [0, -1, 768 * 3_600_000 + 1] as [Int64])
  func lifetimes(_ lifetime: Int64) throws {
    #expect(refusal(try issue(try order(["ops"], lifetime: lifetime), by: try maker())) == .lifetime)
  }

  @Test("The number of uses is bounded", arguments: [0, -1, 1_000_001])
  func uses(_ uses: Int) throws {
    #expect(refusal(try issue(try order(["ops"], uses: uses), by: try maker())) == .uses)
  }

  @Test("The number of policies is bounded")
  func policies() throws {
    #expect(refusal(try issue(try order([]), by: try maker())) == .noPolicies)
    let many = (0..<65).map { "p\($0)" }
    #expect(refusal(try issue(try order(many), by: try maker(privilege: .sudo))) == .tooManyPolicies(count: 65))
    #expect(
      try issue(try order(Array(many.prefix(64))), by: try maker(privilege: .sudo)).get().token.policies.count == 64)
  }

  @Test("Every refusal says what would help")
  func messages() throws {
    let refusals: [IssuanceRefusal] = [
      .noPolicies, .tooManyPolicies(count: 65), .policiesNotHeld([try PolicyName("x")]), .orphanNeedsSudo,
      .entityNeedsSudo, .parentCountsUses, .lifetime, .uses, .wrongCapability(.read),
    ]
    #expect(Set(refusals.map(\.message)).count == refusals.count)
  }

  @Test(
    "A display name is one plain line of 1 to 128 bytes",
    arguments: ["", "a\nb", "a\u{202E}b", "\u{0}", String(repeating: "a", count: 129)])
  func displayNames(_ text: String) {
    #expect(throws: AccessError.displayName) { try DisplayName(text) }
  }

  @Test(
    "An entity id is 1 to 64 letters, digits, dots, dashes and underscores",
    arguments: ["", "a b", "a/b", "é", String(repeating: "a", count: 65)])
  func entities(_ text: String) {
    #expect(throws: AccessError.entityID) { try EntityID(text) }
  }

  @Test("Revoking a token means its whole family, each member once, even if the rows form a cycle", arguments: 0..<20)
  func family(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let source = Samples.random(UInt64(seed))
    let accessors = try (0..<12).map { _ in try TokenAccessor.generate(from: source) }
    let rows = accessors.map { accessor in
      (accessor: accessor, parent: random.oneIn(4) ? nil : random.element(of: accessors))
    }
    let root = accessors[0]
    let members = TokenFamily.members(of: [root], among: rows)
    #expect(members.first == root && Set(members).count == members.count)
    for row in rows where row.accessor != root {
      // A member is whoever reaches the root by its parents.
      var seen: Set<TokenAccessor> = []
      var current: TokenAccessor? = row.accessor
      while let next = current, next != root, seen.insert(next).inserted {
        current = rows.first { $0.accessor == next }?.parent
      }
      #expect(members.contains(row.accessor) == (current == root), "seed \(seed)")
    }
  }
}
