package import Encodings

/// Why a presented token is not let in. For counts and the ledger only: the caller is told the same whatever it was,
/// see `UniformRefusal`.
package enum TokenRefusal: String, Error, CaseIterable, Sendable {
  /// Nothing of a token's form was presented.
  case malformed
  case unknown
  case expired
  case revoked
  /// Its uses are used up.
  case spent
}

/// A token as a request carries it, of whatever form. Every one costs one keyed hash and one look-up.
package struct PresentedToken: Sendable {
  private let secret: TokenSecret?

  /// `text` is the value of `X-Vault-Token`, or what follows `Bearer `. An empty text stands for none.
  package init(_ text: some Collection<UInt8>) {
    secret = TokenSecret(presented: text)
  }

  /// Whether a text has the form of a token, which says nothing of whether there is one.
  package static func hasForm(_ text: some Collection<UInt8>) -> Bool { TokenSecret.hasForm(text) }

  /// Computes what to look for in the store. For what is no token, the hash of a decoy, which no row has.
  package func lookup(with hasher: TokenHasher) -> TokenLookup {
    guard let secret else { return TokenLookup(hash: hasher.decoyHash(), isWellFormed: false) }
    return TokenLookup(hash: hasher.hash(of: secret), isWellFormed: true)
  }
}

extension PresentedToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "PresentedToken(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// The keyed hash of a presented token: proof that somebody presented the text behind it. Made by `PresentedToken`.
package struct TokenLookup: Sendable {
  /// What to look for in the store.
  package let hash: KeyedHash
  fileprivate let isWellFormed: Bool

  fileprivate init(hash: KeyedHash, isWellFormed: Bool) {
    self.hash = hash
    self.isWellFormed = isWellFormed
  }
}

/// A presented token that was found, is neither expired nor revoked, and whose use, where uses are counted, has been
/// taken in the store. Made by `TokenCheck` only, which is why `Authorizer` demands it.
package struct LiveToken: Sendable {
  package let token: Token

  fileprivate init(token: Token) {
    self.token = token
  }
}

/// A token of which the store must first take one use, in one atomic step, whatever the request turns out to be: a
/// denied request has used it too, so that a stolen token cannot try paths for nothing.
package struct PendingUse: Sendable {
  private let token: Token

  fileprivate init(token: Token) {
    self.token = token
  }

  /// Where the use is to be taken.
  package var hash: KeyedHash { token.hash }

  /// What a caller says who has the store's word that the use was taken. Calling it without is a bug by which a token
  /// is used more often than allowed; a store that answers "spent" means `TokenRefusal.spent`.
  package func afterStoreTookOneUse() -> LiveToken {
    var token = token
    token.state.remainingUses = token.state.remainingUses.map { max(0, $0 - 1) }
    return LiveToken(token: token)
  }
}

/// A token whose uses are used up, neither expired nor revoked. It lets nobody in.
package struct SpentToken: Sendable {
  private let token: Token

  fileprivate init(token: Token) {
    self.token = token
  }

  /// For whoever tells its holder what an earlier use of it did, and takes a use in the store before anything else comes
  /// of it; the store has none, so nothing else does. Any other caller is a bug by which a spent token is used.
  package func forRecall() -> LiveToken { LiveToken(token: token) }
}

/// Decides whether a presented token is let in.
package enum TokenCheck {
  package enum Outcome: Sendable {
    case live(LiveToken)
    /// Take one use in the store first.
    case takesUse(PendingUse)
    /// Refused as `TokenRefusal.spent`.
    case spent(SpentToken)
    case refused(TokenRefusal)
  }

  /// `found` is the row that the store has under `lookup.hash`. Pure; `now` is the wall clock, guarded against jumps by
  /// the caller.
  package static func check(_ lookup: TokenLookup, found: Token?, now: Instant) -> Outcome {
    guard lookup.isWellFormed else { return .refused(.malformed) }
    guard let token = found, token.hash.isEqual(to: lookup.hash) else { return .refused(.unknown) }
    switch TokenUse.take(from: token.state, now: now) {
    case .failure(.spent): return .spent(SpentToken(token: token))
    case .failure(let refusal): return .refused(refusal)
    case .success(let next):
      return next == token.state ? .live(LiveToken(token: token)) : .takesUse(PendingUse(token: token))
    }
  }
}

/// What one use does to a token's state: the decision that a store makes inside its transaction, or that a model checks
/// it by.
package enum TokenUse {
  /// The state after one more use, or why there is none. A state without a count comes back unchanged. The moment of
  /// expiry itself is too late.
  package static func take(from state: TokenState, now: Instant) -> Result<TokenState, TokenRefusal> {
    if state.isRevoked { return .failure(.revoked) }
    if let expiresAt = state.expiresAt, now >= expiresAt { return .failure(.expired) }
    guard let remaining = state.remainingUses else { return .success(state) }
    guard remaining > 0 else { return .failure(.spent) }
    var next = state
    next.remainingUses = remaining - 1
    return .success(next)
  }
}
