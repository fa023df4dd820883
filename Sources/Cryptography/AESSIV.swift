internal import COpenSSL

/// AES-SIV (RFC 5297), deterministic authenticated encryption with one piece of associated data: CMAC and counter mode
/// of libcrypto, put together as §2 says. (libcrypto's own SIV does not take an empty message.)
package enum AESSIV {
  /// Bytes of a key: one half for CMAC, the other for the counter mode.
  package static let keyCounts = [32, 48, 64]
  /// Bytes of the synthetic vector in front of the ciphertext.
  package static let tagCount = 16

  /// The synthetic vector, then the ciphertext. A key of another length is a caller's bug.
  package static func seal(_ plaintext: GuardedBytes, key: GuardedBytes, associatedData: [UInt8]) -> [UInt8] {
    let vector = syntheticVector(plaintext, key: key, associatedData: associatedData)
    return plaintext.withBytes { plaintext in
      vector
        + [UInt8](unsafeUninitializedCapacity: plaintext.count) { output, filled in
          count(plaintext, into: UnsafeMutableRawBufferPointer(output), key: key, vector: vector)
          filled = plaintext.count
        }
    }
  }

  /// The message. Throws `cannotOpen`, or `wrongLength` where there is not even a vector.
  package static func open(
    _ sealed: [UInt8], key: GuardedBytes, associatedData: [UInt8]
  ) throws(CryptographyError) -> GuardedBytes {
    guard sealed.count >= tagCount else { throw .wrongLength(expected: tagCount, given: sealed.count) }
    let vector = Array(sealed.prefix(tagCount))
    let plaintext = GuardedBytes(count: sealed.count - tagCount) { output in
      sealed.dropFirst(tagCount).withRawBytes { count($0, into: output, key: key, vector: vector) }
    }
    guard
      ConstantTime.areEqual(vector, syntheticVector(plaintext, key: key, associatedData: associatedData))
    else { throw .cannotOpen }
    return plaintext
  }

  /// S2V (§2.4) of the associated data and the message.
  private static func syntheticVector(
    _ plaintext: GuardedBytes, key: GuardedBytes, associatedData: [UInt8]
  ) -> [UInt8] {
    var chain = cmac(key, [[UInt8](repeating: 0, count: 16)])
    chain = xor(double(chain), associatedData.withRawBytes { cmac(key, raw: [$0]) })
    return plaintext.withBytes { message in
      if message.count >= 16 {
        let split = message.count - 16
        let end = xor(Array(message[split...]), chain)
        return end.withRawBytes { cmac(key, raw: [UnsafeRawBufferPointer(rebasing: message[..<split]), $0]) }
      }
      let padded = Array(message) + [0x80] + [UInt8](repeating: 0, count: 15 - message.count)
      return cmac(key, [xor(double(chain), padded)])
    }
  }

  private static func cmac(_ key: GuardedBytes, _ pieces: [[UInt8]]) -> [UInt8] {
    pieces.joined().withRawBytes { cmac(key, raw: [$0]) }
  }

  private static func cmac(_ key: GuardedBytes, raw pieces: [UnsafeRawBufferPointer]) -> [UInt8] {
    precondition(keyCounts.contains(key.count), "an AES-SIV key has 32, 48 or 64 bytes")
    guard let context = EVP_MAC_CTX_new(LibCrypto.cmac.pointer) else { preconditionFailure("no memory for a MAC") }
    defer { EVP_MAC_CTX_free(context) }
    let cipher: StaticString =
      switch key.count {
      case 32: "AES-128-CBC"
      case 48: "AES-192-CBC"
      default: "AES-256-CBC"
      }
    let parameters = [LibCryptoKey.text("cipher", cipher), OSSL_PARAM_construct_end()]
    let started = key.withBytes {
      EVP_MAC_init(context, $0.addressOrPlaceholder, $0.count / 2, parameters)
    }
    LibCrypto.require(started == 1, "EVP_MAC_init")
    for piece in pieces {
      LibCrypto.require(EVP_MAC_update(context, piece.addressOrPlaceholder, piece.count) == 1, "EVP_MAC_update")
    }
    return [UInt8](unsafeUninitializedCapacity: tagCount) { buffer, filled in
      var written = 0
      LibCrypto.require(EVP_MAC_final(context, buffer.baseAddress, &written, tagCount) == 1, "EVP_MAC_final")
      filled = written
    }
  }

  /// Counter mode from the vector with two bits cleared (§2.5).
  private static func count(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, key: GuardedBytes, vector: [UInt8]
  ) {
    guard !input.isEmpty else { return }
    var start = vector
    start[8] &= 0x7F
    start[12] &= 0x7F
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
    defer { EVP_CIPHER_CTX_free(context) }
    let method =
      switch key.count {
      case 32: LibCrypto.aes128CTR
      case 48: LibCrypto.aes192CTR
      default: LibCrypto.aes256CTR
      }
    var written: Int32 = 0
    let done = key.withBytes { key in
      EVP_EncryptInit_ex2(
        context, method.pointer, key.addressOrPlaceholder + key.count / 2, start, nil) == 1
        && EVP_EncryptUpdate(
          context, output.outputAddress, &written, input.addressOrPlaceholder, Int32(input.count)) == 1
    }
    LibCrypto.require(done, "EVP_EncryptUpdate")
  }

  /// Multiplication by x in the field of §2.3, without a branch on the bits.
  private static func double(_ block: [UInt8]) -> [UInt8] {
    var result = block
    for index in 0..<15 { result[index] = block[index] << 1 | block[index + 1] >> 7 }
    result[15] = block[15] << 1 ^ (0x87 & (0 &- (block[0] >> 7)))
    return result
  }

  private static func xor(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }
}
