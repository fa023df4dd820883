internal import COpenSSL

/// Keys under keys: AES key wrap (RFC 3394) and the same with padding (RFC 5649), by libcrypto. Deterministic, and
/// authenticated with 64 (RFC 5649: 32) bits only: for keys, never for messages.
package enum AESKeyWrap {
  /// Which of the two.
  package enum Form: Sendable, Hashable {
    /// RFC 3394: keys of a multiple of 8 bytes, at least 16.
    case plain
    /// RFC 5649: keys of any length from 1 byte.
    case padded
  }

  /// The longest key that is wrapped here: that of RSA-8192, encoded.
  package static let maximumCount = 8192

  /// The wrapped key, 8 to 15 bytes longer. A wrapping key that has not 16, 24 or 32 bytes is a caller's bug; throws
  /// `wrongLength` for a key that the form does not take.
  package static func wrap(
    _ key: GuardedBytes, under wrappingKey: GuardedBytes, _ form: Form = .plain
  ) throws(CryptographyError) -> [UInt8] {
    guard isKeyLength(key.count, form) else { throw .wrongLength(expected: 16, given: key.count) }
    let wrapped = key.withBytes { key in
      run(key, wrappingKey, form, wraps: true, room: key.count + 16) { Array($0) }
    }
    guard let wrapped else { preconditionFailure("libcrypto failed in AES key wrap") }
    return wrapped
  }

  /// The key. Throws `cannotOpen` for anything that is not a wrapped key under this wrapping key.
  package static func unwrap(
    _ wrapped: some Collection<UInt8>, under wrappingKey: GuardedBytes, _ form: Form = .plain
  ) throws(CryptographyError) -> GuardedBytes {
    guard wrapped.count.isMultiple(of: 8), (form == .plain ? 24 : 16)...(maximumCount + 8) ~= wrapped.count else {
      throw .cannotOpen
    }
    let key = wrapped.withRawBytes { wrapped in
      run(wrapped, wrappingKey, form, wraps: false, room: wrapped.count) { GuardedBytes(copying: $0) }
    }
    guard let key else { throw .cannotOpen }
    return key
  }

  private static func isKeyLength(_ count: Int, _ form: Form) -> Bool {
    switch form {
    case .plain: count >= 16 && count.isMultiple(of: 8) && count <= maximumCount
    case .padded: (1...maximumCount).contains(count)
    }
  }

  /// Works in secret memory; `take` gets what came out. Nil when it does not open.
  private static func run<R>(
    _ input: UnsafeRawBufferPointer, _ wrappingKey: GuardedBytes, _ form: Form, wraps: Bool, room: Int,
    _ take: (UnsafeRawBufferPointer) -> R
  ) -> R? {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
    defer {
      EVP_CIPHER_CTX_free(context)
      LibCrypto.clearErrors()
    }
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
    let started = wrappingKey.withBytes {
      EVP_CipherInit_ex2(
        context, method(form, $0.count).pointer, $0.addressOrPlaceholder, nil, wraps ? 1 : 0, nil)
    }
    LibCrypto.require(started == 1, "EVP_CipherInit_ex2")
    var isDone = false
    let output = GuardedBytes(capacity: room) { output, filled in
      var written: Int32 = 0
      isDone =
        EVP_CipherUpdate(
          context, output.outputAddress, &written, input.addressOrPlaceholder, Int32(input.count)) == 1
        && written > 0
      filled = isDone ? Int(written) : 0
    }
    return isDone ? output.withBytes(take) : nil
  }

  private static func method(_ form: Form, _ keyCount: Int) -> LibCrypto.Method {
    switch (form, keyCount) {
    case (.plain, 16): LibCrypto.aes128Wrap
    case (.plain, 24): LibCrypto.aes192Wrap
    case (.plain, 32): LibCrypto.aes256Wrap
    case (.padded, 16): LibCrypto.aes128WrapPad
    case (.padded, 24): LibCrypto.aes192WrapPad
    case (.padded, 32): LibCrypto.aes256WrapPad
    default: preconditionFailure("an AES key has 16, 24 or 32 bytes")
    }
  }
}
