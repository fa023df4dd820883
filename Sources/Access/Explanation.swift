/// Why a request is allowed or denied, and what would have allowed it.
package struct Explanation: Equatable, Sendable {
  /// What decided.
  package enum Basis: Equatable, Sendable {
    /// The token is root: no policy was asked.
    case root
    /// The deciding rules have the capability. All of them have the same pattern.
    case granted(by: [RuleReference])
    /// Rules with `deny` match: nothing else counts.
    case denied(by: [RuleReference])
    /// The deciding rules do not have the capability; the rules below them, which would have, do not count.
    case outranked(deciding: [RuleReference], outranked: [RuleReference])
    /// No rule matches.
    case noRule
  }

  package let path: AccessPath
  package let capability: Capability
  package let basis: Basis
  /// The policies that were asked, in order of name.
  package let policies: [PolicyName]
  /// Policies that the token names and that do not exist.
  package let missingPolicies: [PolicyName]

  package var isAllowed: Bool {
    switch basis {
    case .root, .granted: true
    case .denied, .outranked, .noRule: false
    }
  }

  /// One or two sentences: the outcome and the rule behind it.
  package var reason: String {
    let request = "\(capability.rawValue) on \(path.text)"
    switch basis {
    case .root:
      return "\(request) is allowed: the token is root."
    case .granted(let rules):
      return "\(request) is allowed by \(Self.list(rules))."
    case .denied(let rules):
      return "\(request) is denied by \(Self.list(rules)). A deny holds whatever other rules allow."
    case .outranked(let deciding, let outranked):
      let held = deciding.reduce(into: CapabilitySet()) { $0.formUnion($1.capabilities) }
      let names = held.elements.map(\.rawValue).joined(separator: ", ")
      let start = "\(request) is denied: the deciding rule allows only \(names) (\(Self.list(deciding)))."
      guard !outranked.isEmpty else { return start }
      return "\(start) \(Self.list(outranked)) would allow it, but a narrower path decides."
    case .noRule:
      return "\(request) is denied: no rule of \(policyList) matches the path.\(missingList)"
    }
  }

  /// What would have allowed the request; nil where it was allowed.
  package var remedy: String? {
    let rule = "path \(PolicyDraft.quoted(path.text, limit: 1024)) { capabilities = [\"\(capability.rawValue)\"] }"
    switch basis {
    case .root, .granted:
      return nil
    case .denied(let rules):
      return "Remove the deny in \(Self.list(rules)); no allowing rule can outrank it."
    case .outranked(let deciding, _):
      return "Add \"\(capability.rawValue)\" to the capabilities in \(Self.list(Array(deciding.prefix(1))))."
    case .noRule:
      return "A policy of the token would have to hold: \(rule)"
    }
  }

  /// Reason and remedy, one line each.
  package var rendered: String {
    [reason, remedy].compactMap(\.self).joined(separator: "\n")
  }

  private var policyList: String {
    policies.isEmpty ? "no policy" : policies.map(\.text).joined(separator: ", ")
  }

  private var missingList: String {
    guard !missingPolicies.isEmpty else { return "" }
    return " The token also names policies that do not exist: \(missingPolicies.map(\.text).joined(separator: ", "))."
  }

  private static func list(_ rules: [RuleReference]) -> String {
    rules.map(\.text).joined(separator: "; ")
  }
}
