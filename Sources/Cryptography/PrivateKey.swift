internal import COpenSSL

/// A private key that signs. It leaves this object only as PKCS #8 in secret memory (`pkcs8()`), and as signatures.
///
/// An Ed25519 key lies in secret memory. Keys on the prime curves and RSA keys lie in libcrypto's ordinary memory as
/// long as the object lives (it can work with them nowhere else) and are wiped with it: hold the object no longer than
/// it is needed.
package final class PrivateKey: Sendable {
  /// What can be generated.
  package enum KeyType: Hashable, Sendable, CaseIterable {
    case ed25519, p256, p384, p521, rsa2048, rsa3072, rsa4096

    /// The kind of its keys.
    package var kind: PublicKey.Kind {
      switch self {
      case .ed25519: .ed25519
      case .p256: .p256
      case .p384: .p384
      case .p521: .p521
      case .rsa2048, .rsa3072, .rsa4096: .rsa
      }
    }
  }

  enum Backing: Sendable {
    case ed25519(seed: GuardedBytes, Ed25519.SigningKey)
    case libCrypto(LibCryptoKey)
  }

  /// The half that others verify with.
  package let publicKey: PublicKey
  let backing: Backing

  /// Ed25519 or what libcrypto holds.
  package var kind: PublicKey.Kind { publicKey.kind }

  init(seed: GuardedBytes) {
    let key = Ed25519.SigningKey(seed: seed)
    backing = .ed25519(seed: seed, key)
    publicKey = PublicKey(ed25519: key.publicKey)
  }

  /// Throws `notAPrivateKey` for a kind or size that we do not use.
  init(_ key: LibCryptoKey) throws(CryptographyError) {
    // Ed25519 keys do not lie in libcrypto.
    guard let kind = key.kind, kind != .ed25519 else { throw .notAPrivateKey }
    // The public half is a key of its own, so that whoever holds it does not keep the private one alive.
    publicKey = try PublicKey(PublicKey(key, kind: kind).components)
    backing = .libCrypto(key)
  }

  /// A fresh key. RSA takes its primes from libcrypto's generator (FIPS 186-5 A.1), with e = 65537, and takes time: a
  /// tenth of a second for 2048 bits, a second and more for 4096.
  package static func generate(_ type: KeyType) -> PrivateKey {
    switch type {
    case .ed25519: PrivateKey(seed: GuardedBytes(random: Ed25519.seedCount))
    case .p256: generate(curve: .p256)
    case .p384: generate(curve: .p384)
    case .p521: generate(curve: .p521)
    case .rsa2048: generate(rsaBits: 2048)
    case .rsa3072: generate(rsaBits: 3072)
    case .rsa4096: generate(rsaBits: 4096)
    }
  }

  private static func generate(curve: EllipticCurve) -> PrivateKey {
    generate("EC") { EVP_PKEY_CTX_set_group_name($0, curve.groupName.cString) }
  }

  private static func generate(rsaBits: Int32) -> PrivateKey {
    generate("RSA") { EVP_PKEY_CTX_set_rsa_keygen_bits($0, rsaBits) }
  }

  private static func generate(_ name: StaticString, _ configure: (OpaquePointer) -> Int32) -> PrivateKey {
    LibCrypto.prepare()
    guard let context = EVP_PKEY_CTX_new_from_name(nil, name.cString, nil) else {
      preconditionFailure("libcrypto does not offer this type of key")
    }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    LibCrypto.require(
      EVP_PKEY_keygen_init(context) == 1 && configure(context) == 1 && EVP_PKEY_generate(context, &key) == 1,
      "EVP_PKEY_generate")
    guard let key, let made = try? PrivateKey(LibCryptoKey(owning: key)) else {
      preconditionFailure("libcrypto made a key of another kind")
    }
    return made
  }
}
