package import Cryptography

/// Encrypts and decrypts under one version of a key for encryption.
package struct DataCipher: Sendable {
  private let key: NamedKey
  private let version: UInt32
  private let secret: GuardedBytes
  private let cipher: AuthenticatedCipher
  private let binding: KeyBinding

  /// Throws `deleted`, `purpose`, `context`, or `damaged` where the material is none of the key's.
  private init(_ key: NamedKey, _ version: UInt32, _ material: KeyMaterial, context: [UInt8]?) throws(NamedKeyError) {
    try key.expectUsable(for: .encryption)
    guard case .cipher(let cipher) = key.type.algorithm, case .secret(let secret) = material.backing,
      material.type == key.type
    else { throw .damaged }
    binding = KeyBinding(name: key.name, type: key.type, version: version)
    self.secret = try binding.secret(of: key, secret, context: context)
    self.key = key
    self.version = version
    self.cipher = cipher
  }

  /// To encrypt: with the newest version, or the one that is named. The use must be on record before.
  package static func encrypting(
    _ key: NamedKey, _ version: UInt32?, _ material: KeyMaterial, context: [UInt8]? = nil
  ) throws(NamedKeyError) -> DataCipher {
    try DataCipher(key, key.versions.making(version).number, material, context: context)
  }

  /// To decrypt what this version made.
  package static func decrypting(
    _ key: NamedKey, _ version: UInt32, _ material: KeyMaterial, context: [UInt8]? = nil
  ) throws(NamedKeyError) -> DataCipher {
    try DataCipher(key, key.versions.opening(version).number, material, context: context)
  }

  /// The message under a fresh random nonce. Its length shows. Throws `tooLarge`.
  package func encrypt(
    _ message: GuardedBytes, associatedData: [UInt8] = [], random: RandomSource = .system
  ) throws(NamedKeyError) -> KeyText {
    guard message.count <= NamedKeyLimits.messageCount else { throw .tooLarge(limit: NamedKeyLimits.messageCount) }
    let nonce = random.make(cipher.nonceCount)
    let sealed = cipher.seal(message, key: secret, nonce: nonce, associatedData: try bound(associatedData))
    return KeyText(version: version, bytes: nonce + sealed)
  }

  /// The message. Throws `cannotOpen` for everything that does not open.
  package func decrypt(_ text: KeyText, associatedData: [UInt8] = []) throws(NamedKeyError) -> GuardedBytes {
    guard text.version == version, text.bytes.count >= cipher.nonceCount + AuthenticatedCipher.tagCount else {
      throw .cannotOpen
    }
    let bound = try bound(associatedData)
    do throws(CryptographyError) {
      return try cipher.open(
        text.bytes.dropFirst(cipher.nonceCount), key: secret, nonce: Array(text.bytes.prefix(cipher.nonceCount)),
        associatedData: bound)
    } catch {
      throw .cannotOpen
    }
  }

  private func bound(_ data: [UInt8]) throws(NamedKeyError) -> [UInt8] {
    guard data.count <= NamedKeyLimits.associatedDataCount else {
      throw .tooLarge(limit: NamedKeyLimits.associatedDataCount)
    }
    return binding.associatedData(data)
  }
}

extension KeyBinding {
  /// The secret that a use works with: the material, or what is derived from it by the context.
  func secret(of key: NamedKey, _ secret: GuardedBytes, context: [UInt8]?) throws(NamedKeyError) -> GuardedBytes {
    guard key.isDerived else {
      guard context == nil else { throw .context(isWanted: false) }
      return secret
    }
    guard let context, (1...NamedKeyLimits.contextCount).contains(context.count) else {
      throw .context(isWanted: true)
    }
    return derive(secret, context: context)
  }
}
