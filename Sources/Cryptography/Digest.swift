internal import COpenSSL
internal import CSodium

/// Hash functions in one call.
package enum Digest {
  /// SHA-256 (FIPS 180-4), 32 bytes.
  package static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] { hash(bytes, LibCrypto.sha256, 32) }

  /// SHA-1, 20 bytes. Broken for collisions: only for webhook schemes of others that use it under HMAC or RSA.
  package static func sha1(_ bytes: some Collection<UInt8>) -> [UInt8] { hash(bytes, LibCrypto.sha1, 20) }

  /// SHA-384 (FIPS 180-4), 48 bytes.
  package static func sha384(_ bytes: some Collection<UInt8>) -> [UInt8] { hash(bytes, LibCrypto.sha384, 48) }

  /// SHA-512 (FIPS 180-4), 64 bytes.
  package static func sha512(_ bytes: some Collection<UInt8>) -> [UInt8] { hash(bytes, LibCrypto.sha512, 64) }

  /// BLAKE2b (RFC 7693) of `count` bytes (16…64), keyed when there is a key (of 16…64 bytes).
  /// Other lengths are a caller's bug.
  package static func blake2b(_ bytes: some Collection<UInt8>, key: GuardedBytes? = nil, count: Int = 32) -> [UInt8] {
    Array(unsafeUninitializedCapacity: count) { buffer, filled in
      BLAKE2b.hash(into: UnsafeMutableRawBufferPointer(buffer), key: key) { $0.append(bytes) }
      filled = count
    }
  }

  private static func hash(_ bytes: some Collection<UInt8>, _ method: LibCrypto.Method, _ count: Int) -> [UInt8] {
    bytes.withRawBytes { bytes in
      Array(unsafeUninitializedCapacity: count) { buffer, filled in
        let done = EVP_Digest(bytes.baseAddress, bytes.count, buffer.baseAddress, nil, method.pointer, nil)
        LibCrypto.require(done == 1, "EVP_Digest")
        filled = count
      }
    }
  }
}
