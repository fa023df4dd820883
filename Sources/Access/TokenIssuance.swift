package import Cryptography
package import Encodings

/// What a new token is to be.
package struct TokenOrder: Sendable {
  package var policies: [PolicyName]
  package var displayName: DisplayName
  /// Nil: the parent's.
  package var entity: EntityID?
  /// Nil: as long as is allowed.
  package var lifetimeMilliseconds: Int64?
  /// Nil: not counted.
  package var uses: Int?
  /// Without a parent: it outlives the token that made it.
  package var isOrphan: Bool

  package init(
    policies: [PolicyName], displayName: DisplayName, entity: EntityID? = nil, lifetimeMilliseconds: Int64? = nil,
    uses: Int? = nil, isOrphan: Bool = false
  ) {
    self.policies = policies
    self.displayName = displayName
    self.entity = entity
    self.lifetimeMilliseconds = lifetimeMilliseconds
    self.uses = uses
    self.isOrphan = isOrphan
  }
}

/// Why a token is not made.
package enum IssuanceRefusal: Error, Equatable, Sendable {
  case noPolicies
  case tooManyPolicies(count: Int)
  /// The maker does not have these policies himself, and has no `sudo`.
  case policiesNotHeld([PolicyName])
  case orphanNeedsSudo
  case entityNeedsSudo
  /// A token with counted uses makes no tokens: they would be uses that nobody counted.
  case parentCountsUses
  /// Zero, negative, or longer than allowed.
  case lifetime
  /// Zero, negative, or more than `AccessLimits.tokenUses`.
  case uses
  /// The authorization is not one to create or update.
  case wrongCapability(Capability)

  package var message: String {
    switch self {
    case .noPolicies: "a token needs at least one policy"
    case .tooManyPolicies(let count): "\(count) policies are more than \(AccessLimits.tokenPolicies)"
    case .policiesNotHeld(let names):
      "only a token that has \(names.map(\.text).joined(separator: ", ")) itself, or has sudo, can give it"
    case .orphanNeedsSudo: "an orphan token needs sudo"
    case .entityNeedsSudo: "a token for another entity needs sudo"
    case .parentCountsUses: "a token with a limited number of uses cannot create tokens"
    case .lifetime: "the lifetime must be positive and at most 768 hours"
    case .uses: "the number of uses must be between 1 and \(AccessLimits.tokenUses)"
    case .wrongCapability(let capability): "\(capability.rawValue) is not enough to create a token"
    }
  }
}

/// A new token and its text, which is to be handed to its holder once.
package struct IssuedToken: Sendable {
  package let secret: TokenSecret
  package let token: Token
}

/// How long a root token lives.
package enum RootLifetime: Sendable {
  /// At most `AccessLimits.rootLifetimeMilliseconds`, 24 hours, which is also what init uses.
  case limited(milliseconds: Int64)
  /// Under `--dev` only: the token lies in a file of the development folder for as long as that folder does.
  case unlimitedInDevelopment

  package static let standard = RootLifetime.limited(milliseconds: AccessLimits.rootLifetimeMilliseconds)
}

/// Makes tokens.
package enum TokenIssuance {
  /// A root token. For the initialisation ceremony, the development start, and regaining root with a seal's proof:
  /// whoever calls this gives everything away. Throws `rootMustExpire` for a lifetime that is not positive or over the
  /// limit, `tokenGeneration` where the random source is broken.
  package static func root(
    lifetime: RootLifetime = .standard, now: Instant, hasher: TokenHasher, from source: RandomSource = .system
  ) throws(AccessError) -> IssuedToken {
    let expiresAt: Instant?
    switch lifetime {
    case .limited(let milliseconds):
      guard (1...AccessLimits.rootLifetimeMilliseconds).contains(milliseconds) else { throw .rootMustExpire }
      expiresAt = now.advanced(byMilliseconds: milliseconds)
    case .unlimitedInDevelopment:
      expiresAt = nil
    }
    let secret = try TokenSecret.generate(from: source)
    let token = Token(
      hash: hasher.hash(of: secret), accessor: try TokenAccessor.generate(from: source), parent: nil, entity: .root,
      displayName: .root, policies: [], isRoot: true, createdAt: now, grantedUses: nil,
      state: TokenState(expiresAt: expiresAt, remainingUses: nil, isRevoked: false))
    return IssuedToken(secret: secret, token: token)
  }

  /// The token of somebody who has logged in: without a parent, for the person's own entity, with the login's policies.
  package static func login(
    _ verified: VerifiedLogin, now: Instant, hasher: TokenHasher, from source: RandomSource = .system
  ) throws(AccessError) -> IssuedToken {
    let login = verified.login
    let secret = try TokenSecret.generate(from: source)
    let token = Token(
      hash: hasher.hash(of: secret), accessor: try TokenAccessor.generate(from: source), parent: nil,
      entity: login.entity, displayName: try DisplayName("userpass-\(login.name.text)"), policies: login.policies,
      isRoot: false, createdAt: now, grantedUses: nil,
      state: TokenState(
        expiresAt: now.advanced(byMilliseconds: login.lifetimeMilliseconds), remainingUses: nil, isRevoked: false))
    return IssuedToken(secret: secret, token: token)
  }

  /// A token made by another one, whose authorization to create tokens is given. An authorization with
  /// `Privilege.sudo`, and root, may give policies that they do not hold, another entity, and make orphans; nobody can
  /// make a root token this way. A child never outlives its parent.
  package static func child(
    _ order: TokenOrder, by authorization: Authorization, now: Instant, hasher: TokenHasher,
    from source: RandomSource = .system
  ) throws(AccessError) -> Result<IssuedToken, IssuanceRefusal> {
    let parent = authorization.token
    if let refusal = refusal(of: order, by: authorization) { return .failure(refusal) }

    let lifetime = order.lifetimeMilliseconds ?? AccessLimits.tokenLifetimeMilliseconds
    var expiresAt = now.advanced(byMilliseconds: lifetime)
    if !order.isOrphan, let limit = parent.state.expiresAt, limit < expiresAt { expiresAt = limit }

    let secret = try TokenSecret.generate(from: source)
    let token = Token(
      hash: hasher.hash(of: secret), accessor: try TokenAccessor.generate(from: source),
      parent: order.isOrphan ? nil : parent.accessor, entity: order.entity ?? parent.entity,
      displayName: order.displayName, policies: Set(order.policies).sorted(), isRoot: false, createdAt: now,
      grantedUses: order.uses,
      state: TokenState(expiresAt: expiresAt, remainingUses: order.uses, isRevoked: false))
    return .success(IssuedToken(secret: secret, token: token))
  }

  private static func refusal(of order: TokenOrder, by authorization: Authorization) -> IssuanceRefusal? {
    let parent = authorization.token
    let mayWiden = parent.isRoot || authorization.isPrivileged
    guard authorization.capability == .create || authorization.capability == .update else {
      return .wrongCapability(authorization.capability)
    }
    guard parent.grantedUses == nil else { return .parentCountsUses }
    let wanted = Set(order.policies)
    guard !wanted.isEmpty else { return .noPolicies }
    guard wanted.count <= AccessLimits.tokenPolicies else { return .tooManyPolicies(count: wanted.count) }
    let missing = wanted.subtracting(parent.policies)
    guard mayWiden || missing.isEmpty else { return .policiesNotHeld(missing.sorted()) }
    guard mayWiden || !order.isOrphan else { return .orphanNeedsSudo }
    guard mayWiden || order.entity == nil || order.entity == parent.entity else { return .entityNeedsSudo }
    if let lifetime = order.lifetimeMilliseconds {
      guard (1...AccessLimits.tokenLifetimeMilliseconds).contains(lifetime) else { return .lifetime }
    }
    if let uses = order.uses {
      guard (1...AccessLimits.tokenUses).contains(uses) else { return .uses }
    }
    return nil
  }
}
