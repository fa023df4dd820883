import CZlib
import Cryptography
import Encodings

/// Chunked encryption of the Community Cryptography Specification Project (c2sp.org/chunked-encryption), opened whole.
/// Chancery seals nothing in this form; it is here to be judged.
struct ChunkedEncryption {
  private static let saltCount = 24
  private static let commitmentCount = 32
  private static let chunkCount = 16 << 10
  /// What a test vector may unpack to.
  private static let maximumCount = 64 << 20

  private let aead: String
  private let keyCount: Int
  private let hash: HashFunction

  /// Nil for an AEAD that has no name there.
  init?(aead: String, hash: HashFunction) {
    switch aead {
    case "AEAD_AES_128_GCM": keyCount = 16
    case "AEAD_AES_256_GCM": keyCount = 32
    default: return nil
    }
    self.aead = aead
    self.hash = hash
  }

  /// Whether the ciphertext of a test opens, and to the message whose length and hash it names.
  func opens(_ test: WycheproofNode) throws(WycheproofFault) -> Bool {
    guard let ciphertext = Self.inflate(try test.bytes("ct")) else { throw .notWycheproof }
    let key = GuardedBytes(copying: try test.bytes("key"))
    guard let message = open(ciphertext, key: key, context: try test.bytes("ctx")) else { return false }
    let expected = try test.bytes("msgSha512")
    return message.count == test["msgLength"]?.integer && Digest.sha512(message) == expected
  }

  private func open(_ ciphertext: [UInt8], key: GuardedBytes, context: [UInt8]) -> [UInt8]? {
    let headerCount = Self.saltCount + Self.commitmentCount
    guard key.count == keyCount, ciphertext.count >= headerCount else { return nil }
    let info =
      Array("c2sp.org/chunked-encryption@v1+".utf8) + Array(aead.utf8) + [0] + ciphertext[..<Self.saltCount] + context
    let derived = KeyDerivation.hkdfExpand(
      hash, input: key, info: info, count: keyCount + AESGCM.nonceCount + Self.commitmentCount)
    let (chunkKey, nonce, commitment) = derived.withBytes { bytes in
      let nonceEnd = keyCount + AESGCM.nonceCount
      return (GuardedBytes(copying: bytes[..<keyCount]), Array(bytes[keyCount..<nonceEnd]), Array(bytes[nonceEnd...]))
    }
    guard ConstantTime.areEqual(commitment, ciphertext[Self.saltCount..<headerCount]) else { return nil }
    return openChunks(ciphertext[headerCount...], key: chunkKey, baseNonce: nonce)
  }

  /// Every chunk but the last is full; the last is shorter, and may be empty.
  private func openChunks(_ ciphertext: ArraySlice<UInt8>, key: GuardedBytes, baseNonce: [UInt8]) -> [UInt8]? {
    let sealedCount = Self.chunkCount + AESGCM.tagCount
    var rest = ciphertext
    var message: [UInt8] = []
    var number: UInt64 = 0
    while true {
      let chunk = rest.prefix(sealedCount)
      rest = rest.dropFirst(sealedCount)
      var nonce = baseNonce
      for index in 0..<8 { nonce[nonce.count - 1 - index] ^= UInt8(truncatingIfNeeded: number >> UInt64(8 * index)) }
      guard let opened = try? AuthenticatedCipher.aesGCM.open(chunk, key: key, nonce: nonce, associatedData: [])
      else { return nil }
      opened.withBytes { message.append(contentsOf: $0) }
      if opened.count < Self.chunkCount { return rest.isEmpty ? message : nil }
      number += 1
    }
  }

  /// The files pack the ciphertext with zlib (RFC 1950). Nil for other bytes, and beyond the limit.
  private static func inflate(_ packed: [UInt8]) -> [UInt8]? {
    var room = max(4096, packed.count * 4)
    while room <= maximumCount {
      var count = uLong(room)
      var status = Z_OK
      let output = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
        status = uncompress(buffer.baseAddress, &count, packed, uLong(packed.count))
        filled = status == Z_OK ? Int(count) : 0
      }
      if status == Z_OK { return output }
      guard status == Z_BUF_ERROR else { return nil }
      room *= 4
    }
    return nil
  }
}
