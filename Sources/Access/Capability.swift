/// What a rule of a policy allows on a path. The first eight are Vault's; `start`, `reveal` and `grant` are ours.
package enum Capability: String, CaseIterable, Hashable, Sendable {
  case create
  case read
  case update
  case delete
  case list
  case patch
  /// Needed beside the route's own capability where a route is marked as privileged.
  case sudo
  /// Not a permission: a rule with it refuses every request that it matches, whatever else allows it.
  case deny
  /// Start a run of a runbook.
  case start
  /// Have a secret value shown to a person, with a reason, on the record.
  case reveal
  /// Let a runbook read a secret, and renew that right after an edit.
  case grant

  /// The bit of this capability in a `CapabilitySet`: its place in `allCases`.
  var bit: UInt16 {
    switch self {
    case .create: 1 << 0
    case .read: 1 << 1
    case .update: 1 << 2
    case .delete: 1 << 3
    case .list: 1 << 4
    case .patch: 1 << 5
    case .sudo: 1 << 6
    case .deny: 1 << 7
    case .start: 1 << 8
    case .reveal: 1 << 9
    case .grant: 1 << 10
    }
  }
}

/// A set of capabilities, in one word.
package struct CapabilitySet: Hashable, Sendable {
  private var bits: UInt16 = 0

  package init() {}

  package var isEmpty: Bool { bits == 0 }

  package func contains(_ capability: Capability) -> Bool {
    bits & capability.bit != 0
  }

  package mutating func insert(_ capability: Capability) {
    bits |= capability.bit
  }

  package mutating func formUnion(_ other: CapabilitySet) {
    bits |= other.bits
  }

  /// The members in the order of `Capability.allCases`, so that texts made of them do not vary.
  package var elements: [Capability] {
    Capability.allCases.filter(contains)
  }
}
