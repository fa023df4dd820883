internal import COpenSSL

/// RSAES-OAEP (RFC 8017 §7.1) by libcrypto: small secrets to the holder of a private key.
package enum RSAOAEP {
  /// The ciphertext, as long as the modulus. Throws `tooLong` where the plaintext does not fit, and `notAPublicKey` for
  /// a key of another kind.
  package static func encrypt(
    _ plaintext: GuardedBytes, to key: PublicKey, hash: HashFunction = .sha256, label: [UInt8] = []
  ) throws(CryptographyError) -> [UInt8] {
    guard case .libCrypto(let backing) = key.backing, key.kind == .rsa else { throw .notAPublicKey }
    let room = Int(EVP_PKEY_get_size(backing.pointer))
    let maximum = room - 2 * hash.byteCount - 2
    guard plaintext.count <= maximum else { throw .tooLong(maximum: maximum, given: plaintext.count) }
    let context = context(backing, hash, label, EVP_PKEY_encrypt_init)
    defer { EVP_PKEY_CTX_free(context) }
    return [UInt8](unsafeUninitializedCapacity: room) { output, filled in
      filled = room
      let done = plaintext.withBytes {
        EVP_PKEY_encrypt(context, output.baseAddress, &filled, $0.addressOrPlaceholder, $0.count)
      }
      LibCrypto.require(done == 1, "EVP_PKEY_encrypt")
    }
  }

  /// The plaintext. Throws `cannotOpen` for everything that does not open, whatever is wrong with it (which Manger's
  /// attack would need to know; libcrypto takes care that the duration does not tell either), and `notAPrivateKey` for
  /// a key of another kind.
  package static func decrypt(
    _ ciphertext: some Collection<UInt8>, with key: PrivateKey, hash: HashFunction = .sha256, label: [UInt8] = []
  ) throws(CryptographyError) -> GuardedBytes {
    guard case .libCrypto(let backing) = key.backing, key.kind == .rsa else { throw .notAPrivateKey }
    let room = Int(EVP_PKEY_get_size(backing.pointer))
    guard ciphertext.count == room else { throw .cannotOpen }
    let context = context(backing, hash, label, EVP_PKEY_decrypt_init)
    defer {
      EVP_PKEY_CTX_free(context)
      LibCrypto.clearErrors()
    }
    return try ciphertext.withRawBytes { (ciphertext) throws(CryptographyError) in
      try GuardedBytes(capacity: room) { (output, filled) throws(CryptographyError) in
        filled = room
        let done = EVP_PKEY_decrypt(
          context, output.outputAddress, &filled, ciphertext.addressOrPlaceholder, ciphertext.count)
        guard done == 1 else { throw .cannotOpen }
      }
    }
  }

  private static func context(
    _ key: LibCryptoKey, _ hash: HashFunction, _ label: [UInt8], _ start: (OpaquePointer?) -> Int32
  ) -> OpaquePointer {
    guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else {
      preconditionFailure("no memory for a cipher")
    }
    LibCrypto.require(
      start(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
        && EVP_PKEY_CTX_set_rsa_oaep_md(context, hash.method.pointer) == 1
        && EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash.method.pointer) == 1, "EVP_PKEY_CTX_set_rsa_oaep_md")
    if !label.isEmpty {
      // libcrypto takes the copy over and frees it.
      let copy = CRYPTO_malloc(label.count, nil, 0)
      copy?.copyMemory(from: label, byteCount: label.count)
      LibCrypto.require(
        copy != nil && EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, Int32(label.count)) == 1,
        "EVP_PKEY_CTX_set0_rsa_oaep_label")
    }
    return context
  }
}
