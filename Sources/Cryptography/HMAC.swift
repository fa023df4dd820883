internal import COpenSSL

/// HMAC (RFC 2104) by libcrypto. While it runs, libcrypto holds the hashed key in ordinary memory and wipes it after.
@usableFromInline
package enum HMAC {
  /// The hash under the MAC. SHA-1 only for webhook schemes of others.
  @usableFromInline
  package typealias Hash = HashFunction

  /// The tag of a message under a key of any length.
  @inlinable
  package static func authenticate(_ message: some Collection<UInt8>, key: GuardedBytes, hash: Hash) -> [UInt8] {
    message.withRawBytes { authenticate(raw: $0, key: key, hash: hash) }
  }

  /// The tag of the pieces one after another, as if they were one message.
  package static func authenticate(pieces: [ArraySlice<UInt8>], key: GuardedBytes, hash: Hash) -> [UInt8] {
    authenticate(key: key, hash: hash) { update in
      for piece in pieces { piece.withRawBytes { update($0) } }
    }
  }

  /// Compares in constant time. A tag of another length than the hash's is refused.
  @inlinable
  package static func isValid(
    _ tag: some Collection<UInt8>, for message: some Collection<UInt8>, key: GuardedBytes, hash: Hash
  ) -> Bool {
    ConstantTime.areEqual(authenticate(message, key: key, hash: hash), tag)
  }

  @usableFromInline
  static func authenticate(raw message: UnsafeRawBufferPointer, key: GuardedBytes, hash: Hash) -> [UInt8] {
    authenticate(key: key, hash: hash) { update in update(message) }
  }

  private static func authenticate(
    key: GuardedBytes, hash: Hash, _ body: ((UnsafeRawBufferPointer) -> Void) -> Void
  ) -> [UInt8] {
    guard let context = EVP_MAC_CTX_dup(template(hash).pointer) else { preconditionFailure("no memory for a MAC") }
    defer { EVP_MAC_CTX_free(context) }
    key.withBytes { key in
      LibCrypto.require(EVP_MAC_init(context, key.addressOrPlaceholder, key.count, nil) == 1, "EVP_MAC_init")
    }
    body { bytes in
      LibCrypto.require(EVP_MAC_update(context, bytes.addressOrPlaceholder, bytes.count) == 1, "EVP_MAC_update")
    }
    return Array(unsafeUninitializedCapacity: hash.byteCount) { buffer, filled in
      var written = 0
      let done = EVP_MAC_final(context, buffer.baseAddress, &written, hash.byteCount)
      LibCrypto.require(done == 1 && written == hash.byteCount, "EVP_MAC_final")
      filled = hash.byteCount
    }
  }

  // Contexts with the hash set and no key. They are only ever copied from, which libcrypto allows from any thread;
  // a fresh context would look the hash up by name again.
  private static let sha1 = makeTemplate(.sha1)
  private static let sha224 = makeTemplate(.sha224)
  private static let sha256 = makeTemplate(.sha256)
  private static let sha384 = makeTemplate(.sha384)
  private static let sha512 = makeTemplate(.sha512)

  private static func template(_ hash: Hash) -> LibCrypto.Method {
    switch hash {
    case .sha1: sha1
    case .sha224: sha224
    case .sha256: sha256
    case .sha384: sha384
    case .sha512: sha512
    }
  }

  private static func makeTemplate(_ hash: Hash) -> LibCrypto.Method {
    guard let context = EVP_MAC_CTX_new(LibCrypto.hmac.pointer) else { preconditionFailure("no memory for a MAC") }
    let key: StaticString = "digest"
    let parameters = [
      OSSL_PARAM_construct_utf8_string(key.cString, UnsafeMutablePointer(mutating: hash.cName), 0),
      OSSL_PARAM_construct_end(),
    ]
    LibCrypto.require(EVP_MAC_CTX_set_params(context, parameters) == 1, "EVP_MAC_CTX_set_params")
    return LibCrypto.Method(pointer: context)
  }
}
