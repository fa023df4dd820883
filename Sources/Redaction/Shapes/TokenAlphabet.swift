/// The sets of characters that tokens are written in. All are ASCII.
package enum TokenAlphabet: UInt8, Sendable, CaseIterable {
  /// `0-9`
  case digits
  /// `0-9a-f`
  case lowerHex
  /// `0-9A-F`
  case upperHex
  /// `0-9a-fA-F`
  case hex
  /// `0-9a-z`
  case lowerBase36
  /// `0-9A-Z`
  case upperBase36
  /// `A-Z2-7` (RFC 4648 §6)
  case base32
  /// `A-Za-z`
  case letters
  /// `0-9A-Za-z`
  case alphanumeric
  /// `0-9A-Za-z_`
  case word
  /// `0-9A-Za-z+/` (RFC 4648 §4), without padding
  case base64
  /// `0-9A-Za-z-_` (RFC 4648 §5), without padding
  case base64url
  /// `0-9A-Za-z-_=.`
  case dotted
  /// `0-9A-Za-z-_~.`: what RFC 3986 calls unreserved
  case unreserved
  /// The 32 characters of bech32 (BIP 173), in upper case
  case bech32
  /// What makes a number go on: letters, digits, `_`, `.`, `-`, `+`, `/`, `#`
  case number

  /// Whether the byte is one of them.
  package func contains(_ byte: UInt8) -> Bool { TokenAlphabet.masks[Int(byte)] & bit != 0 }

  /// The bytes of the set, in order.
  package var members: [UInt8] { (0...255).filter { contains($0) } }

  /// The alphabet's bit in `masks`.
  var bit: UInt32 { 1 << UInt32(rawValue) }

  /// For each byte, the bits of all alphabets that it belongs to.
  static let masks: [UInt32] = (0...255).map { byte in
    allCases.reduce(0) { mask, alphabet in
      alphabet.isMember(UInt8(byte)) ? mask | alphabet.bit : mask
    }
  }

  private func isMember(_ byte: UInt8) -> Bool {
    let isDigit = (0x30...0x39).contains(byte)
    let isUpper = (0x41...0x5A).contains(byte)
    let isLower = (0x61...0x7A).contains(byte)
    let isUpperHex = isDigit || (0x41...0x46).contains(byte)
    let isLowerHex = isDigit || (0x61...0x66).contains(byte)
    let isAlphanumeric = isDigit || isUpper || isLower
    let isOneOf = { (text: StaticString) in text.withUTF8Buffer { $0.contains(byte) } }
    switch self {
    case .digits: return isDigit
    case .lowerHex: return isLowerHex
    case .upperHex: return isUpperHex
    case .hex: return isLowerHex || isUpperHex
    case .lowerBase36: return isDigit || isLower
    case .upperBase36: return isDigit || isUpper
    case .base32: return isUpper || (0x32...0x37).contains(byte)
    case .letters: return isUpper || isLower
    case .alphanumeric: return isAlphanumeric
    case .word: return isAlphanumeric || isOneOf("_")
    case .base64: return isAlphanumeric || isOneOf("+/")
    case .base64url: return isAlphanumeric || isOneOf("-_")
    case .dotted: return isAlphanumeric || isOneOf("-_=.")
    case .unreserved: return isAlphanumeric || isOneOf("-_~.")
    case .bech32: return isOneOf("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")
    case .number: return isAlphanumeric || isOneOf("_.-+/#")
    }
  }
}
