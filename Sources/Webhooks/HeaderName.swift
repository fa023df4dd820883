/// The name of a header field: a token of RFC 9110 §5.6.2, compared without case.
package struct HeaderName: Hashable, Sendable, CustomStringConvertible {
  /// The name as it was configured.
  package let text: String
  private let folded: [UInt8]

  /// - Throws: `WebhookFault.headerName` when the text is not a token of 1 to 128 characters.
  package init(_ text: String) throws(WebhookFault) {
    let bytes = Array(text.utf8)
    guard (1...128).contains(bytes.count), bytes.allSatisfy(Self.isTokenByte) else { throw .headerName }
    self.text = text
    folded = bytes.map(Self.lowercased)
  }

  private init(trusted text: StaticString) {
    self.text = "\(text)"
    folded = self.text.utf8.map(Self.lowercased)
  }

  package static let authorization = HeaderName(trusted: "Authorization")
  package static let contentType = HeaderName(trusted: "Content-Type")
  static let hubSignature = HeaderName(trusted: "X-Hub-Signature-256")
  package static let vaultToken = HeaderName(trusted: "X-Vault-Token")
  package static let idempotencyKey = HeaderName(trusted: "Idempotency-Key")

  package var description: String { text }

  /// Whether a received name is this one.
  func matches(_ name: String) -> Bool {
    name.utf8.count == folded.count && zip(name.utf8, folded).allSatisfy { Self.lowercased($0) == $1 }
  }

  /// The number of a family member: `X-Signature-7` of the family `X-Signature-` is 7. Nil for any other name;
  /// numbers run from 1 to 999 and have no leading zero.
  func familyNumber(of name: String) -> Int? {
    let digits = name.utf8.dropFirst(folded.count)
    guard name.utf8.count > folded.count, zip(name.utf8, folded).allSatisfy({ Self.lowercased($0) == $1 }),
      digits.count <= 3, digits.first != UInt8(ascii: "0"), digits.allSatisfy(ByteClass.digits.contains)
    else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      return true
    default: return "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  package static func == (left: HeaderName, right: HeaderName) -> Bool { left.folded == right.folded }

  package func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}
