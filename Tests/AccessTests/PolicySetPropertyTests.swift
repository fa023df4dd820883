import Access
import TestSupport
import Testing

/// Random policies over a small world of paths, so that rules meet often.
@Suite("PolicySet, by properties")
struct PolicySetPropertyTests {
  private struct World {
    var random: SeededRandom
    let segments = ["kv", "data", "app", "a"]

    mutating func path() -> String {
      "v1/" + (0..<random.number(in: 1...4)).map { _ in random.element(of: segments) ?? "kv" }.joined(separator: "/")
    }

    mutating func pattern() -> String {
      var parts = path().split(separator: "/").map(String.init)
      for index in parts.indices where random.oneIn(4) { parts[index] = "+" }
      var text = parts.joined(separator: "/")
      switch random.number(in: 0...5) {
      case 0: text += "/*"
      case 1 where parts.last != "+": text += "*"
      case 2: text += "/"
      default: break
      }
      return random.oneIn(30) ? "*" : text
    }

    mutating func capabilities() -> Set<Capability> {
      if random.oneIn(5) { return [.deny] }
      let all: [Capability] = [.create, .read, .update, .list]
      let chosen = Set(all.filter { _ in random.oneIn(2) })
      return chosen.isEmpty ? [.read] : chosen
    }

    /// Policies whose rules have distinct patterns within each policy.
    mutating func policies() -> [[String: Set<Capability>]] {
      (0..<random.number(in: 1...3)).map { _ in
        (0..<random.number(in: 1...5)).reduce(into: [:]) { rules, _ in rules[pattern()] = capabilities() }
      }
    }
  }

  private func parsed(_ policies: [[String: Set<Capability>]]) throws -> [Policy] {
    try policies.enumerated().map { index, rules in
      try Samples.policy(
        "p\(index)", rules.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted { $0.rawValue < $1.rawValue }) })
    }
  }

  private let asked: [Capability] = [.create, .read, .update, .list]

  @Test("Every decision is Vault's, unless a deny matches, which then decides", arguments: 0..<20)
  func agreesWithModel(_ seed: Int) throws {
    var world = World(random: SeededRandom(seed: UInt64(seed)))
    for _ in 0..<20 {
      let policies = world.policies()
      let set = PolicySet(try parsed(policies))
      let model = VaultModel(
        rules: policies.flatMap { $0.map { VaultModel.Rule(path: $0.key, capabilities: $0.value) } })
      for _ in 0..<10 {
        let path = world.path()
        for capability in asked {
          let decision = set.decide(path: try AccessPath(path), capability: capability)
          #expect(
            decision.isAllowed == model.allows(path, capability),
            "seed \(seed): \(capability) on \(path) by \(policies)")
          if decision.isAllowed { #expect(model.vaultAllows(path, capability), "never wider than Vault") }
        }
      }
    }
  }

  @Test("Adding a deny never widens", arguments: 0..<15)
  func addingDeny(_ seed: Int) throws {
    var world = World(random: SeededRandom(seed: 1000 + UInt64(seed)))
    for _ in 0..<20 {
      let policies = try parsed(world.policies())
      let before = PolicySet(policies)
      let after = PolicySet(policies + [try Samples.policy("extra", [(world.pattern(), [.deny])])])
      for _ in 0..<10 {
        let path = try AccessPath(world.path())
        for capability in asked where !before.decide(path: path, capability: capability).isAllowed {
          #expect(!after.decide(path: path, capability: capability).isAllowed, "seed \(seed)")
        }
      }
    }
  }

  @Test("The order of policies and of blocks has no effect on decisions or reasons", arguments: 0..<15)
  func order(_ seed: Int) throws {
    var world = World(random: SeededRandom(seed: 2000 + UInt64(seed)))
    for _ in 0..<20 {
      let policies = try parsed(world.policies())
      let shuffled = policies.shuffled(using: &world.random)
      let blocks = policies.map { policy in
        policy.rules.map { ($0.pattern.text, $0.capabilities.elements) }.shuffled(using: &world.random)
      }
      let rewritten = try zip(policies, blocks).map { try Samples.policy($0.name.text, $1) }
      for _ in 0..<10 {
        let path = try AccessPath(world.path())
        for capability in asked {
          let decision = PolicySet(policies).decide(path: path, capability: capability)
          #expect(decision == PolicySet(shuffled).decide(path: path, capability: capability), "seed \(seed)")
          #expect(
            decision.isAllowed == PolicySet(rewritten).decide(path: path, capability: capability).isAllowed,
            "seed \(seed)")
        }
      }
    }
  }

  @Test("Following the remedy of a denial without a deny allows the request", arguments: 0..<15)
  func remedy(_ seed: Int) throws {
    var world = World(random: SeededRandom(seed: 3000 + UInt64(seed)))
    for _ in 0..<20 {
      let policies = try parsed(world.policies())
      let path = try AccessPath(world.path())
      for capability in asked {
        let explanation = PolicySet(policies).decide(path: path, capability: capability).explanation
        guard case .noRule = explanation.basis else { continue }
        let remedy = try #require(explanation.remedy)
        let rule = try #require(remedy.split(separator: "hold: ").last)
        let extra = try Samples.policy("extra", String(rule))
        #expect(PolicySet(policies + [extra]).decide(path: path, capability: capability).isAllowed, "seed \(seed)")
      }
    }
  }

  @Test(
    "A pair is reported as differing from Vault exactly where the two rules alone are decided otherwise",
    arguments: 0..<15)
  func differences(_ seed: Int) throws {
    var world = World(random: SeededRandom(seed: 4000 + UInt64(seed)))
    for _ in 0..<40 {
      let (deny, allow) = (world.pattern(), world.pattern())
      guard deny != allow else { continue }
      let policy = try Samples.policy("one", [(deny, [.deny]), (allow, [.list])])
      let model = VaultModel(rules: [
        .init(path: deny, capabilities: [.deny]), .init(path: allow, capabilities: [.list]),
      ])
      let reported = PolicySet([policy]).differencesFromVault()
      if let example = reported.first?.examplePath {
        let path = example.hasSuffix("/") ? String(example.dropLast()) : example
        #expect(
          model.vaultAllows(path, .list) && !model.allows(path, .list), "seed \(seed): \(deny) \(allow) \(example)")
      } else {
        for _ in 0..<30 {
          let path = world.path()
          // A listing has two spellings; only paths that the same spelling of both rules meets are in question.
          guard !deny.hasSuffix("/"), !allow.hasSuffix("/") else { continue }
          #expect(model.vaultAllows(path, .read) == model.allows(path, .read), "seed \(seed): \(deny) \(allow) \(path)")
        }
      }
    }
  }
}
