internal import Encodings

/// The ways of writing a secret that a blind set knows (docs/spec/blind-patterns.md §2). All are contiguous, and their
/// lengths follow from the secret's, so that a set tells no more than that one length, rounded.
enum BlindForm: UInt8, CaseIterable, Sendable {
  case raw
  case hex
  /// Base 64 of something that holds the secret at an offset of 0 modulo three: the characters that it alone decides.
  case base64First
  case base64Second
  case base64Third
  case base32
  case utf16LittleEndian
  case utf16BigEndian

  /// Bytes of a secret over which all windows of all its forms lie.
  static let sharedBytes = 4

  /// Where the bytes begin that all windows share, in a secret of `rounded` bytes or up to three less.
  static func sharedStart(rounded: Int) -> Int { rounded / 2 - sharedBytes }

  /// Whether the window has eight bytes; else it has four.
  var hasLongWindow: Bool {
    switch self {
    case .hex, .utf16LittleEndian, .utf16BigEndian: true
    case .raw, .base64First, .base64Second, .base64Third, .base32: false
    }
  }

  /// Bytes of the window.
  var windowCount: Int { hasLongWindow ? 8 : 4 }

  /// How many bytes of unknown content precede the secret, modulo three.
  private var alignment: Int {
    switch self {
    case .base64Second: 1
    case .base64Third: 2
    case .raw, .hex, .base64First, .base32, .utf16LittleEndian, .utf16BigEndian: 0
    }
  }

  /// Where the window begins in the form.
  func windowStart(rounded: Int) -> Int {
    let start = BlindForm.sharedStart(rounded: rounded)
    switch self {
    case .raw: return start
    case .hex, .utf16LittleEndian, .utf16BigEndian: return 2 * start
    case .base64First, .base64Second, .base64Third:
      return (8 * (alignment + start) + 5) / 6 - (8 * alignment + 5) / 6
    case .base32: return (8 * start + 4) / 5
    }
  }

  /// The length of the form of a secret of `count` bytes.
  func count(ofSecret count: Int) -> Int {
    switch self {
    case .raw: count
    case .hex, .utf16LittleEndian, .utf16BigEndian: 2 * count
    case .base64First, .base64Second, .base64Third: 8 * (alignment + count) / 6 - (8 * alignment + 5) / 6
    case .base32: 8 * count / 5
    }
  }

  /// The form of a secret, as it is hashed; nil where it has none: UTF-16 of what is not ASCII.
  func bytes(of secret: [UInt8]) -> [UInt8]? {
    let bytes: [UInt8]
    switch self {
    case .raw: bytes = secret
    case .hex: bytes = Hex.encodeBytes(secret)
    case .base64First, .base64Second, .base64Third:
      bytes = SecretForms.base64Core(secret, alignment: alignment, alphabet: .standard)
    case .base32: bytes = Array(Base32.encodeBytes(secret, padded: false).prefix(count(ofSecret: secret.count)))
    case .utf16LittleEndian, .utf16BigEndian:
      guard secret.allSatisfy({ $0 < 0x80 }) else { return nil }
      bytes = SecretForms.utf16(secret, highFirst: self == .utf16BigEndian)
    }
    return bytes.map(hashed)
  }

  /// A byte of a text as it is hashed: letters in lower case, of base 64 the characters of RFC 4648 §4.
  func hashed(_ byte: UInt8) -> UInt8 {
    switch self {
    case .base64First, .base64Second, .base64Third: byte == 0x2D ? 0x2B : byte == 0x5F ? 0x2F : byte
    case .raw, .hex, .base32, .utf16LittleEndian, .utf16BigEndian: SecretForms.lowerCased(byte)
    }
  }

  /// Whether the byte at `offset` of a form can be this one. `isOneWord`: the secret holds no blank and no control.
  func allows(_ byte: UInt8, at offset: Int, isOneWord: Bool) -> Bool {
    switch self {
    case .raw: !isOneWord || BlindForm.isWordlike(byte)
    case .hex: EscapeTokens.hexDigit(byte) != nil
    case .base64First, .base64Second, .base64Third:
      FormKind.base64.isDigit(byte) || FormKind.base64url.isDigit(byte)
    case .base32: FormKind.base32.isDigit(byte)
    case .utf16LittleEndian: offset & 1 == 1 ? byte == 0 : byte < 0x80
    case .utf16BigEndian: offset & 1 == 0 ? byte == 0 : byte < 0x80
    }
  }

  /// Neither a blank nor a control.
  static func isWordlike(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7F }

  /// Whether a digit before the form holds bits of the secret.
  var sharesFirst: Bool { alignment > 0 }

  /// Whether a digit behind the form of a secret of `count` bytes holds bits of it.
  func sharesLast(count: Int) -> Bool {
    switch self {
    case .base64First, .base64Second, .base64Third: !(alignment + count).isMultiple(of: 3)
    case .base32: !(8 * count).isMultiple(of: 5)
    case .raw, .hex, .utf16LittleEndian, .utf16BigEndian: false
    }
  }

  /// `=` that may follow the form of a secret of `count` bytes.
  func padding(count: Int) -> Int {
    switch self {
    case .base64First, .base64Second, .base64Third: (3 - (alignment + count) % 3) % 3
    case .base32: (8 - (8 * count + 4) / 5 % 8) % 8
    case .raw, .hex, .utf16LittleEndian, .utf16BigEndian: 0
    }
  }
}
