package import Cryptography
internal import Encodings

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

extension Passphrase {
  /// A passphrase that nobody chose: 100 random bits as five groups of four characters, in the alphabet of `Base32` that
  /// leaves out what looks alike. Secret; shown to its holder once.
  package static func generated(from random: RandomSource = .system) -> GuardedBytes {
    let groups = 5, groupCount = 4
    return GuardedBytes(random: groups * groupCount, from: random).withBytes { drawn in
      GuardedBytes(capacity: groups * (groupCount + 1)) { buffer, count in
        for index in drawn.indices {
          if index > 0, index.isMultiple(of: groupCount) {
            buffer[count] = UInt8(ascii: "-")
            count += 1
          }
          // Five bits of each byte: no remainder, so all characters are equally likely.
          buffer[count] = Base32.character(UInt16(drawn[index]), .crockford)
          count += 1
        }
      }
    }
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
