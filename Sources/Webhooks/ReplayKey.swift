import Cryptography
package import Encodings

/// One name under which an accepted request is remembered, so that it is not accepted again as a new one.
package struct ReplayKey: Hashable, Sendable {
  /// How long it must be remembered.
  package enum Retention: Hashable, Sendable {
    /// Up to and including this instant; later the same bytes are refused for their time.
    case until(Instant)
    /// As long as the endpoint has the key whose material this text names: the bytes never grow too old.
    case whileKeyStands(epoch: String)
  }

  /// 32 bytes; not secret.
  package let digest: [UInt8]
  package let retention: Retention

  /// The key must be remembered up to and including this instant; nil where no time ends it.
  package var keepUntil: Instant? {
    guard case .until(let end) = retention else { return nil }
    return end
  }

  /// The same key as one token's own, where what it names was chosen by the token's holder: so that nobody takes another
  /// one's by choosing the same. Not the entity's: tokens that one person makes for several senders are all of his.
  ///
  /// - Parameter token: the keyed hash by which the token is stored.
  package func own(to token: [UInt8]) -> ReplayKey {
    var fields = LengthPrefixed()
    fields.append("bearer")
    fields.append(token)
    fields.append(digest)
    return ReplayKey(digest: Digest.sha256(fields.bytes), retention: retention)
  }
}

/// Everything by which one request is remembered. It is a repetition if *any* of the keys is known.
///
/// A signed request is known by the *signed bytes*, never by the signature, of which some algorithms allow several for
/// the same bytes: SHA-256 over LengthPrefixed(endpoint id, scheme identity, signed bytes). Where the sender also signs
/// an id of the delivery, it is known by that as well: so the sender's next attempt, with a new time and a new signature,
/// is recognised. An id that is not signed counts for nothing: whoever saw one request could write another.
package struct ReplayKeys: Hashable, Sendable {
  /// At least one, the one of the signed bytes first.
  package let all: [ReplayKey]

  /// - Parameters:
  ///   - payload: the signed bytes.
  ///   - epoch: names the material of the key that fitted.
  ///   - id: the delivery's id as the request holds it, signed or not.
  init(
    _ endpoint: EndpointConfiguration, _ scheme: SignatureScheme, payload: SignedPayload, epoch: String?, id: [UInt8]?,
    now: Instant
  ) {
    let kept = ReplayKey.Retention.whileKeyStands(epoch: epoch ?? "")
    let window = Self.window(endpoint, scheme)
    let bytes = ReplayKey(
      digest: Self.digest(endpoint.id, scheme.identity, payload),
      retention: endpoint.isTimeSigned ? .until(now.advanced(byMilliseconds: window)) : kept)
    guard let id, scheme.isReplayIDSigned else {
      all = [bytes]
      return
    }
    var fields = LengthPrefixed()
    fields.append(endpoint.id)
    fields.append("id:\(scheme.name)")
    fields.append(id)
    let retention = max(window, WebhookLimits.signedIDRetentionMilliseconds)
    all = [
      bytes,
      ReplayKey(
        digest: Digest.sha256(fields.bytes),
        retention: endpoint.isTimeSigned ? .until(now.advanced(byMilliseconds: retention)) : kept),
    ]
  }

  /// For a start by somebody with a token that carries an `Idempotency-Key`: the key counts for this runbook and this
  /// entity alone, so nobody can take another one's. Nil for a key that is not 1 to 255 visible ASCII characters.
  package init?(runbook: String, entity: String, idempotencyKey: [UInt8], now: Instant) {
    guard (1...WebhookLimits.idempotencyKeyBytes).contains(idempotencyKey.count),
      idempotencyKey.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    var fields = LengthPrefixed()
    fields.append(runbook)
    fields.append("token:Idempotency-Key")
    fields.append(entity)
    fields.append(idempotencyKey)
    let end = now.advanced(byMilliseconds: WebhookLimits.idempotencyRetentionMilliseconds)
    all = [ReplayKey(digest: Digest.sha256(fields.bytes), retention: .until(end))]
  }

  /// For requests that are not signed and carry an `Idempotency-Key`. The identity cannot be a scheme's.
  init(endpointID: String, idempotencyKey: ArraySlice<UInt8>, now: Instant) {
    var fields = LengthPrefixed()
    fields.append(endpointID)
    fields.append("header:Idempotency-Key")
    fields.append(idempotencyKey)
    let end = now.advanced(byMilliseconds: WebhookLimits.idempotencyRetentionMilliseconds)
    all = [ReplayKey(digest: Digest.sha256(fields.bytes), retention: .until(end))]
  }

  /// The length prefix of the last field by hand, so that a large body is hashed where it lies.
  private static func digest(_ endpointID: String, _ identity: String, _ payload: SignedPayload) -> [UInt8] {
    var fields = LengthPrefixed()
    fields.append(endpointID)
    fields.append(identity)
    var hash = SHA256()
    hash.update(fields.bytes)
    hash.update((0..<8).map { UInt8(truncatingIfNeeded: UInt64(payload.byteCount) >> UInt64(56 - $0 * 8)) })
    for piece in payload.pieces { hash.update(piece) }
    return hash.finish()
  }

  /// With a signed time, a request can be accepted from `future` before it to `past` after it: whoever remembers that
  /// long remembers long enough.
  private static func window(_ endpoint: EndpointConfiguration, _ scheme: SignatureScheme) -> Int64 {
    let own = endpoint.timestampHeader.map(scheme.signs) ?? false ? TimestampWindow.oneMinute : nil
    // Where both are checked, a request must be inside both: the shorter would do. The longer is simpler to hold.
    return [scheme.isTimestampSigned ? scheme.timestamp?.window : nil, own].compactMap {
      $0.map { $0.pastMilliseconds + $0.futureMilliseconds }
    }.max() ?? 0
  }
}

/// Whether an accepted request may be a repetition of an earlier one, and how to find out.
package enum Repetition: Hashable, Sendable {
  /// Nothing names this request: it is always new.
  case alwaysNew
  /// New only if no request of any of these keys is remembered; check and store in one step.
  case remembered(ReplayKeys)
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
    return .remembered(ReplayKeys(endpointID: endpointID, idempotencyKey: value, now: now))
  }
}
