package import Encodings

/// From when and until when a key counts. Rotation gives the new key a beginning and the old one an end.
package struct KeyValidity: Hashable, Sendable {
  /// The first instant at which the key counts; nil for no beginning.
  package let notBefore: Instant?
  /// The last instant at which the key counts; nil for no end.
  package let notAfter: Instant?

  /// - Throws: `WebhookFault.key(.validity)` when the end lies before the beginning: such a key would never count.
  package init(notBefore: Instant?, notAfter: Instant?) throws(WebhookFault) {
    if let notBefore, let notAfter, notAfter < notBefore { throw .key(.validity) }
    self.notBefore = notBefore
    self.notAfter = notAfter
  }

  private init() {
    notBefore = nil
    notAfter = nil
  }

  package static let always = KeyValidity()

  /// Both ends are inclusive.
  package func counts(at now: Instant) -> Bool {
    (notBefore.map { $0 <= now } ?? true) && (notAfter.map { now <= $0 } ?? true)
  }
}
