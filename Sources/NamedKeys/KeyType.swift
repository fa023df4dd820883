package import Cryptography

/// What a named key is. The name is stored and bound into everything that the key makes.
package enum KeyType: String, Sendable, Hashable, CaseIterable {
  case aes256GCM = "aes256-gcm96"
  case chaCha20Poly1305 = "chacha20-poly1305"
  case xChaCha20Poly1305 = "xchacha20-poly1305"
  case ed25519
  case ecdsaP256 = "ecdsa-p256"
  case ecdsaP384 = "ecdsa-p384"
  case ecdsaP521 = "ecdsa-p521"
  case rsa2048 = "rsa-2048"
  case rsa3072 = "rsa-3072"
  case rsa4096 = "rsa-4096"
  case hmac
  case mlDSA65 = "ml-dsa-65"
  case mlDSA87 = "ml-dsa-87"

  /// What the key computes with.
  package enum Algorithm: Sendable, Hashable {
    case cipher(AuthenticatedCipher)
    case mac
    case pair(PrivateKey.KeyType)
    case mlDSA(MLDSAParameterSet)
  }

  /// What the key computes with.
  package var algorithm: Algorithm {
    switch self {
    case .aes256GCM: .cipher(.aesGCM)
    case .chaCha20Poly1305: .cipher(.chaCha20Poly1305)
    case .xChaCha20Poly1305: .cipher(.xChaCha20Poly1305)
    case .hmac: .mac
    case .ed25519: .pair(.ed25519)
    case .ecdsaP256: .pair(.p256)
    case .ecdsaP384: .pair(.p384)
    case .ecdsaP521: .pair(.p521)
    case .rsa2048: .pair(.rsa2048)
    case .rsa3072: .pair(.rsa3072)
    case .rsa4096: .pair(.rsa4096)
    case .mlDSA65: .mlDSA(.mlDSA65)
    case .mlDSA87: .mlDSA(.mlDSA87)
    }
  }

  /// The purposes that a key of the type can be made for; it gets exactly one.
  package var purposes: [KeyPurpose] {
    switch algorithm {
    case .cipher: [.encryption]
    case .mac, .pair: [.signing, .messages]
    case .mlDSA: [.signing]
    }
  }

  /// Whether keys can be derived from it by a context: what is a secret of 32 bytes.
  package var isDerivable: Bool {
    switch algorithm {
    case .cipher, .mac: true
    case .pair, .mlDSA: false
    }
  }

  /// Encryptions under one version; nil where nonces are long enough for any number.
  package var useLimit: UInt64? {
    switch self {
    case .aes256GCM, .chaCha20Poly1305: NamedKeyLimits.randomNonceUses
    default: nil
    }
  }

  /// How a key pair signs what is bound to the key (docs/spec/named-keys.md §4); nil for other types.
  package var boundSignature: PublicKeySignature? {
    switch self {
    case .ed25519: .ed25519
    case .ecdsaP256: .ecdsa(.p256, .sha256, .der)
    case .ecdsaP384: .ecdsa(.p384, .sha384, .der)
    case .ecdsaP521: .ecdsa(.p521, .sha512, .der)
    case .rsa2048, .rsa3072, .rsa4096: .rsaPSS(.sha256, mgf1: .sha256, saltLength: 32)
    case .aes256GCM, .chaCha20Poly1305, .xChaCha20Poly1305, .hmac, .mlDSA65, .mlDSA87: nil
    }
  }
}

/// What a key is for. A key has one purpose for ever: a signature that was meant for one protocol never passes in
/// another, because no key signs in both.
package enum KeyPurpose: String, Sendable, Hashable, CaseIterable {
  /// Texts that this service opens again.
  case encryption
  /// Signatures (for `hmac`: MACs) over a message together with the key's name, type and version.
  case signing
  /// Signatures of the bare message, in the form of others: JSON Web Tokens, webhooks, HTTP message signatures. What
  /// such a key signs is whatever it is given.
  case messages
}

/// The parameter sets of ML-DSA (FIPS 204) that are used.
package enum MLDSAParameterSet: Sendable, Hashable {
  case mlDSA65, mlDSA87
}

/// Post-quantum signatures, which come from a library of their own (the room `PostQuantum`) and are passed in where the
/// program is joined: this room does without them.
package protocol PostQuantumSignatures: Sendable {
  /// The public key of a seed of 32 bytes (FIPS 204 §5.1, ξ).
  func publicKey(_ set: MLDSAParameterSet, seed: GuardedBytes) throws(NamedKeyError) -> [UInt8]
  /// A signature with an empty context string (FIPS 204 §5.2).
  func sign(
    _ message: [UInt8], _ set: MLDSAParameterSet, seed: GuardedBytes
  ) throws(NamedKeyError) -> [UInt8]
  /// Whether it is one; false for keys and signatures of other lengths too.
  func isValid(_ signature: [UInt8], for message: [UInt8], _ set: MLDSAParameterSet, publicKey: [UInt8]) -> Bool
}
