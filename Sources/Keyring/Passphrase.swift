package import Cryptography

/// What opens a passphrase seal, of a length that is allowed. Its bytes are taken as they are: no normalisation, no
/// trimming, no other case.
package struct Passphrase: Sendable {
  /// Fewer bytes are refused when a seal is made, and cannot open one.
  package static let minimumCount = 12
  /// More bytes are refused: nobody types them.
  package static let maximumCount = 1024

  let bytes: GuardedBytes

  /// Throws `passphraseLength` for fewer than 12 and more than 1024 bytes.
  package init(_ bytes: GuardedBytes) throws(KeyringError) {
    guard (Self.minimumCount...Self.maximumCount).contains(bytes.count) else { throw .passphraseLength }
    self.bytes = bytes
  }
}

extension Passphrase: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The same for every passphrase: its length is nobody's business either.
  package var description: String { "Passphrase(masked)" }
  /// As `description`.
  package var debugDescription: String { description }
  /// Without children.
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
