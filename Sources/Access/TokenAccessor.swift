package import Cryptography

/// A second name of a token, by which it can be looked up and revoked but not used: 24 letters and digits. It prints
/// masked, because a list of accessors is a list of what can be revoked.
package struct TokenAccessor: Hashable, Sendable {
  package let text: String

  /// A fresh accessor. Throws `tokenGeneration` where the random source is broken.
  package static func generate(from source: RandomSource = .system) throws(AccessError) -> TokenAccessor {
    var bytes = [UInt8](repeating: 0, count: 24)
    let outcome = bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(AccessError) in try Base62.fill(buffer, from: source) }
    }
    try outcome.get()
    return TokenAccessor(unchecked: String(decoding: bytes, as: UTF8.self))
  }

  /// Nil for anything but 24 letters and digits.
  package init?(_ text: String) {
    guard text.utf8.count == 24, text.utf8.allSatisfy(Base62.isDigit) else { return nil }
    self.text = text
  }

  private init(unchecked text: String) {
    self.text = text
  }
}

extension TokenAccessor: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "TokenAccessor(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
