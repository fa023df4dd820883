import Cryptography

/// Verifies what a `BareSigner` made, under one version of a key for messages: exactly the message, and no name of a key.
package struct BareVerifier: Sendable {
  private enum Check: Sendable {
    case tag(BareSigner, BareSigner.Way)
    case pair(PublicKey, PublicKeySignature)
  }

  private let check: Check

  /// - Parameters:
  ///   - material: only for MACs; public halves need none.
  ///   - context: of a derived key.
  ///
  /// Throws `deleted`, `purpose`, `context`, `unknownVersion`, `versionTooOld`, `damaged`, and `algorithm` where a key of
  /// this type does not sign so.
  package init(
    _ key: NamedKey, _ version: UInt32, as way: BareSigner.Way, material: KeyMaterial? = nil, context: [UInt8]? = nil
  ) throws(NamedKeyError) {
    try key.expectUsable(for: .messages)
    let found = try key.versions.opening(version)
    switch way {
    case .hmac:
      guard case .mac = key.type.algorithm else { throw .algorithm(key.type) }
      guard let material else { throw .damaged }
      let signer = try BareSigner.verifying(key, version, material, context: context)
      guard signer.serves(way) else { throw .algorithm(key.type) }
      check = .tag(signer, way)
    case .publicKey(let signature):
      guard case .pair = key.type.algorithm else { throw .algorithm(key.type) }
      guard let bytes = found.publicKey, let publicKey = try? PublicKey(subjectPublicKeyInfo: bytes) else {
        throw .damaged
      }
      guard signature.fits(publicKey.kind) else { throw .algorithm(key.type) }
      guard context == nil else { throw .context(isWanted: false) }
      check = .pair(publicKey, signature)
    }
  }

  /// Whether the bytes are this version's signature of the message, compared in constant time where it is a MAC.
  package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard message.count <= NamedKeyLimits.messageCount else { return false }
    switch check {
    case .tag(let signer, let way):
      guard let made = try? signer.sign(message, as: way) else { return false }
      return ConstantTime.areEqual(made, signature)
    case .pair(let key, let way): return key.isValid(signature, for: message, as: way)
    }
  }
}
