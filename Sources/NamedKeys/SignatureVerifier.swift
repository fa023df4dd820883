import Cryptography

/// Verifies what a `Signer` made. Public keys need no material; MACs do.
package struct SignatureVerifier: Sendable {
  private enum Check: Sendable {
    case tag(GuardedBytes)
    case pair(PublicKey, PublicKeySignature)
    case mlDSA(MLDSAParameterSet, publicKey: [UInt8], any PostQuantumSignatures)
  }

  private let check: Check
  private let binding: KeyBinding

  /// For the version that a signature names. `material` only for `hmac`. Throws `deleted`, `purpose`, `context`,
  /// `unknownVersion`, `versionTooOld`, `noPostQuantum`, `damaged`.
  package init(
    _ key: NamedKey, _ version: UInt32, material: KeyMaterial? = nil, context: [UInt8]? = nil,
    postQuantum: (any PostQuantumSignatures)? = nil
  ) throws(NamedKeyError) {
    try key.expectUsable(for: .signing)
    let found = try key.versions.opening(version)
    binding = KeyBinding(name: key.name, type: key.type, version: version)
    switch key.type.algorithm {
    case .cipher: throw .purpose(key.purpose)
    case .mac:
      guard case .secret(let bytes) = material?.backing else { throw .damaged }
      check = .tag(try binding.secret(of: key, bytes, context: context))
      return
    case .pair:
      guard let way = key.type.boundSignature, let bytes = found.publicKey,
        let publicKey = try? PublicKey(subjectPublicKeyInfo: bytes)
      else { throw .damaged }
      check = .pair(publicKey, way)
    case .mlDSA(let set):
      guard let postQuantum else { throw .noPostQuantum }
      guard let bytes = found.publicKey else { throw .damaged }
      check = .mlDSA(set, publicKey: bytes, postQuantum)
    }
    guard context == nil else { throw .context(isWanted: false) }
  }

  /// For somebody who has only what the service shows of a version: outside of it, with its key pair's public half.
  /// Throws `noPublicHalf` for a type without one, `damaged` where the key is none of the type, `noPostQuantum`.
  package init(
    _ version: PublicKeyVersion, postQuantum: (any PostQuantumSignatures)? = nil
  ) throws(NamedKeyError) {
    binding = KeyBinding(name: version.name, type: version.type, version: version.number)
    switch version.type.algorithm {
    case .cipher, .mac: throw .noPublicHalf(version.type)
    case .pair:
      guard let way = version.type.boundSignature,
        let publicKey = try? PublicKey(subjectPublicKeyInfo: version.publicKey)
      else { throw .damaged }
      check = .pair(publicKey, way)
    case .mlDSA(let set):
      guard let postQuantum else { throw .noPostQuantum }
      check = .mlDSA(set, publicKey: version.publicKey, postQuantum)
    }
  }

  /// Whether the text is this key's signature of the message.
  package func isValid(_ text: KeyText, for message: [UInt8]) -> Bool {
    guard text.version == binding.version, message.count <= NamedKeyLimits.messageCount else { return false }
    let bound = binding.signedMessage(message)
    switch check {
    case .tag(let secret): return HMAC.isValid(text.bytes, for: bound, key: secret, hash: .sha256)
    case .pair(let key, let way): return key.isValid(text.bytes, for: bound, as: way)
    case .mlDSA(let set, let key, let library):
      return library.isValid(text.bytes, for: bound, set, publicKey: key)
    }
  }
}
