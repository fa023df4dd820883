package import Cryptography

/// A key that signatures are checked with, bound to one algorithm.
package struct MessageVerificationKey: Sendable {
  enum Material: Sendable {
    case secret(GuardedBytes)
    case publicKey(PublicKey)
    /// A shared secret that lies elsewhere: what it makes is compared.
    case authenticator(any MessageSigner)
    /// Versions of one key, all of which count.
    indirect case versions([Material])
  }

  package let algorithm: MessageSignatureAlgorithm
  /// The name by which a signature calls the key: `keyid` (RFC 9421 §2.3), `kid` (RFC 7515 §4.1.4). With nil it is the
  /// key of signatures that name none.
  package let keyID: String?
  let material: Material

  /// A shared secret. Throws `algorithm` where the algorithm is no HMAC, and `key` for no bytes at all.
  package init(
    secret: GuardedBytes, _ algorithm: MessageSignatureAlgorithm, keyID: String?
  ) throws(SigningFault) {
    guard algorithm.macHash != nil else { throw .algorithm }
    guard secret.count > 0 else { throw .key }
    self.algorithm = algorithm
    self.keyID = keyID
    material = .secret(secret)
  }

  /// A shared secret that lies elsewhere and is asked for the MAC. Throws `algorithm` where it makes none.
  package init(authenticator: any MessageSigner, keyID: String?) throws(SigningFault) {
    guard authenticator.algorithm.macHash != nil else { throw .algorithm }
    algorithm = authenticator.algorithm
    self.keyID = keyID
    material = .authenticator(authenticator)
  }

  /// Versions of one key: a signature by any of them is the key's. Throws `key` for none, `algorithm` where they are not
  /// used alike.
  package init(versions: [MessageVerificationKey], keyID: String?) throws(SigningFault) {
    guard let first = versions.first else { throw .key }
    guard versions.allSatisfy({ $0.algorithm == first.algorithm }) else { throw .algorithm }
    algorithm = first.algorithm
    self.keyID = keyID
    material = .versions(versions.map(\.material))
  }

  /// A public key. Throws `algorithm` for an HMAC, and `key` where the key is of another type than the algorithm's.
  package init(
    publicKey: PublicKey, _ algorithm: MessageSignatureAlgorithm, keyID: String?
  ) throws(SigningFault) {
    guard let way = algorithm.publicKeySignature else { throw .algorithm }
    guard way.fits(publicKey.kind) else { throw .key }
    self.algorithm = algorithm
    self.keyID = keyID
    material = .publicKey(publicKey)
  }

  /// Whether the signature is the key's. Whatever the signature is, the same work: one that cannot be right because of
  /// its length is replaced by one that is not right.
  package func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool { isValid(signature, for: bytes, material) }

  private func isValid(_ signature: [UInt8], for bytes: [UInt8], _ material: Material) -> Bool {
    switch material {
    case .versions(let versions):
      // Each is tried, found or not.
      return versions.reduce(false) { found, version in isValid(signature, for: bytes, version) || found }
    case .authenticator(let signer):
      guard let tag = try? signer.sign(bytes) else { return false }
      return ConstantTime.areEqual(tag, signature)
    case .secret(let secret):
      guard let hash = algorithm.macHash else { return false }
      return HMAC.isValid(signature, for: bytes, key: secret, hash: hash)
    case .publicKey(let key):
      guard let way = algorithm.publicKeySignature else { return false }
      let length = Self.signatureLength(algorithm)
      let isPossible = length.map { $0 == signature.count } ?? !signature.isEmpty
      let isRight = key.isValid(isPossible ? signature : Self.filler(algorithm), for: bytes, as: way)
      return isRight && isPossible
    }
  }

  /// Bytes of a signature; nil for RSA, where the key decides.
  private static func signatureLength(_ algorithm: MessageSignatureAlgorithm) -> Int? {
    switch algorithm {
    case .ed25519, .ecdsaP256SHA256: 64
    case .ecdsaP384SHA384: 96
    default: nil
    }
  }

  /// A well-formed signature that fits nothing. For RSA it has the length of a 2048-bit key's; a longer key refuses it
  /// early, which tells a sender the size of a public key.
  private static func filler(_ algorithm: MessageSignatureAlgorithm) -> [UInt8] {
    switch algorithm {
    // R is the base point, S is 1.
    case .ed25519: [0x58] + [UInt8](repeating: 0x66, count: 31) + [1] + [UInt8](repeating: 0, count: 31)
    // r and s are 1.
    case .ecdsaP256SHA256: Array(repeating: [UInt8](repeating: 0, count: 31) + [1], count: 2).flatMap { $0 }
    case .ecdsaP384SHA384: Array(repeating: [UInt8](repeating: 0, count: 47) + [1], count: 2).flatMap { $0 }
    default: [UInt8](repeating: 1, count: 256)
    }
  }
}

extension MessageVerificationKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "MessageVerificationKey(\(algorithm.rawValue), masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
