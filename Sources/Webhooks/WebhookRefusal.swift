/// Why a request at a public endpoint was refused: for the refusal counts and the ledger, and for nobody else.
/// Every sender gets the same answer, whichever it was.
///
/// When several things are wrong the reason is the first in this order of checks, except that everything is
/// still done. A reason says nothing about the content of the request.
package enum WebhookRefusal: String, Error, Hashable, Sendable, CaseIterable {
  case unknownEndpoint = "unknown-endpoint"
  case internalOnly = "internal-only"
  case inactiveEndpoint = "inactive-endpoint"
  case noKeyConfigured = "no-key-configured"

  case credentialMissing = "credential-missing"
  case credentialRepeated = "credential-repeated"
  case credentialMalformed = "credential-malformed"
  case tooManySignatures = "too-many-signatures"

  case bodyNotJSON = "body-not-json"
  case valueMissing = "value-missing"
  case valueRepeated = "value-repeated"
  case valueMalformed = "value-malformed"
  case expectationFailed = "expectation-failed"
  case keyAddressRefused = "key-address-refused"
  /// A message signature leaves out what the endpoint wants signed.
  case componentNotCovered = "component-not-covered"
  /// The body is not the one of the digest, or there is no digest that counts.
  case digestWrong = "digest-wrong"

  /// The secret, password or token is another, or no signature fits any key.
  case credentialWrong = "credential-wrong"
  case bearerRefused = "bearer-refused"
  /// The only key that fits has ended, or has not begun.
  case keyOutOfDate = "key-out-of-date"

  case timestampMissing = "timestamp-missing"
  case timestampRepeated = "timestamp-repeated"
  case timestampMalformed = "timestamp-malformed"
  case timestampTooOld = "timestamp-too-old"
  case timestampTooNew = "timestamp-too-new"

  /// The request is right, but as many deliveries are remembered as the endpoint may hold, and none may be forgotten.
  /// Not the verifier's finding: the store's.
  case replayCapReached = "replay-cap-reached"
  /// The token of a handshake is not there, is there twice, or is not of its form.
  case challengeMissing = "challenge-missing"
  case challengeRepeated = "challenge-repeated"
  case challengeMalformed = "challenge-malformed"
  /// What a handshake must bring beside its token is wrong: the verify token, the mode, the topic.
  case challengeWrong = "challenge-wrong"
  /// A handshake that brings the endpoint's key, while nobody waits for one or there is one already.
  case challengeNotAwaited = "challenge-not-awaited"
  /// Handshakes were answered too often.
  case challengeTooOften = "challenge-too-often"
  /// The address that a handshake named could not be called.
  case challengeNotFollowed = "challenge-not-followed"
  /// What was signed is a token that the endpoint's handshake would sign for anybody.
  case signedByChallenge = "signed-by-challenge"
}
