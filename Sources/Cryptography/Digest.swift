internal import COpenSSL

/// Hash functions in one call.
@usableFromInline
package enum Digest {
  /// SHA-256 (FIPS 180-4), 32 bytes.
  @inlinable
  package static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] { bytes.withRawBytes { hash($0, .sha256) } }

  /// SHA-1, 20 bytes. Broken for collisions: only for webhook schemes of others that use it under HMAC or RSA.
  @inlinable
  package static func sha1(_ bytes: some Collection<UInt8>) -> [UInt8] { bytes.withRawBytes { hash($0, .sha1) } }

  /// SHA-384 (FIPS 180-4), 48 bytes.
  @inlinable
  package static func sha384(_ bytes: some Collection<UInt8>) -> [UInt8] { bytes.withRawBytes { hash($0, .sha384) } }

  /// SHA-512 (FIPS 180-4), 64 bytes.
  @inlinable
  package static func sha512(_ bytes: some Collection<UInt8>) -> [UInt8] { bytes.withRawBytes { hash($0, .sha512) } }

  /// BLAKE2b (RFC 7693) of `count` bytes (16…64), keyed when there is a key (of 16…64 bytes).
  /// Other lengths are a caller's bug.
  @inlinable
  package static func blake2b(_ bytes: some Collection<UInt8>, key: GuardedBytes? = nil, count: Int = 32) -> [UInt8] {
    Array(unsafeUninitializedCapacity: count) { buffer, filled in
      BLAKE2b.hash(into: UnsafeMutableRawBufferPointer(buffer), key: key) { $0.append(bytes) }
      filled = count
    }
  }

  @usableFromInline
  enum Kind { case sha1, sha256, sha384, sha512 }

  @usableFromInline
  static func hash(_ bytes: UnsafeRawBufferPointer, _ kind: Kind) -> [UInt8] {
    let (method, count) =
      switch kind {
      case .sha1: (LibCrypto.sha1, 20)
      case .sha256: (LibCrypto.sha256, 32)
      case .sha384: (LibCrypto.sha384, 48)
      case .sha512: (LibCrypto.sha512, 64)
      }
    return Array(unsafeUninitializedCapacity: count) { buffer, filled in
      let done = EVP_Digest(bytes.baseAddress, bytes.count, buffer.baseAddress, nil, method.pointer, nil)
      LibCrypto.require(done == 1, "EVP_Digest")
      filled = count
    }
  }
}
