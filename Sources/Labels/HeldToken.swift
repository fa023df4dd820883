package import Encodings

/// A token of an authorisation server, as it is kept: with its labels, and with the times between which it is used.
package struct HeldToken: Sendable {
  package let access: LabeledText
  package let refresh: LabeledText?
  package let obtainedAt: Instant
  /// Nil: until it is refused.
  package let expiresAt: Instant?

  package init(access: LabeledText, refresh: LabeledText?, obtainedAt: Instant, expiresAt: Instant?) {
    self.access = access
    self.refresh = refresh
    self.obtainedAt = obtainedAt
    self.expiresAt = expiresAt
  }

  /// A minute before its end, or a tenth of its life where that is less.
  static func skew(lifeMilliseconds: Int64) -> Int64 { min(60_000, max(0, lifeMilliseconds) / 10) }

  /// Until when `isFresh` says so; nil: until the token is refused.
  package var freshUntil: Instant? {
    guard let expiresAt else { return nil }
    let life = expiresAt.milliseconds(since: obtainedAt)
    return expiresAt.advanced(byMilliseconds: -Self.skew(lifeMilliseconds: life))
  }

  /// Whether a request that leaves now may carry it.
  package func isFresh(at now: Instant) -> Bool {
    guard let expiresAt else { return true }
    let life = expiresAt.millisecondsSinceEpoch - obtainedAt.millisecondsSinceEpoch
    return now.millisecondsSinceEpoch < expiresAt.millisecondsSinceEpoch - Self.skew(lifeMilliseconds: life)
  }

  /// For the seal door: times, then the texts with their labels.
  var encoded: [UInt8] {
    var fields = LengthPrefixed()
    fields.append(UInt64(clamping: obtainedAt.millisecondsSinceEpoch))
    // A time of nought is none: no token ends before 1970.
    fields.append(UInt64(clamping: expiresAt?.millisecondsSinceEpoch ?? 0))
    fields.append(access.encoded)
    fields.append(refresh?.encoded ?? [])
    return fields.bytes
  }

  init?(encoded bytes: ArraySlice<UInt8>) {
    var reader = LengthPrefixedReader(bytes)
    guard let obtained = reader.nextNumber().flatMap({ Int64(exactly: $0) }),
      let expires = reader.nextNumber().flatMap({ Int64(exactly: $0) }),
      let access = reader.next().flatMap({ LabeledText(encoded: $0) }), let refresh = reader.next(), reader.isAtEnd
    else { return nil }
    self.access = access
    obtainedAt = Instant(millisecondsSinceEpoch: obtained)
    expiresAt = expires == 0 ? nil : Instant(millisecondsSinceEpoch: expires)
    guard !refresh.isEmpty else {
      self.refresh = nil
      return
    }
    guard let read = LabeledText(encoded: refresh) else { return nil }
    self.refresh = read
  }
}

extension HeldToken: Masked {
  package var maskedText: String { "HeldToken(‹masked›)" }
}
