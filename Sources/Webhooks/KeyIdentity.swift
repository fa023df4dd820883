package import Cryptography

/// What tells the material of one key from that of another: what signatures are checked with, however it was entered. Two
/// keys are one where what the first let in would get in by the second as well.
package enum KeyIdentity: Sendable {
  /// A shared secret, as it is used: without the text that it was written in.
  case secret(GuardedBytes)
  /// The 32 bytes of Ed25519, SubjectPublicKeyInfo of any other. Not secret.
  case publicKey([UInt8])
  /// A version of a named key whose material lies elsewhere and can be entered nowhere.
  case version(id: String, UInt32)
}

extension KeyIdentity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "KeyIdentity(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension KeyIdentity {
  /// Of a public key. Certificates of one key are one: a new one lets in what the old one did.
  package init(_ key: PublicKey) {
    let bytes = key.subjectPublicKeyInfo
    // SubjectPublicKeyInfo of Ed25519 ends with the bare key (RFC 8410 §4).
    self = .publicKey(key.kind == .ed25519 ? Array(bytes.suffix(Ed25519.publicKeyCount)) : bytes)
  }
}

extension EndpointKey.Material {
  /// Nil where deliveries are never kept for the key: HTTP message signatures always carry a time.
  var identity: KeyIdentity? {
    switch self {
    case .secret(let bytes, _): .secret(bytes)
    case .ed25519(let bytes): .publicKey(bytes)
    case .publicKey(let key), .certificate(_, let key, _): KeyIdentity(key)
    case .authenticator(_, let identity): identity
    case .message, .versions: nil
    }
  }
}
