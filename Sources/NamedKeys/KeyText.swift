import Encodings

/// What a key made, as text that says by which version: `chancery:v3:BASE64`. One text for each value: the number has
/// no leading zeros, base 64 is the standard alphabet, padded.
package struct KeyText: Equatable, Sendable {
  /// Which version made it.
  package let version: UInt32
  /// The bytes.
  package let bytes: [UInt8]

  private static let prefix = "chancery:v"

  /// To be written.
  package init(version: UInt32, bytes: [UInt8]) {
    self.version = version
    self.bytes = bytes
  }

  /// Reads a text. Throws `malformed`, and `tooLarge` before anything is decoded.
  package init(_ text: String) throws(NamedKeyError) {
    let limit = (NamedKeyLimits.messageCount + 1024) / 3 * 4 + 64
    guard text.utf8.count <= limit else { throw .tooLarge(limit: limit) }
    guard text.utf8.starts(with: Self.prefix.utf8) else { throw .malformed }
    let rest = text.utf8.dropFirst(Self.prefix.utf8.count)
    guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { throw .malformed }
    let digits = String(decoding: rest[..<colon], as: UTF8.self)
    guard let version = UInt32(digits), version >= 1, String(version) == digits,
      let bytes = Base64.decode(rest[rest.index(after: colon)...])
    else { throw .malformed }
    self.version = version
    self.bytes = bytes
  }

  /// The text.
  package var text: String { "\(Self.prefix)\(version):\(Base64.encode(bytes))" }
}
