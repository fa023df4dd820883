/// Every bound of this room, in one place. The sender controls what they bound.
package enum MessageSignatureLimits {
  /// Bytes of one structured field, its lines joined; and values in it: items, parameters, keys without a value.
  package static let fieldBytes = 16_384
  static let fieldValues = 256
  /// Signatures of one message, and components of one signature.
  static let signatures = 16
  static let components = 64
  /// Bytes of a nonce, a keyid, a tag.
  static let parameterBytes = 512
  /// Parameters of a query that are looked at for `@query-param`.
  static let queryParameters = 4_096
  /// Header lines and trailer lines of a message that are looked at; more refuse.
  static let fields = 1_000
  /// Bytes of a signature: RSA of 8192 bits.
  static let signatureBytes = 1_024
  /// Keys of one verifier: rotation needs two.
  static let keys = 8
  /// Bytes of a JSON Web Token, and members of its header and of its claims.
  package static let tokenBytes = 16_384
  static let tokenMembers = 256
  /// Seconds that a window of freshness may reach, each way: a week.
  package static let windowSeconds: Int64 = 604_800
  /// Seconds that a token of ours may live: an hour.
  package static let tokenLifetimeSeconds: Int64 = 3_600
}
