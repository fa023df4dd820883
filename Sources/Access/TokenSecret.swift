package import Cryptography

/// The text of a token: `hvs.` and 24 letters and digits, 28 bytes, 142 bits of randomness. Who has it is the token's
/// holder. It is stored nowhere: the service keeps a keyed hash, and shows the text once, when the token is made.
package struct TokenSecret: Sendable {
  package static let byteCount = 28
  private static let prefix = Array("hvs.".utf8)

  private let bytes: GuardedBytes

  /// A fresh token text. Throws `tokenGeneration` where the random source is broken.
  package static func generate(from source: RandomSource = .system) throws(AccessError) -> TokenSecret {
    let bytes = try GuardedBytes(count: byteCount) { buffer throws(AccessError) in
      buffer.copyBytes(from: prefix)
      try Base62.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[prefix.count...]), from: source)
    }
    return TokenSecret(bytes: bytes)
  }

  /// A token as a request presented it; nil for anything that is not of a token's form.
  package init?(presented text: some Collection<UInt8>) {
    guard Self.hasForm(text) else { return nil }
    bytes = GuardedBytes(copying: text)
  }

  static func hasForm(_ text: some Collection<UInt8>) -> Bool {
    text.count == byteCount && text.starts(with: prefix)
      && text.dropFirst(prefix.count).allSatisfy(Base62.isDigit)
  }

  private init(bytes: GuardedBytes) {
    self.bytes = bytes
  }

  /// Lends the text to what hashes it.
  func withText<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    bytes.withBytes(body)
  }

  /// The text, for the one answer that hands a new token to its holder. A string cannot be wiped: nothing else may
  /// call this.
  package func disclosedToHolder() -> String {
    bytes.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}

extension TokenSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "TokenSecret(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
