package import Cryptography

/// Signs bare messages in the forms of others, under one version of a key for messages: what is signed is exactly what
/// is given. Webhooks, HTTP message signatures and `TokenSigner` stand on it.
package struct MessageSigner: Sendable {
  /// How a message is signed.
  package enum Way: Hashable, Sendable {
    case hmac(HashFunction)
    case publicKey(PublicKeySignature)
  }

  /// Which version signs.
  package let version: UInt32
  private let material: KeyMaterial
  private let secret: GuardedBytes?

  /// With the newest version, or the one that is named. Throws as `Signer`.
  package init(
    _ key: NamedKey, _ version: UInt32?, _ material: KeyMaterial, context: [UInt8]? = nil
  ) throws(NamedKeyError) {
    try key.expectUsable(for: .messages)
    guard material.type == key.type else { throw .damaged }
    self.version = try key.versions.making(version).number
    self.material = material
    if case .secret(let bytes) = material.backing {
      let binding = KeyBinding(name: key.name, type: key.type, version: self.version)
      secret = try binding.secret(of: key, bytes, context: context)
    } else {
      guard context == nil else { throw .context(isWanted: false) }
      secret = nil
    }
  }

  /// The bytes of the signature. Throws `unsuited` where a key of this type does not sign so, `tooLarge`.
  package func sign(_ message: [UInt8], as way: Way) throws(NamedKeyError) -> [UInt8] {
    guard message.count <= NamedKeyLimits.messageCount else { throw .tooLarge(limit: NamedKeyLimits.messageCount) }
    switch (way, material.backing) {
    case (.hmac(let hash), .secret):
      guard hash.isForSigning, let secret else { throw .unsuited(material.type, .messages) }
      return HMAC.authenticate(message, key: secret, hash: hash)
    case (.publicKey(let way), .pair(let pair)):
      guard let signature = try? pair.sign(message, as: way) else { throw .unsuited(material.type, .messages) }
      return signature
    case (.hmac, _), (.publicKey, _): throw .unsuited(material.type, .messages)
    }
  }
}
