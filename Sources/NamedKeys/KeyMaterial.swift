package import Cryptography

/// The private part of one version of a key, ready for use. It leaves this object only as `encoded`, which is sealed.
package final class KeyMaterial: Sendable {
  enum Backing: Sendable {
    case secret(GuardedBytes)
    case pair(PrivateKey)
    case mlDSA(MLDSAParameterSet, seed: GuardedBytes, publicKey: [UInt8], any PostQuantumSignatures)
  }

  /// What it is.
  package let type: KeyType
  let backing: Backing

  private init(type: KeyType, backing: Backing) {
    self.type = type
    self.backing = backing
  }

  /// Bytes of the secret of a cipher, of a MAC key, of an ML-DSA seed.
  static let secretCount = 32

  /// Fresh material. RSA takes up to seconds. Throws `noPostQuantum`.
  package static func generate(
    _ type: KeyType, postQuantum: (any PostQuantumSignatures)? = nil
  ) throws(NamedKeyError) -> KeyMaterial {
    switch type.algorithm {
    case .cipher, .mac: KeyMaterial(type: type, backing: .secret(GuardedBytes(random: secretCount)))
    case .pair(let pair): KeyMaterial(type: type, backing: .pair(PrivateKey.generate(pair)))
    case .mlDSA(let set): try mlDSA(type, set, seed: GuardedBytes(random: secretCount), postQuantum)
    }
  }

  /// Material that was opened from its seal. Throws `damaged` where the bytes are none of the type, `noPostQuantum`.
  package static func read(
    _ type: KeyType, _ encoded: GuardedBytes, postQuantum: (any PostQuantumSignatures)? = nil
  ) throws(NamedKeyError) -> KeyMaterial {
    switch type.algorithm {
    case .cipher, .mac:
      guard encoded.count == secretCount else { throw .damaged }
      return KeyMaterial(type: type, backing: .secret(encoded))
    case .pair(let pair):
      guard let key = try? PrivateKey(pkcs8: encoded), key.kind == pair.kind else { throw .damaged }
      return KeyMaterial(type: type, backing: .pair(key))
    case .mlDSA(let set):
      guard encoded.count == secretCount else { throw .damaged }
      return try mlDSA(type, set, seed: encoded, postQuantum)
    }
  }

  private static func mlDSA(
    _ type: KeyType, _ set: MLDSAParameterSet, seed: GuardedBytes, _ postQuantum: (any PostQuantumSignatures)?
  ) throws(NamedKeyError) -> KeyMaterial {
    guard let postQuantum else { throw .noPostQuantum }
    let publicKey = try postQuantum.publicKey(set, seed: seed)
    return KeyMaterial(type: type, backing: .mlDSA(set, seed: seed, publicKey: publicKey, postQuantum))
  }

  /// What is sealed: the secret itself, PKCS #8 of a key pair, the seed of ML-DSA.
  package var encoded: GuardedBytes {
    switch backing {
    case .secret(let bytes): bytes
    case .pair(let key): key.pkcs8()
    case .mlDSA(_, let seed, _, _): seed
    }
  }

  /// What others verify with; nil for a secret.
  package var publicKey: [UInt8]? {
    switch backing {
    case .secret: nil
    case .pair(let key): key.publicKey.subjectPublicKeyInfo
    case .mlDSA(_, _, let key, _): key
    }
  }
}
