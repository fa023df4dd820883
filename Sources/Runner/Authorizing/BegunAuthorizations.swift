import Cryptography
import Encodings
import Labels

/// Authorisations that wait for a person's yes (RFC 6749 §4.1): one for each integration, for ten minutes.
struct BegunAuthorizations: Sendable {
  struct Begun: Sendable {
    /// What comes back with the code, so that nobody else's code is taken (§10.12).
    let state: [UInt8]
    /// RFC 7636 §4.1; nil without PKCE.
    let verifier: LabeledText?
    /// Of the settings that it was begun with.
    let settings: String
  }

  private var begun: [String: (authorization: Begun, until: Instant)] = [:]

  static let lifetimeSeconds: Int64 = 600
  /// The most at one time; the one that ends first makes room.
  static let maximum = 256

  mutating func begin(_ authorization: Begun, of integration: String, now: Instant) {
    begun = begun.filter { $0.value.until > now }
    if begun.count >= Self.maximum, begun[integration] == nil,
      let first = begun.min(by: { $0.value.until < $1.value.until })
    {
      begun[first.key] = nil
    }
    begun[integration] = (authorization, now.advanced(byMilliseconds: Self.lifetimeSeconds * 1_000))
  }

  /// A wrong state leaves it as it is: whoever sends one must not end another's.
  mutating func take(_ integration: String, state: [UInt8], now: Instant) -> Begun? {
    guard let found = begun[integration], found.until > now,
      ConstantTime.areEqual(found.authorization.state, state)
    else { return nil }
    begun[integration] = nil
    return found.authorization
  }
}
