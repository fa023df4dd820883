internal import CSodium

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) by libsodium. The nonce has 24 bytes, so that random ones do not
/// meet.
package enum XChaCha20Poly1305 {
  /// Bytes of a key, of a nonce, of a tag.
  package static let keyCount = 32
  package static let nonceCount = 24
  package static let tagCount = 16

  /// Ciphertext followed by the tag. A key or nonce of another length is a caller's bug.
  package static func seal(
    _ plaintext: some Collection<UInt8>, key: GuardedBytes, nonce: [UInt8], associatedData: [UInt8]
  ) -> [UInt8] {
    plaintext.withRawBytes { plaintext in
      Array(unsafeUninitializedCapacity: plaintext.count + tagCount) { output, filled in
        key.withBytes { key in
          nonce.withRawBytes { nonce in
            associatedData.withRawBytes { data in
              seal(
                plaintext, into: UnsafeMutableRawBufferPointer(output), rawKey: key, nonce: nonce, associatedData: data)
            }
          }
        }
        filled = plaintext.count + tagCount
      }
    }
  }

  /// The plaintext, in ordinary memory. Throws `cannotOpen`, or `wrongLength` where there is not even a tag.
  package static func open(
    _ sealed: some Collection<UInt8>, key: GuardedBytes, nonce: [UInt8], associatedData: [UInt8]
  ) throws(CryptographyError) -> [UInt8] {
    guard sealed.count >= tagCount else { throw .wrongLength(expected: tagCount, given: sealed.count) }
    var isOpen = false
    let plaintext = sealed.withRawBytes { sealed in
      Array<UInt8>(unsafeUninitializedCapacity: sealed.count - tagCount) { output, filled in
        isOpen = open(
          sealed, into: UnsafeMutableRawBufferPointer(output), key: key, nonce: nonce, associatedData: associatedData)
        filled = isOpen ? sealed.count - tagCount : 0
      }
    }
    guard isOpen else { throw .cannotOpen }
    return plaintext
  }

  /// The plaintext in secret memory. Throws `cannotOpen`, or `wrongLength` where there is not even a tag.
  package static func openGuarded(
    _ sealed: some Collection<UInt8>, key: GuardedBytes, nonce: [UInt8], associatedData: [UInt8],
    placement: GuardedBytes.Placement = .arena
  ) throws(CryptographyError) -> GuardedBytes {
    guard sealed.count >= tagCount else { throw .wrongLength(expected: tagCount, given: sealed.count) }
    return try sealed.withRawBytes { (sealed) throws(CryptographyError) in
      try GuardedBytes(count: sealed.count - tagCount, placement: placement) { (output) throws(CryptographyError) in
        guard open(sealed, into: output, key: key, nonce: nonce, associatedData: associatedData) else {
          throw .cannotOpen
        }
      }
    }
  }

  /// Writes ciphertext and tag into `output`, which holds exactly `plaintext.count + tagCount` bytes and may begin
  /// where the plaintext lies. Lengths that do not fit are a caller's bug.
  package static func seal(
    _ plaintext: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, rawKey key: UnsafeRawBufferPointer,
    nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
  ) {
    Sodium.prepare()
    precondition(key.count == keyCount && nonce.count == nonceCount, "XChaCha20-Poly1305 takes 32 and 24 bytes")
    precondition(output.count == plaintext.count + tagCount, "the output holds the ciphertext and the tag")
    let done = crypto_aead_xchacha20poly1305_ietf_encrypt(
      output.outputAddress, nil, plaintext.addressOrPlaceholder, UInt64(plaintext.count),
      associatedData.addressOrPlaceholder,
      UInt64(associatedData.count), nil, nonce.addressOrPlaceholder, key.addressOrPlaceholder)
    precondition(done == 0, "libsodium failed in crypto_aead_xchacha20poly1305_ietf_encrypt")
  }

  /// Checks the tag, and only then writes the plaintext into `output`, which holds exactly `sealed.count - tagCount`
  /// bytes. False when the tag does not fit; `output` is then untouched or zeroed.
  package static func open(
    _ sealed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, rawKey key: UnsafeRawBufferPointer,
    nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
  ) -> Bool {
    Sodium.prepare()
    precondition(key.count == keyCount && nonce.count == nonceCount, "XChaCha20-Poly1305 takes 32 and 24 bytes")
    precondition(output.count == sealed.count - tagCount, "the output holds the plaintext")
    // libsodium takes a missing output as "verify only"; an empty plaintext needs no address.
    let target = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
      target, nil, nil, sealed.addressOrPlaceholder, UInt64(sealed.count), associatedData.addressOrPlaceholder,
      UInt64(associatedData.count), nonce.addressOrPlaceholder, key.addressOrPlaceholder) == 0
  }

  private static func open(
    _ sealed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, key: GuardedBytes, nonce: [UInt8],
    associatedData: [UInt8]
  ) -> Bool {
    let target = UnsafeMutableRawBufferPointer(rebasing: output.prefix(sealed.count - tagCount))
    return key.withBytes { key in
      nonce.withRawBytes { nonce in
        associatedData.withRawBytes { data in
          open(sealed, into: target, rawKey: key, nonce: nonce, associatedData: data)
        }
      }
    }
  }
}
