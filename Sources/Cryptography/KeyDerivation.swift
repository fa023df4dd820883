internal import COpenSSL

/// Keys from keys. The result lies in secret memory from its first byte on.
package enum KeyDerivation {
  /// The most that HKDF-SHA-256 can give: 255 blocks (RFC 5869 §2.3).
  package static let hkdfSHA256MaximumCount = 255 * 32

  /// HKDF-SHA-256 (RFC 5869). A count outside 1…`hkdfSHA256MaximumCount` is a caller's bug.
  package static func hkdfSHA256(input: GuardedBytes, salt: [UInt8], info: [UInt8], count: Int) -> GuardedBytes {
    hkdf(.sha256, input: input, salt: salt, info: info, count: count)
  }

  /// The most that HKDF can give: 255 blocks (RFC 5869 §2.3).
  package static func hkdfMaximumCount(_ hash: HashFunction) -> Int { 255 * hash.byteCount }

  /// HKDF (RFC 5869), extract and expand. A count outside 1…`hkdfMaximumCount(_:)` is a caller's bug.
  package static func hkdf(
    _ hash: HashFunction, input: GuardedBytes, salt: [UInt8], info: [UInt8], count: Int
  ) -> GuardedBytes {
    hkdf(hash, EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, input: input, salt: salt, info: info, count: count)
  }

  /// The second half of HKDF alone (RFC 5869 §2.3), for an input that is uniformly random already.
  package static func hkdfExpand(_ hash: HashFunction, input: GuardedBytes, info: [UInt8], count: Int) -> GuardedBytes {
    hkdf(hash, EVP_KDF_HKDF_MODE_EXPAND_ONLY, input: input, salt: [], info: info, count: count)
  }

  private static func hkdf(
    _ hash: HashFunction, _ mode: Int32, input: GuardedBytes, salt: [UInt8], info: [UInt8], count: Int
  ) -> GuardedBytes {
    precondition((1...hkdfMaximumCount(hash)).contains(count), "HKDF gives 1 to 255 blocks")
    guard let context = EVP_KDF_CTX_new(LibCrypto.hkdf.pointer) else { preconditionFailure("no memory for HKDF") }
    defer { EVP_KDF_CTX_free(context) }
    var mode = mode
    return GuardedBytes(count: count) { output in
      input.withBytes { input in
        salt.withRawBytes { salt in
          info.withRawBytes { info in
            withUnsafeMutablePointer(to: &mode) { mode in
              var parameters = [
                OSSL_PARAM_construct_utf8_string(name("digest"), UnsafeMutablePointer(mutating: hash.cName), 0),
                OSSL_PARAM_construct_int(name("mode"), mode),
                octets("key", input),
              ]
              // An empty salt is the default one, of zeros (RFC 5869 §2.2), which libcrypto takes by leaving it out.
              if !salt.isEmpty { parameters.append(octets("salt", salt)) }
              if !info.isEmpty { parameters.append(octets("info", info)) }
              parameters.append(OSSL_PARAM_construct_end())
              LibCrypto.require(EVP_KDF_derive(context, output.outputAddress, count, parameters) == 1, "EVP_KDF_derive")
            }
          }
        }
      }
    }
  }

  /// BLAKE2b (RFC 7693) keyed with a key of 16…64 bytes, as key derivation: 16…64 bytes. Callers pass a message that
  /// is injective (`LengthPrefixed`) and begins with a label of its own.
  package static func keyedBLAKE2b(key: GuardedBytes, message: [UInt8], count: Int) -> GuardedBytes {
    GuardedBytes(count: count) { output in BLAKE2b.hash(into: output, key: key) { $0.append(message) } }
  }

  private static func name(_ text: StaticString) -> UnsafePointer<CChar> { text.cString }

  private static func octets(_ key: StaticString, _ bytes: UnsafeRawBufferPointer) -> OSSL_PARAM {
    let address = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(bytes.addressOrPlaceholder))
    return OSSL_PARAM_construct_octet_string(key.cString, address, bytes.count)
  }
}
