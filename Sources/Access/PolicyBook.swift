/// All policies of the installation, by name. An immutable value: writing a policy makes another book, so that a
/// request is decided by one state of the policies from its beginning to its end.
package struct PolicyBook: Sendable {
  private let byName: [PolicyName: Policy]

  package init(_ policies: [Policy] = []) {
    var byName: [PolicyName: Policy] = [:]
    for policy in policies { byName[policy.name] = policy }
    self.byName = byName
  }

  package var names: [PolicyName] { byName.keys.sorted() }

  package subscript(name: PolicyName) -> Policy? { byName[name] }

  /// The same book with one policy more, or in the place of the one of its name.
  package func replacing(with policy: Policy) -> PolicyBook {
    PolicyBook(byName.values.filter { $0.name != policy.name } + [policy])
  }

  package func removing(_ name: PolicyName) -> PolicyBook {
    PolicyBook(byName.values.filter { $0.name != name })
  }

  /// The policies that a token names. A name without a policy allows nothing and is shown in explanations.
  package func set(named names: [PolicyName]) -> PolicySet {
    PolicySet(names.compactMap { byName[$0] }, missing: names.filter { byName[$0] == nil })
  }
}
