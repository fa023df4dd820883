/// What the policies say of one request, with the reason.
package struct Decision: Equatable, Sendable {
  package let isAllowed: Bool
  package let explanation: Explanation
  /// Whether what is allowed (a reveal) needs a second person's consent: any matching rule says so.
  package let needsSecondPerson: Bool
}

/// A rule, named so that a person finds it.
package struct RuleReference: Hashable, Sendable {
  package let policy: PolicyName
  /// As written in the policy.
  package let pattern: String
  /// 1-based line of the block in the policy's text.
  package let line: Int
  package let capabilities: CapabilitySet

  /// `policy operator, line 12, path "api/runs/*"`
  package var text: String { "policy \(policy.text), line \(line), path \(PolicyDraft.quoted(pattern, limit: 1024))" }
}
