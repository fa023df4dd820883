internal import COpenSSL

/// A public key of someone else, parsed once from SubjectPublicKeyInfo (DER), for verifying signatures.
///
/// Invariant behind `@unchecked Sendable`: the key is never changed after parsing; libcrypto allows verification with
/// one key from several threads.
package final class PublicKey: @unchecked Sendable {
  /// What the key is for, and the sizes that are accepted.
  package enum Kind: Equatable, Sendable {
    /// ECDSA on P-256.
    case p256
    /// RSA of 2048 to 8192 bits.
    case rsa
  }

  /// What the key was parsed as.
  package let kind: Kind
  private let key: OpaquePointer

  /// Throws `notAPublicKey` for other bytes, another type or curve, a point off the curve, bytes behind the key, or an
  /// RSA key outside 2048…8192 bits.
  package init(subjectPublicKeyInfo der: some Collection<UInt8>, kind: Kind) throws(CryptographyError) {
    _ = LibCrypto.sha256
    let parsed: OpaquePointer? = der.withRawBytes { bytes in
      var cursor: UnsafePointer<UInt8>? = bytes.addressOrPlaceholder
      let start = cursor
      guard let key = d2i_PUBKEY(nil, &cursor, bytes.count) else { return nil }
      guard let start, let cursor, cursor - start == bytes.count, Self.fits(key, kind) else {
        EVP_PKEY_free(key)
        return nil
      }
      return key
    }
    LibCrypto.clearErrors()
    guard let parsed else { throw .notAPublicKey }
    self.key = parsed
    self.kind = kind
  }

  /// Whether the signature is right. Never throws: anything malformed is simply not a signature.
  func verify(_ signature: some Collection<UInt8>, message: some Collection<UInt8>, hash: LibCrypto.Method) -> Bool {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a verification") }
    defer {
      EVP_MD_CTX_free(context)
      LibCrypto.clearErrors()
    }
    guard EVP_DigestVerifyInit(context, nil, hash.pointer, nil, key) == 1 else { return false }
    return signature.withRawBytes { signature in
      message.withRawBytes { message in
        EVP_DigestVerify(
          context, signature.addressOrPlaceholder, signature.count, message.addressOrPlaceholder, message.count) == 1
      }
    }
  }

  deinit { EVP_PKEY_free(key) }

  private static func fits(_ key: OpaquePointer, _ kind: Kind) -> Bool {
    switch kind {
    case .p256:
      var name = [CChar](repeating: 0, count: 64)
      var count = 0
      return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC
        && EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1
        && name.prefix(count).elementsEqual("prime256v1".utf8.map { CChar($0) })
    case .rsa:
      return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && (2048...8192).contains(Int(EVP_PKEY_get_bits(key)))
    }
  }
}
