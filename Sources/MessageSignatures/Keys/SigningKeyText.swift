package import Cryptography

/// The text that somebody entered as a key, and what it is the text of.
package enum SigningKeyText {
  /// How the text stands for a key.
  package enum Encoding: String, Hashable, Sendable, CaseIterable {
    /// A shared secret: the bytes of the text.
    case utf8
    /// A shared secret, or the 32 bytes of an Ed25519 seed: canonical base64, padding optional. `whsec_` and `whsk_`
    /// before it are no part of it (Standard Webhooks).
    case base64
    /// The same as hexadecimal digits in either case.
    case hex
    /// A private key between PEM lines: PKCS #8, SEC 1 or PKCS #1, not encrypted.
    case pem
  }

  /// What signs with the key. Throws `key` for a text that is blank or is not what the encoding says, and for a key of
  /// another type than the algorithm's.
  package static func signer(
    _ text: GuardedBytes, _ encoding: Encoding, _ algorithm: MessageSignatureAlgorithm
  ) throws(SigningFault) -> any MessageSigner {
    let isBlank = text.withBytes { $0.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) } }
    guard !isBlank else { throw .key }
    switch encoding {
    case .pem:
      guard let key = try? PrivateKey(pem: text) else { throw .key }
      return try PrivateKeySigner(key, algorithm)
    case .utf8: return try SecretSigner(text, algorithm)
    case .base64, .hex:
      guard let bytes = text.withBytes({ decode($0, encoding) }) else { throw .key }
      guard algorithm == .ed25519 else { return try SecretSigner(bytes, algorithm) }
      return try PrivateKeySigner(try ed25519(seed: bytes), algorithm)
    }
  }

  /// The key in the one PKCS #8 that a seed has (RFC 8410 §7).
  private static func ed25519(seed: GuardedBytes) throws(SigningFault) -> PrivateKey {
    guard seed.count == Ed25519.seedCount else { throw .key }
    let prefix: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]
    let pkcs8 = GuardedBytes(count: prefix.count + seed.count) { output in
      output.copyBytes(from: prefix)
      seed.withBytes { UnsafeMutableRawBufferPointer(rebasing: output[prefix.count...]).copyMemory(from: $0) }
    }
    guard let key = try? PrivateKey(pkcs8: pkcs8) else { throw .key }
    return key
  }

  private static func decode(_ text: UnsafeRawBufferPointer, _ encoding: Encoding) -> GuardedBytes? {
    guard encoding == .base64 else { return GuardedHex.decode(text) }
    let prefix = ["whsec_", "whsk_"].first { text.starts(with: $0.utf8) }
    return GuardedBase64.decode(UnsafeRawBufferPointer(rebasing: text.dropFirst(prefix?.utf8.count ?? 0)))
  }
}
