internal import COpenSSL

/// AES-CBC with HMAC, as JSON Web Encryption puts them together (RFC 7518 §5.2): opening only, for what others have
/// sealed. Ours is sealed with an `AuthenticatedCipher`.
package enum AESCBCHMAC {
  /// The two halves of the key together: A128CBC-HS256, A192CBC-HS384, A256CBC-HS512.
  package static let keyCounts = [32, 48, 64]
  /// Bytes of a nonce (the first block of CBC).
  package static let nonceCount = 16

  /// The plaintext. The tag is checked in constant time before anything is decrypted. Throws `cannotOpen`; a key of
  /// another length is a caller's bug.
  package static func open(
    _ ciphertext: [UInt8], tag: [UInt8], key: GuardedBytes, nonce: [UInt8], associatedData: [UInt8]
  ) throws(CryptographyError) -> GuardedBytes {
    precondition(keyCounts.contains(key.count), "an AES-CBC-HMAC key has 32, 48 or 64 bytes")
    let half = key.count / 2
    guard nonce.count == nonceCount, !ciphertext.isEmpty, ciphertext.count.isMultiple(of: 16), tag.count == half
    else { throw .cannotOpen }
    let hash: HashFunction = half == 16 ? .sha256 : half == 24 ? .sha384 : .sha512
    let macKey = key.withBytes { GuardedBytes(copying: $0.prefix(half)) }
    let bitCount = withUnsafeBytes(of: UInt64(associatedData.count * 8).bigEndian) { Array($0) }
    let whole = HMAC.authenticate(
      pieces: [associatedData[...], nonce[...], ciphertext[...], bitCount[...]], key: macKey, hash: hash)
    guard ConstantTime.areEqual(whole.prefix(half), tag) else { throw .cannotOpen }
    return try key.withBytes { (key) throws(CryptographyError) in
      try decrypt(ciphertext, UnsafeRawBufferPointer(rebasing: key[half...]), nonce)
    }
  }

  private static func decrypt(
    _ ciphertext: [UInt8], _ key: UnsafeRawBufferPointer, _ nonce: [UInt8]
  ) throws(CryptographyError) -> GuardedBytes {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
    defer {
      EVP_CIPHER_CTX_free(context)
      LibCrypto.clearErrors()
    }
    let method =
      switch key.count {
      case 16: LibCrypto.aes128CBC
      case 24: LibCrypto.aes192CBC
      default: LibCrypto.aes256CBC
      }
    return try GuardedBytes(capacity: ciphertext.count + 16) { (output, filled) throws(CryptographyError) in
      var written: Int32 = 0
      var rest: Int32 = 0
      guard
        EVP_DecryptInit_ex2(context, method.pointer, key.addressOrPlaceholder, nonce, nil) == 1,
        EVP_DecryptUpdate(context, output.outputAddress, &written, ciphertext, Int32(ciphertext.count)) == 1,
        EVP_DecryptFinal_ex(context, output.outputAddress + Int(written), &rest) == 1
      else { throw .cannotOpen }
      filled = Int(written + rest)
    }
  }
}
