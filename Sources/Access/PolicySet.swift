/// The policies of one token: what its requests are decided by.
///
/// The semantics are Vault's (one pattern decides, and rules with the same pattern are merged across policies) with one
/// difference: a matching `deny` always denies, however narrow another rule may be. So adding a deny never widens, and
/// a broad deny needs no second look at every narrow rule.
package struct PolicySet: Sendable {
  /// Sorted by name, each once.
  private let policies: [Policy]
  /// Names without a policy.
  private let missing: [PolicyName]

  /// The order of the policies has no effect. Of two with one name the later counts: the caller's bug.
  package init(_ policies: [Policy], missing: [PolicyName] = []) {
    var byName: [PolicyName: Policy] = [:]
    for policy in policies { byName[policy.name] = policy }
    self.policies = byName.values.sorted { $0.name < $1.name }
    self.missing = Set(missing).sorted()
  }

  private struct Match {
    var rule: PolicyRule
    var policy: PolicyName

    var reference: RuleReference {
      RuleReference(
        policy: policy, pattern: rule.pattern.text, line: rule.line, capabilities: rule.capabilities)
    }
  }

  /// Decides. Pure; its cost grows with the number of rules with a wildcard, not with the exact ones.
  ///
  /// `deny` is no capability that a request can have: asking for it is answered as denied.
  package func decide(path: AccessPath, capability: Capability) -> Decision {
    let isListing = capability == .list
    var matches: [Match] = []
    for policy in policies {
      for rule in policy.rules(matching: path, isListing: isListing) {
        matches.append(Match(rule: rule, policy: policy.name))
      }
    }
    let basis = capability == .deny ? .noRule : Self.basis(of: matches, capability: capability)
    let explanation = Explanation(
      path: path, capability: capability, basis: basis, policies: policies.map(\.name), missingPolicies: missing)
    return Decision(
      isAllowed: explanation.isAllowed, explanation: explanation,
      needsSecondPerson: capability == .reveal && matches.contains { $0.rule.needsSecondPerson })
  }

  /// What a token may do on a path, for `sys/capabilities`: the allowed capabilities in order, or `deny` alone.
  package func capabilities(on path: AccessPath) -> [Capability] {
    let allowed = Capability.allCases.filter { $0 != .deny && decide(path: path, capability: $0).isAllowed }
    return allowed.isEmpty ? [.deny] : allowed
  }

  private static func basis(of matches: [Match], capability: Capability) -> Explanation.Basis {
    let denies = matches.filter { $0.rule.capabilities.contains(.deny) }
    if !denies.isEmpty { return .denied(by: denies.map(\.reference)) }
    guard var winner = matches.first?.rule.pattern else { return .noRule }
    for match in matches.dropFirst() where match.rule.pattern.outranks(winner) { winner = match.rule.pattern }
    let deciding = matches.filter { $0.rule.pattern == winner }
    let granting = deciding.filter { $0.rule.capabilities.contains(capability) }
    if !granting.isEmpty { return .granted(by: granting.map(\.reference)) }
    let outranked = matches.filter { $0.rule.pattern != winner && $0.rule.capabilities.contains(capability) }
    return .outranked(deciding: deciding.map(\.reference), outranked: outranked.map(\.reference))
  }

  /// Where this set decides otherwise than Vault would: a deny that a higher-ranking rule would have overridden there.
  /// Reported when a policy is written, so that nobody is surprised who brings policies along. Rules of all policies of
  /// the set are compared; at most `AccessLimits.reportedDifferences` pairs are named.
  package func differencesFromVault() -> [VaultDifference] {
    let all = policies.flatMap { policy in policy.rules.map { Match(rule: $0, policy: policy.name) } }
    let denies = all.filter { $0.rule.capabilities.contains(.deny) }
    let allows = all.filter { !$0.rule.capabilities.contains(.deny) }
    var found: [VaultDifference] = []
    for deny in denies {
      for allow in allows where allow.rule.pattern.outranks(deny.rule.pattern) {
        guard found.count < AccessLimits.reportedDifferences else { return found }
        guard let example = allow.rule.pattern.overlap(deny.rule.pattern) else { continue }
        found.append(VaultDifference(deny: deny.reference, allow: allow.reference, examplePath: example))
      }
    }
    return found
  }
}

/// A pair of rules of which Vault would follow the allowing one, and we follow the deny.
package struct VaultDifference: Equatable, Sendable {
  package let deny: RuleReference
  package let allow: RuleReference
  /// A path that both match; `x` stands for any text.
  package let examplePath: String

  package var sentence: String {
    "\(deny.text) denies \(PolicyDraft.quoted(examplePath, limit: 1024)) although \(allow.text) is narrower; "
      + "Vault would follow the narrower rule, this service always follows the deny."
  }
}
