internal import COpenSSL

/// AES-GCM (SP 800-38D) by libcrypto, under keys of 128, 192 or 256 bits and with a tag of 128 bits.
///
/// Random nonces of 96 bits meet: under one key at most 2³² messages may be sealed with them (SP 800-38D §8.3). Whoever
/// holds the key counts.
package enum AESGCM {
  /// Bytes of the keys, of the nonce that is used here, of a tag.
  package static let keyCounts = [16, 24, 32]
  package static let nonceCount = 12
  package static let tagCount = 16
  /// Bytes of nonces that libcrypto takes.
  package static let nonceCounts = 1...128

  /// Writes ciphertext and tag into `output`, which holds exactly `plaintext.count + tagCount` bytes. Lengths that do
  /// not fit are a caller's bug.
  static func seal(
    _ plaintext: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, rawKey key: UnsafeRawBufferPointer,
    nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
  ) {
    precondition(output.count == plaintext.count + tagCount, "the output holds the ciphertext and the tag")
    withContext(key, nonce, associatedData, encrypts: true) { context in
      var written: Int32 = 0
      LibCrypto.require(
        EVP_EncryptUpdate(
          context, output.outputAddress, &written, plaintext.addressOrPlaceholder, Int32(plaintext.count)) == 1
          && EVP_EncryptFinal_ex(context, output.outputAddress + plaintext.count, &written) == 1
          && EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_GET_TAG, Int32(tagCount), output.outputAddress + plaintext.count) == 1,
        "EVP_EncryptUpdate")
    }
  }

  /// The plaintext into `output`, which holds at least `sealed.count - tagCount` bytes. False when the tag does not fit;
  /// `output` is then zeroed.
  static func open(
    _ sealed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, rawKey key: UnsafeRawBufferPointer,
    nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
  ) -> Bool {
    let count = sealed.count - tagCount
    precondition(output.count >= count, "the output holds the plaintext")
    let isOpen = withContext(key, nonce, associatedData, encrypts: false) { context in
      // An empty plaintext needs no room, but libcrypto wants an address.
      var spare: UInt8 = 0
      var written: Int32 = 0
      let tag = UnsafeMutablePointer(mutating: sealed.addressOrPlaceholder + count)
      return withUnsafeMutablePointer(to: &spare) { spare in
        let target = output.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? spare
        return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagCount), tag) == 1
          && EVP_DecryptUpdate(context, target, &written, sealed.addressOrPlaceholder, Int32(count)) == 1
          && EVP_DecryptFinal_ex(context, spare, &written) == 1
      }
    }
    if !isOpen, let start = output.baseAddress { start.initializeMemory(as: UInt8.self, repeating: 0, count: count) }
    LibCrypto.clearErrors()
    return isOpen
  }

  private static func withContext<R>(
    _ key: UnsafeRawBufferPointer, _ nonce: UnsafeRawBufferPointer, _ associatedData: UnsafeRawBufferPointer,
    encrypts: Bool, _ body: (OpaquePointer) -> R
  ) -> R {
    precondition(nonceCounts.contains(nonce.count), "an AES-GCM nonce has 1 to 128 bytes")
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
    // Freeing wipes the key schedule.
    defer { EVP_CIPHER_CTX_free(context) }
    var written: Int32 = 0
    LibCrypto.require(
      EVP_CipherInit_ex2(context, method(key.count).pointer, nil, nil, encrypts ? 1 : 0, nil) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, Int32(nonce.count), nil) == 1
        && EVP_CipherInit_ex2(
          context, nil, key.addressOrPlaceholder, nonce.addressOrPlaceholder, encrypts ? 1 : 0, nil) == 1
        && (associatedData.isEmpty
          || EVP_CipherUpdate(
            context, nil, &written, associatedData.addressOrPlaceholder, Int32(associatedData.count)) == 1),
      "EVP_CipherInit_ex2")
    return body(context)
  }

  private static func method(_ keyCount: Int) -> LibCrypto.Method {
    switch keyCount {
    case 16: LibCrypto.aes128GCM
    case 24: LibCrypto.aes192GCM
    case 32: LibCrypto.aes256GCM
    default: preconditionFailure("an AES key has 16, 24 or 32 bytes")
    }
  }
}
