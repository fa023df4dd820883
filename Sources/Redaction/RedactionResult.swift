/// A text after redaction. `bytes` is always safe to show: where the text could not be scanned it is the marker.
package struct RedactionResult: Hashable, Sendable {
  /// Whether `bytes` is the text or the marker.
  package enum Disposition: Hashable, Sendable {
    case redacted
    case withheld(WithheldReason)
  }

  /// The text with masks, or the marker `‹withheld: …›`.
  package var bytes: [UInt8]
  /// Masks written, by name.
  package var counts: [SecretName: Int]
  /// Every secret that was found, also those that lie under another one's mask.
  package var found: Set<SecretName>
  /// Set when more was found than chance explains.
  package var alarm: RedactionAlarm?
  /// What `bytes` is.
  package var disposition: Disposition

  /// `bytes` as text; bytes that are not UTF-8 become U+FFFD here, and only here.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// True where the text could not, or must not, be shown.
  package var isWithheld: Bool { disposition != .redacted }
}
