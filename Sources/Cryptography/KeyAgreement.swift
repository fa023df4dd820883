internal import COpenSSL
internal import CSodium

/// Diffie-Hellman: a secret that two sides share. The result is a coordinate, not a key: derive keys from it.
package enum KeyAgreement {
  /// Bytes of a private scalar, a public key and a shared secret of X25519.
  package static let x25519Count = 32

  /// X25519 (RFC 7748 §5) by libsodium. Throws `notAPublicKey` for another length and where the result would be zero
  /// (a point of small order: §6.1); points on the twist and encodings that are not canonical are taken, as the
  /// function is defined for them.
  package static func x25519(
    _ privateKey: GuardedBytes, _ publicKey: some Collection<UInt8>
  ) throws(CryptographyError) -> GuardedBytes {
    Sodium.prepare()
    guard privateKey.count == x25519Count else { throw .wrongLength(expected: x25519Count, given: privateKey.count) }
    guard publicKey.count == x25519Count else { throw .notAPublicKey }
    return try publicKey.withRawBytes { (point) throws(CryptographyError) in
      try GuardedBytes(count: x25519Count) { (output) throws(CryptographyError) in
        let done = privateKey.withBytes {
          crypto_scalarmult(output.outputAddress, $0.addressOrPlaceholder, point.addressOrPlaceholder)
        }
        guard done == 0 else { throw .notAPublicKey }
      }
    }
  }

  /// ECDH on a prime curve (SP 800-56A §5.7.1.2): the x coordinate. Throws `notAPrivateKey` for a scalar that is none
  /// of the curve's, and `notAPublicKey` where the other side's key is on another curve.
  package static func ecdh(
    _ curve: EllipticCurve, scalar: GuardedBytes, _ publicKey: PublicKey
  ) throws(CryptographyError) -> GuardedBytes {
    guard scalar.count == curve.byteCount else { throw .notAPrivateKey }
    guard publicKey.kind == curve.keyKind, case .libCrypto(let peer) = publicKey.backing else { throw .notAPublicKey }
    let reversed = scalar.withBytes { GuardedBytes(copying: $0.reversed()) }
    let own = reversed.withBytes { scalar in
      LibCryptoKey.make(
        "EC", isPrivate: true,
        [LibCryptoKey.text("group", curve.groupName), LibCryptoKey.number("priv", scalar)])
    }
    guard let own else { throw .notAPrivateKey }
    guard let context = EVP_PKEY_CTX_new_from_pkey(nil, own.pointer, nil) else {
      preconditionFailure("no memory for a key agreement")
    }
    defer {
      EVP_PKEY_CTX_free(context)
      LibCrypto.clearErrors()
    }
    guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer.pointer) == 1 else {
      throw .notAPublicKey
    }
    return try GuardedBytes(count: curve.byteCount) { (output) throws(CryptographyError) in
      var count = output.count
      guard EVP_PKEY_derive(context, output.outputAddress, &count) == 1, count == curve.byteCount else {
        throw .notAPublicKey
      }
    }
  }
}
