/// Every bound that this room puts on what a sender, a document or a table may hold.
package enum AccessLimits {
  /// Bytes of a request path, without its leading slash.
  package static let pathBytes = 1024
  /// Segments of a request path or a pattern.
  package static let pathSegments = 64
  /// Bytes of one policy document.
  package static let policyBytes = 256 * 1024
  /// Path blocks of one policy document.
  package static let policyRules = 1024
  /// Faults that are reported for one document; the rest would be noise.
  package static let policyFaults = 50
  /// Pairs of rules that are reported as differing from Vault's outcome.
  package static let reportedDifferences = 50
  /// Policies of one token.
  package static let tokenPolicies = 64
  /// Bytes of a display name.
  package static let displayNameBytes = 128
  /// Bytes of the reason that a person gives for a disclosure.
  package static let reasonBytes = 512
  /// 15 minutes: how long a request to have a value shown waits for a second person, and then for its showing.
  package static let revealMilliseconds: Int64 = 15 * 60_000
  /// Reveal requests that wait at the same time, of one entity: more are nobody's honest work.
  package static let waitingReveals = 16
  /// Bytes of a password. Vault's clients send it as a text in JSON.
  package static let passwordBytes = 12...1024
  /// Uses that a token may be limited to: more is no limit worth counting.
  package static let tokenUses = 1_000_000
  /// 768 hours: how long an ordinary token lives where nothing shorter is asked for, and at most.
  package static let tokenLifetimeMilliseconds: Int64 = 768 * 3_600_000
  /// 24 hours: how long the root token lives where nothing shorter is asked for, and at most.
  package static let rootLifetimeMilliseconds: Int64 = 24 * 3_600_000
}
