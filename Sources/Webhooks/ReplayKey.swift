import Cryptography
package import Encodings

/// The name under which one accepted request is remembered, so that it is not accepted again as a new one.
///
/// For signed requests it is made of the *signed bytes*, not of a delivery id (which may be unsigned) nor of the
/// signature (of which some algorithms allow several for the same bytes):
/// SHA-256 over LengthPrefixed(endpoint id, scheme identity, signed bytes).
package struct ReplayKey: Hashable, Sendable {
  /// 32 bytes; not secret.
  package let digest: [UInt8]
  /// The key must be remembered up to and including this instant. Until then the same bytes could be accepted again.
  package let keepUntil: Instant

  /// - Parameter payload: the signed bytes.
  init(endpointID: String, scheme: SignatureScheme, payload: SignedPayload, isTimeSigned: Bool, now: Instant) {
    // The length prefix of the last field by hand, so that a large body is hashed where it lies.
    var fields = LengthPrefixed()
    fields.append(endpointID)
    fields.append(scheme.identity)
    var hash = SHA256()
    hash.update(fields.bytes)
    hash.update((0..<8).map { UInt8(truncatingIfNeeded: UInt64(payload.byteCount) >> UInt64(56 - $0 * 8)) })
    for piece in payload.pieces { hash.update(piece) }
    digest = hash.finish()
    keepUntil = now.advanced(byMilliseconds: Self.retention(scheme, isTimeSigned: isTimeSigned))
  }

  /// For requests that are not signed and carry an `Idempotency-Key`. The identity cannot be a scheme's.
  init(endpointID: String, idempotencyKey: ArraySlice<UInt8>, now: Instant) {
    var fields = LengthPrefixed()
    fields.append(endpointID)
    fields.append("header:Idempotency-Key")
    fields.append(idempotencyKey)
    digest = Digest.sha256(fields.bytes)
    keepUntil = now.advanced(byMilliseconds: WebhookLimits.unsignedTimeRetentionMilliseconds)
  }

  /// With a signed time, a request can be accepted from `future` before it to `past` after it: whoever remembers that
  /// long remembers long enough. Without one it could come back at any time, and is remembered for a day at least.
  private static func retention(_ scheme: SignatureScheme, isTimeSigned: Bool) -> Int64 {
    let windows = [
      scheme.timestamp.map { $0.window.pastMilliseconds + $0.window.futureMilliseconds } ?? 0,
      isTimeSigned && !scheme.isTimestampSigned
        ? TimestampWindow.oneMinute.pastMilliseconds + TimestampWindow.oneMinute.futureMilliseconds : 0,
    ]
    let window = windows.max() ?? 0
    return isTimeSigned ? window : max(window, WebhookLimits.unsignedTimeRetentionMilliseconds)
  }
}

/// Whether an accepted request may be a repetition of an earlier one, and how to find out.
package enum Repetition: Hashable, Sendable {
  /// Nothing names this request: it is always new.
  case alwaysNew
  /// New only if no request of this key is remembered; check and store in one step.
  case remembered(ReplayKey)
  /// The sender asked for idempotency with a key that is repeated, empty, too long or not visible ASCII. It has proven
  /// who it is, so it may be told (400); nothing must be started.
  case malformedIdempotencyKey

  /// The `Idempotency-Key` of a request that is not signed: 1 to 255 visible ASCII characters.
  static func unsigned(_ request: UnverifiedRequest, endpointID: String, now: Instant) -> Repetition {
    let found = request.headers.filter { HeaderName.idempotencyKey.matches($0.name) }
    guard let value = found.first?.trimmedValue else { return .alwaysNew }
    guard found.count == 1, (1...WebhookLimits.idempotencyKeyBytes).contains(value.count),
      value.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return .malformedIdempotencyKey }
    return .remembered(ReplayKey(endpointID: endpointID, idempotencyKey: value, now: now))
  }
}
