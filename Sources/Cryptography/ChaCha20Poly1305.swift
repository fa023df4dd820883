internal import CSodium

/// ChaCha20-Poly1305 (RFC 8439) by libsodium. Its nonce of 96 bits has AES-GCM's bound for random ones: 2³² messages.
package enum ChaCha20Poly1305 {
  /// Bytes of a key, of a nonce, of a tag.
  package static let keyCount = 32
  package static let nonceCount = 12
  package static let tagCount = 16

  /// Writes ciphertext and tag into `output`, which holds exactly `plaintext.count + tagCount` bytes. Lengths that do
  /// not fit are a caller's bug.
  static func seal(
    _ plaintext: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, rawKey key: UnsafeRawBufferPointer,
    nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
  ) {
    Sodium.prepare()
    precondition(key.count == keyCount && nonce.count == nonceCount, "ChaCha20-Poly1305 takes 32 and 12 bytes")
    precondition(output.count == plaintext.count + tagCount, "the output holds the ciphertext and the tag")
    let done = crypto_aead_chacha20poly1305_ietf_encrypt(
      output.outputAddress, nil, plaintext.addressOrPlaceholder, UInt64(plaintext.count),
      associatedData.addressOrPlaceholder, UInt64(associatedData.count), nil, nonce.addressOrPlaceholder,
      key.addressOrPlaceholder)
    precondition(done == 0, "libsodium failed in crypto_aead_chacha20poly1305_ietf_encrypt")
  }

  /// Checks the tag, and only then writes the plaintext into `output`, which holds at least `sealed.count - tagCount`
  /// bytes. False when the tag does not fit; `output` is then untouched or zeroed.
  static func open(
    _ sealed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, rawKey key: UnsafeRawBufferPointer,
    nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
  ) -> Bool {
    Sodium.prepare()
    precondition(key.count == keyCount && nonce.count == nonceCount, "ChaCha20-Poly1305 takes 32 and 12 bytes")
    precondition(output.count >= sealed.count - tagCount, "the output holds the plaintext")
    let target = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return crypto_aead_chacha20poly1305_ietf_decrypt(
      target, nil, nil, sealed.addressOrPlaceholder, UInt64(sealed.count), associatedData.addressOrPlaceholder,
      UInt64(associatedData.count), nonce.addressOrPlaceholder, key.addressOrPlaceholder) == 0
  }
}
