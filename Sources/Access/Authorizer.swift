package import Encodings

/// Why an authenticated request is not allowed.
package enum AccessDenial: Error, Equatable, Sendable {
  /// The token expired between its check and this decision.
  case expired
  /// The policies do not allow it; the explanation says which rule, and what would have.
  case policy(Explanation)
}

/// Proof that a live token's policies allow one capability on one path. Only `Authorizer` makes it; a function that
/// does something guarded takes it as a parameter, and acts on `path`, not on a text of its own.
package struct Authorization: Sendable {
  /// The token that asked, as it was when it was let in.
  package let token: Token
  package let path: AccessPath
  package let capability: Capability
  /// Whether `sudo` was asked for and held as well.
  package let isPrivileged: Bool
  /// Whether the policies want a second person's consent to this reveal.
  package let needsSecondPerson: Bool
  package let explanation: Explanation
  /// When it was decided.
  package let decidedAt: Instant

  fileprivate init(
    token: Token, path: AccessPath, capability: Capability, isPrivileged: Bool, needsSecondPerson: Bool,
    explanation: Explanation, decidedAt: Instant
  ) {
    self.token = token
    self.path = path
    self.capability = capability
    self.isPrivileged = isPrivileged
    self.needsSecondPerson = needsSecondPerson
    self.explanation = explanation
    self.decidedAt = decidedAt
  }
}

/// Decides requests of live tokens.
package enum Authorizer {
  /// What a request asks for: one capability, and on privileged routes `sudo` beside it.
  package enum Privilege: Sendable {
    case ordinary
    case sudo
  }

  /// Decides. Root is allowed everything that is a request at all (`deny` is none); everybody else what `policies` say,
  /// of which exactly those count that the token names.
  package static func authorize(
    token live: LiveToken, path: AccessPath, capability: Capability, privilege: Privilege = .ordinary,
    policies: PolicyBook, now: Instant
  ) -> Result<Authorization, AccessDenial> {
    let token = live.token
    if let expiresAt = token.state.expiresAt, now >= expiresAt { return .failure(.expired) }
    let explanation: Explanation
    var needsSecondPerson = false
    if token.isRoot, capability != .deny {
      explanation = Explanation(path: path, capability: capability, basis: .root, policies: [], missingPolicies: [])
    } else {
      let set = policies.set(named: token.policies)
      let decision = set.decide(path: path, capability: capability)
      guard decision.isAllowed else { return .failure(.policy(decision.explanation)) }
      if privilege == .sudo {
        let sudo = set.decide(path: path, capability: .sudo)
        guard sudo.isAllowed else { return .failure(.policy(sudo.explanation)) }
      }
      explanation = decision.explanation
      needsSecondPerson = decision.needsSecondPerson
    }
    return .success(
      Authorization(
        token: token, path: path, capability: capability, isPrivileged: privilege == .sudo,
        needsSecondPerson: needsSecondPerson, explanation: explanation, decidedAt: now))
  }
}
