/// One mail address, as far as it may stand in an envelope and in a header: the dot-atom form of RFC 5321 §4.1.2 with a
/// domain name. Quoted local parts, comments, address literals and letters outside ASCII are refused.
package struct MailAddress: Hashable, Sendable {
  package let text: String

  /// Nil for what is no such address.
  package init?(_ text: String) {
    guard text.utf8.count <= 254, let at = text.firstIndex(of: "@") else { return nil }
    let local = text[..<at].utf8
    let domain = text[text.index(after: at)...].utf8
    guard (1...64).contains(local.count), Self.isDotted(local, isPart: Self.isAtom),
      Self.isDotted(domain, isPart: Self.isLabel)
    else { return nil }
    self.text = text
  }

  /// The part behind the at sign.
  package var domain: String { String(text.drop { $0 != "@" }.dropFirst()) }

  /// Whether the text can name a recipient: an address, or the name of a login.
  package static func isRecipient(_ text: String) -> Bool {
    if text.utf8.contains(UInt8(ascii: "@")) { return MailAddress(text) != nil }
    return (1...56).contains(text.utf8.count) && isDotted(text.utf8, isPart: isAtom)
  }

  private static func isDotted<Text: Collection<UInt8>>(
    _ text: Text, isPart: (Text.SubSequence) -> Bool
  ) -> Bool {
    text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isPart)
  }

  /// `atext` of RFC 5322 §3.2.3, once or more.
  private static func isAtom(_ part: some Collection<UInt8>) -> Bool {
    !part.isEmpty
      && part.allSatisfy { byte in
        isLetterOrDigit(byte)
          || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
      }
  }

  private static func isLabel(_ part: some Collection<UInt8>) -> Bool {
    guard (1...63).contains(part.count), part.first != UInt8(ascii: "-") else { return false }
    return part.allSatisfy { byte in
      byte == UInt8(ascii: "-") || isLetterOrDigit(byte)
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
