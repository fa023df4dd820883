/// One origin of a value and the rule that it brings.
package struct LabelOrigin: Hashable, Sendable, Comparable {
  package let origin: Origin
  package let rule: LogRule
  /// Whether the origin only chose the value: nothing of what it holds stands in it. A value that has no other secret
  /// origin is hidden like any other, but it is not looked for elsewhere: it may be a word of the document, and that this
  /// word is hidden would tell that it was the one.
  package let isChoice: Bool

  package init(_ origin: Origin, _ rule: LogRule, isChoice: Bool = false) {
    self.origin = origin
    self.rule = rule
    self.isChoice = isChoice
  }

  /// What both together are: the stricter rule, and a choice where both are.
  func joined(with other: LabelOrigin) -> LabelOrigin {
    LabelOrigin(origin, max(rule, other.rule), isChoice: isChoice && other.isChoice)
  }

  package static func < (left: LabelOrigin, right: LabelOrigin) -> Bool {
    (left.origin, left.rule) < (right.origin, right.rule)
  }
}

/// Where a value came from and where it may go: origins with their log rules, and the hosts that all of them allow.
///
/// A label holds names only, no content: it may be printed and compared. Labels form a join semilattice (`joined`):
/// union of origins, the stricter rule where both have one, a choice only where both are one, intersection of hosts.
/// Nothing takes an origin away.
package struct Label: Hashable, Sendable {
  /// Sorted by origin; each origin once.
  package let origins: [LabelOrigin]
  package let hosts: HostClearance

  /// No origin, no restriction: text that stands in a document in the clear.
  package static let clear = Label(sorted: [], hosts: .any)

  /// One origin with its rule and the hosts that whoever may write the value named.
  package init(origin: Origin, rule: LogRule, hosts: HostClearance) {
    self.init(sorted: [LabelOrigin(origin.bounded, rule)], hosts: hosts.normalised)
  }

  /// Several origins, in any order; an origin named twice keeps the stricter rule.
  package init(origins: some Sequence<LabelOrigin>, hosts: HostClearance) {
    var strictest: [Origin: LabelOrigin] = [:]
    for entry in origins {
      let entry = LabelOrigin(entry.origin.bounded, entry.rule, isChoice: entry.isChoice)
      strictest[entry.origin] = strictest[entry.origin]?.joined(with: entry) ?? entry
    }
    self.init(sorted: strictest.values.sorted { $0.origin < $1.origin }, hosts: hosts.normalised)
  }

  /// `origins` are sorted, unique and bounded, `hosts` is canonical.
  init(sorted origins: [LabelOrigin], hosts: HostClearance) {
    self.origins = origins
    self.hosts = hosts
  }

  /// The label of a value made from both. Commutative, associative, idempotent; `clear` is its neutral element.
  package func joined(with other: Label) -> Label {
    if self == other || other == .clear { return self }
    if self == .clear { return other }
    var merged: [LabelOrigin] = []
    merged.reserveCapacity(origins.count + other.origins.count)
    var mine = origins[...]
    var theirs = other.origins[...]
    while let left = mine.first, let right = theirs.first {
      if left.origin == right.origin {
        merged.append(left.joined(with: right))
        mine.removeFirst()
        theirs.removeFirst()
      } else if left.origin < right.origin {
        merged.append(left)
        mine.removeFirst()
      } else {
        merged.append(right)
        theirs.removeFirst()
      }
    }
    merged += mine
    merged += theirs
    return Label(sorted: merged, hosts: hosts.intersection(other.hosts))
  }

  /// The join of all.
  package static func join(_ labels: some Sequence<Label>) -> Label { labels.reduce(.clear) { $0.joined(with: $1) } }

  /// The strictest rule of any origin.
  package var rule: LogRule { origins.lazy.map(\.rule).max() ?? .shown }

  /// Whether a viewer without clearance must not see the value.
  package var isSecret: Bool { origins.contains { $0.rule != .shown } }

  /// Whether what it is on holds something of a secret, and was not only chosen by one.
  package var hasSecretContent: Bool { origins.contains { $0.rule != .shown && !$0.isChoice } }

  /// Whether what it is on was chosen out of what stands in documents: nothing in it is of any origin.
  package var isChoice: Bool { !origins.isEmpty && origins.allSatisfy(\.isChoice) }

  /// The label of what was chosen by a value with this one, and has nothing of it: a default where it has no such part, the
  /// text of a table that stands for it.
  package var ofChoice: Label {
    isSecret ? Label(sorted: origins.map { LabelOrigin($0.origin, $0.rule, isChoice: true) }, hosts: hosts) : self
  }

  /// The origins that make it secret.
  package var secretOrigins: [Origin] { origins.filter { $0.rule != .shown }.map(\.origin) }

  /// The same origins and rules, also restricted to `hosts`: narrowing only.
  package func restricted(to hosts: HostClearance) -> Label {
    Label(sorted: origins, hosts: self.hosts.intersection(hosts.normalised))
  }

  /// Whether a join with `other` would change nothing.
  package func covers(_ other: Label) -> Bool { joined(with: other) == self }
}
