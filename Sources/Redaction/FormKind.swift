/// The ways of writing a secret that are searched for.
package enum FormKind: UInt8, Hashable, Sendable, CaseIterable {
  /// Its bytes.
  case raw
  /// All letters in the other case.
  case letterCase
  /// As the content of a JSON string, as various writers escape it.
  case json
  /// As the content of a JSON string, every character as `\uXXXX`.
  case jsonEveryCharacter
  /// Percent-encoded, by various sets of characters that stay.
  case percent
  /// Every byte as `%XX`.
  case percentEveryByte
  /// As HTML forms write it: a space is `+`.
  case form
  /// Escaped for HTML or XML.
  case html
  /// Every character as a numeric reference.
  case htmlEveryCharacter
  /// Hexadecimal.
  case hex
  /// Base 64 (RFC 4648 §4), at one of the three alignments.
  case base64
  /// Base 64 for URLs (RFC 4648 §5), at one of the three alignments.
  case base64url
  /// Base 32 (RFC 4648 §6).
  case base32
  /// UTF-16, low byte first.
  case utf16LittleEndian
  /// UTF-16, high byte first.
  case utf16BigEndian
  /// Inside single quotes for a shell or for SQL.
  case quoted
  /// Bytes from 0x80 on read as Latin-1 and written as UTF-8.
  case transcoded
  /// The secret holds escapes itself; here they are undone.
  case unescaped
  /// A part of it, raw (`Fragments`).
  case fragment

  /// Characters that may stand beside the ones that the secret alone determines, and belong to it in part.
  func isDigit(_ byte: UInt8) -> Bool {
    switch (self, byte) {
    case (.base64, 0x2B), (.base64, 0x2F), (.base64url, 0x2D), (.base64url, 0x5F): true
    case (.base64, 0x30...0x39), (.base64, 0x41...0x5A), (.base64, 0x61...0x7A): true
    case (.base64url, 0x30...0x39), (.base64url, 0x41...0x5A), (.base64url, 0x61...0x7A): true
    case (.base32, 0x32...0x37), (.base32, 0x41...0x5A), (.base32, 0x61...0x7A): true
    default: false
    }
  }
}
