import Cryptography
import Encodings

/// What binds everything that a key makes to the key: name, type and version stand beside the message, each with its
/// length (docs/spec/named-keys.md §3).
struct KeyBinding {
  let name: KeyName
  let type: KeyType
  let version: UInt32

  private func fields(_ label: String, _ more: [UInt8]) -> [UInt8] {
    var fields = LengthPrefixed()
    fields.append(label)
    fields.append(name.text)
    fields.append(type.rawValue)
    fields.append(UInt64(version))
    fields.append(more)
    return fields.bytes
  }

  /// Associated data of a ciphertext.
  func associatedData(_ more: [UInt8]) -> [UInt8] { fields("chancery named-key ciphertext 1", more) }

  /// What is signed in place of the message.
  func signedMessage(_ message: [UInt8]) -> [UInt8] { fields("chancery named-key signature 1", message) }

  /// The secret of a context: HKDF-SHA-256 without salt.
  func derive(_ secret: GuardedBytes, context: [UInt8]) -> GuardedBytes {
    KeyDerivation.hkdfSHA256(
      input: secret, salt: [], info: fields("chancery named-key derivation 1", context), count: KeyMaterial.secretCount)
  }
}
