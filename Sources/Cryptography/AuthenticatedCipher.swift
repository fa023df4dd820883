/// Authenticated encryption with associated data (RFC 5116), by name: for keys whose type is chosen when they are made.
/// What is sealed for ourselves takes `XChaCha20Poly1305` directly.
package enum AuthenticatedCipher: Sendable, Hashable, CaseIterable {
  case aesGCM, chaCha20Poly1305, xChaCha20Poly1305

  /// Bytes of a tag, whichever it is.
  package static let tagCount = 16

  /// Bytes of the key that new keys get.
  package var keyCount: Int { 32 }

  /// Bytes of a nonce.
  package var nonceCount: Int {
    switch self {
    case .aesGCM: AESGCM.nonceCount
    case .chaCha20Poly1305: ChaCha20Poly1305.nonceCount
    case .xChaCha20Poly1305: XChaCha20Poly1305.nonceCount
    }
  }

  /// Whether a key and a nonce have lengths that the cipher takes. AES-GCM takes shorter keys and other nonces too.
  package func takes(keyCount: Int, nonceCount: Int) -> Bool {
    switch self {
    case .aesGCM: AESGCM.keyCounts.contains(keyCount) && AESGCM.nonceCounts.contains(nonceCount)
    case .chaCha20Poly1305, .xChaCha20Poly1305: keyCount == self.keyCount && nonceCount == self.nonceCount
    }
  }

  /// Ciphertext followed by the tag. Lengths that the cipher does not take are a caller's bug.
  package func seal(
    _ plaintext: GuardedBytes, key: GuardedBytes, nonce: [UInt8], associatedData: [UInt8]
  ) -> [UInt8] {
    plaintext.withBytes { plaintext in
      [UInt8](unsafeUninitializedCapacity: plaintext.count + Self.tagCount) { output, filled in
        let output = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(output)[..<(plaintext.count + Self.tagCount)])
        withRaw(key, nonce, associatedData) { key, nonce, data in
          switch self {
          case .aesGCM:
            AESGCM.seal(plaintext, into: output, rawKey: key, nonce: nonce, associatedData: data)
          case .chaCha20Poly1305:
            ChaCha20Poly1305.seal(plaintext, into: output, rawKey: key, nonce: nonce, associatedData: data)
          case .xChaCha20Poly1305:
            XChaCha20Poly1305.seal(plaintext, into: output, rawKey: key, nonce: nonce, associatedData: data)
          }
        }
        filled = plaintext.count + Self.tagCount
      }
    }
  }

  /// The plaintext, in secret memory. Throws `cannotOpen`, or `wrongLength` where there is not even a tag; lengths of
  /// key and nonce that the cipher does not take are a caller's bug.
  package func open(
    _ sealed: some Collection<UInt8>, key: GuardedBytes, nonce: [UInt8], associatedData: [UInt8]
  ) throws(CryptographyError) -> GuardedBytes {
    guard sealed.count >= Self.tagCount else { throw .wrongLength(expected: Self.tagCount, given: sealed.count) }
    return try sealed.withRawBytes { (sealed) throws(CryptographyError) in
      let count = sealed.count - Self.tagCount
      return try GuardedBytes(count: count) { (room) throws(CryptographyError) in
        let output = UnsafeMutableRawBufferPointer(rebasing: room.prefix(count))
        let isOpen = withRaw(key, nonce, associatedData) { key, nonce, data in
          switch self {
          case .aesGCM:
            AESGCM.open(sealed, into: output, rawKey: key, nonce: nonce, associatedData: data)
          case .chaCha20Poly1305:
            ChaCha20Poly1305.open(sealed, into: output, rawKey: key, nonce: nonce, associatedData: data)
          case .xChaCha20Poly1305:
            XChaCha20Poly1305.open(sealed, into: output, rawKey: key, nonce: nonce, associatedData: data)
          }
        }
        guard isOpen else { throw .cannotOpen }
      }
    }
  }

  private func withRaw<R>(
    _ key: GuardedBytes, _ nonce: [UInt8], _ data: [UInt8],
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> R
  ) -> R {
    precondition(takes(keyCount: key.count, nonceCount: nonce.count), "a key or nonce that the cipher does not take")
    return key.withBytes { key in nonce.withRawBytes { nonce in data.withRawBytes { body(key, nonce, $0) } } }
  }
}
