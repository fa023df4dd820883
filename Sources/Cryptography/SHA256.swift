internal import COpenSSL

/// SHA-256 of bytes that come in pieces. Not copyable: one stream, one result.
@usableFromInline
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// Nothing hashed yet.
  package init() {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a hash") }
    LibCrypto.require(EVP_DigestInit_ex2(context, LibCrypto.sha256.pointer, nil) == 1, "EVP_DigestInit_ex2")
    self.context = context
  }

  /// Appends a piece; an empty one changes nothing.
  @inlinable
  package mutating func update(_ bytes: some Collection<UInt8>) { bytes.withRawBytes { update(raw: $0) } }

  @usableFromInline
  mutating func update(raw bytes: UnsafeRawBufferPointer) {
    LibCrypto.require(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "EVP_DigestUpdate")
  }

  /// The 32 bytes of the hash of everything appended.
  package consuming func finish() -> [UInt8] {
    let context = self.context
    return Array(unsafeUninitializedCapacity: 32) { buffer, filled in
      LibCrypto.require(EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "EVP_DigestFinal_ex")
      filled = 32
    }
  }

  deinit { EVP_MD_CTX_free(context) }
}
