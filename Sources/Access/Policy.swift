/// One `path` block of a policy.
package struct PolicyRule: Hashable, Sendable {
  package let pattern: PolicyPattern
  /// At least one. Where `deny` is among them, the others have no effect.
  package let capabilities: CapabilitySet
  /// Whether a value that it lets somebody have shown needs a second person's consent. It holds as a `deny` does: however
  /// narrow another rule may be.
  package let needsSecondPerson: Bool
  /// Where the block starts in the policy's text, 1-based.
  package let line: Int
  package let column: Int
}

/// A parsed policy: a name, its rules, and the text that it was made from. Made by `PolicyParser` only.
package struct Policy: Sendable {
  package let name: PolicyName
  /// No two have the same pattern; in the order of the text.
  package let rules: [PolicyRule]
  /// The text, byte for byte: it is what a reader of the policy gets back.
  package let source: String
  /// What its author should look at, though the policy is taken.
  package let warnings: [PolicyFault]

  /// Rules without wildcard, by their bytes.
  private let exactRules: [[UInt8]: PolicyRule]
  /// The others.
  private let wildcardRules: [PolicyRule]

  init(name: PolicyName, rules: [PolicyRule], source: String, warnings: [PolicyFault]) {
    self.name = name
    self.rules = rules
    self.source = source
    self.warnings = warnings
    var exactRules: [[UInt8]: PolicyRule] = [:]
    for rule in rules where rule.pattern.isExact { exactRules[rule.pattern.bytes] = rule }
    self.exactRules = exactRules
    self.wildcardRules = rules.filter { !$0.pattern.isExact }
  }

  /// Every rule that matches a path. Cost: one look-up (two for a listing) and one comparison for each rule with a
  /// wildcard.
  func rules(matching path: AccessPath, isListing: Bool) -> [PolicyRule] {
    var matching: [PolicyRule] = []
    if let rule = exactRules[path.bytes] { matching.append(rule) }
    if isListing, let rule = exactRules[path.bytes + [UInt8(ascii: "/")]] { matching.append(rule) }
    for rule in wildcardRules where rule.pattern.matches(path, isListing: isListing) { matching.append(rule) }
    return matching
  }
}
