import Cryptography

/// Signs under one version of a key for signing: the message together with the key's name, type and version.
package struct Signer: Sendable {
  private let material: KeyMaterial
  private let secret: GuardedBytes?
  private let binding: KeyBinding

  /// With the newest version, or the one that is named. Throws `deleted`, `purpose`, `context`, `unknownVersion`,
  /// `versionTooOld`.
  package init(
    _ key: NamedKey, _ version: UInt32?, _ material: KeyMaterial, context: [UInt8]? = nil
  ) throws(NamedKeyError) {
    try key.expectUsable(for: .signing)
    guard material.type == key.type else { throw .damaged }
    binding = KeyBinding(name: key.name, type: key.type, version: try key.versions.making(version).number)
    self.material = material
    if case .secret(let bytes) = material.backing {
      secret = try binding.secret(of: key, bytes, context: context)
    } else {
      guard context == nil else { throw .context(isWanted: false) }
      secret = nil
    }
  }

  /// The signature (for `hmac`: the tag). Throws `tooLarge`.
  package func sign(_ message: [UInt8]) throws(NamedKeyError) -> KeyText {
    guard message.count <= NamedKeyLimits.messageCount else { throw .tooLarge(limit: NamedKeyLimits.messageCount) }
    let bound = binding.signedMessage(message)
    let bytes: [UInt8]
    switch material.backing {
    case .secret:
      guard let secret else { throw .damaged }
      bytes = HMAC.authenticate(bound, key: secret, hash: .sha256)
    case .pair(let pair):
      guard let way = binding.type.boundSignature, let made = try? pair.sign(bound, as: way) else { throw .damaged }
      bytes = made
    case .mlDSA(let set, let seed, _, let library): bytes = try library.sign(bound, set, seed: seed)
    }
    return KeyText(version: binding.version, bytes: bytes)
  }
}
