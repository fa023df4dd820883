internal import COpenSSL

extension AESGCM {
  /// Opens a message whose nonce is longer than libcrypto takes (SP 800-38D §5.2.1.1 allows it): only test vectors of
  /// others have such nonces. The plaintext, or nil when the tag does not fit.
  ///
  /// The hash GHASH is not to be had alone, but it is the tag of a message less one encrypted block: both the first
  /// counter block (§7.1, step 2) and the tag are taken from tags of messages that have the wanted *ciphertext*.
  package static func open(
    _ ciphertext: [UInt8], tag: [UInt8], key: GuardedBytes, longNonce nonce: [UInt8], associatedData: [UInt8]
  ) -> GuardedBytes? {
    guard !nonce.isEmpty, tag.count == tagCount, keyCounts.contains(key.count) else { return nil }
    let start = hash(of: nonce, key: key, associatedData: [])
    let expected = xor(
      hash(of: ciphertext, key: key, associatedData: associatedData),
      count([UInt8](repeating: 0, count: 16), key: key, from: start))
    guard ConstantTime.areEqual(tag, expected) else { return nil }
    var first = start
    increment(&first)
    return GuardedBytes(copying: count(ciphertext, key: key, from: first))
  }

  /// GHASH of associated data and a ciphertext, with their lengths.
  private static func hash(of ciphertext: [UInt8], key: GuardedBytes, associatedData: [UInt8]) -> [UInt8] {
    let zero = [UInt8](repeating: 0, count: nonceCount)
    let plaintext = count(ciphertext, key: key, from: zero + [0, 0, 0, 2])
    let sealed = AuthenticatedCipher.aesGCM.seal(
      GuardedBytes(copying: plaintext), key: key, nonce: zero, associatedData: associatedData)
    return xor(
      Array(sealed.suffix(tagCount)),
      count([UInt8](repeating: 0, count: 16), key: key, from: zero + [0, 0, 0, 1]))
  }

  /// Counter mode whose counter is the last 32 bits and wraps there (§6.5).
  private static func count(_ input: [UInt8], key: GuardedBytes, from start: [UInt8]) -> [UInt8] {
    var counter = start
    var output: [UInt8] = []
    for begin in stride(from: 0, to: input.count, by: 16) {
      let block = block(counter, key: key)
      output += xor(Array(input[begin..<min(begin + 16, input.count)]), block)
      increment(&counter)
    }
    return output
  }

  private static func increment(_ counter: inout [UInt8]) {
    for index in (12..<16).reversed() {
      counter[index] &+= 1
      if counter[index] != 0 { return }
    }
  }

  /// AES of one block: the first block of the counter mode over zeros.
  private static func block(_ input: [UInt8], key: GuardedBytes) -> [UInt8] {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
    defer { EVP_CIPHER_CTX_free(context) }
    let method =
      switch key.count {
      case 16: LibCrypto.aes128CTR
      case 24: LibCrypto.aes192CTR
      default: LibCrypto.aes256CTR
      }
    return [UInt8](unsafeUninitializedCapacity: 16) { output, filled in
      var written: Int32 = 0
      let done = key.withBytes {
        EVP_EncryptInit_ex2(context, method.pointer, $0.addressOrPlaceholder, input, nil) == 1
          && EVP_EncryptUpdate(
            context, output.baseAddress, &written, [UInt8](repeating: 0, count: 16), 16) == 1
      }
      LibCrypto.require(done, "EVP_EncryptUpdate")
      filled = 16
    }
  }

  private static func xor(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }
}
