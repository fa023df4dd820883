import Encodings

/// Every bound of this room, in one place. The sender controls what they bound.
package enum WebhookLimits {
  /// Signatures looked at in one request, unless the scheme says otherwise, and the most a scheme may ask for.
  static let signatures = 16
  static let signaturesAtMost = 100
  /// Positions of a written-out pattern, and nesting of its groups.
  static let patternPositions = 1_024
  static let patternDepth = 32
  /// Steps spent on finding out where a pattern's words end; past it the loader warns.
  static let prefixAnalysisSteps = 500_000
  /// Values, parts and expectations of one scheme; signed headers of a recipe.
  static let schemeParts = 32
  /// Bytes of one text about a scheme, and how many notes it may have.
  static let aboutBytes = 300
  static let aboutNotes = 8
  /// Seconds that a timestamp window may reach, each way: a week. PayPal's three days are the longest in use.
  static let windowSeconds = 604_800
  /// Keys of one endpoint: rotation needs two, a slow one three.
  package static let keysPerEndpoint = 8
  /// Shared secrets of fewer bytes can be tried one after another (RFC 2104 §3 wants as many as the hash has).
  static let weakKeyBytes = 16
  /// Standard Webhooks, "Symmetric signatures": how its keys begin, and how long they are.
  static let standardKeyPrefix = Array("whsec_".utf8)
  static let standardKeyBytes = 24...64
  /// Forms of one handshake profile; bytes of a token that is given back, and of an address that is called.
  static let challengeForms = 8
  static let challengeTokenBytes = 512
  static let challengeLinkBytes = 2_048
  /// Bytes of a file of certificates that is fetched.
  package static let fetchedKeyBytes = 32_768
  /// Bytes of a bearer token, and of a basic-authentication pair.
  static let bearerBytes = 8_192
  static let basicBytes = 4_096
  /// Characters of an `Idempotency-Key`.
  package static let idempotencyKeyBytes = 255
  /// Bytes of a request target in a log line.
  static let loggedTargetBytes = 1_024
  /// JSON that must be read before it is verified (`json` sources, `{sns(body)}`).
  static let unverifiedJSON = JSONLimits(maximumBytes: 16 * 1_048_576, maximumDepth: 64, maximumNodes: 200_000)
  /// Pairs of a query or a form that are looked at.
  static let parameters = 4_096

  /// An `Idempotency-Key` is remembered this long, in milliseconds: a day.
  static let idempotencyRetentionMilliseconds: Int64 = 86_400_000
  /// A signed id is remembered at least this long, in milliseconds: five days. Senders that repeat a failed delivery give
  /// up within three (field experience: 72 to 75 hours).
  static let signedIDRetentionMilliseconds: Int64 = 432_000_000
}
