internal import CSodium

/// Argon2id (RFC 9106) by libsodium: keys from pass phrases, and nothing else (one lane, version 0x13).
package enum PasswordHash {
  /// Bytes of a salt.
  package static let saltCount = 16

  /// How much work a guess costs.
  package struct Cost: Equatable, Sendable {
    /// Passes over the memory (at least 1).
    package var passes: UInt64
    /// Bytes of memory that each guess needs (at least 8 KiB).
    package var memoryBytes: Int

    /// Passes and bytes as above; what Argon2 does not allow is refused when it is used.
    package init(passes: UInt64, memoryBytes: Int) {
      self.passes = passes
      self.memoryBytes = memoryBytes
    }

    /// For something typed rarely by people: 256 MiB, 3 passes.
    package static let moderate = Cost(passes: 3, memoryBytes: 256 << 20)
  }

  /// `count` bytes (at least 16) of key. Throws `wrongLength` for a salt that has not 16 bytes, and
  /// `memoryUnavailable` where the memory cannot be had (or the cost is below what Argon2 allows).
  package static func argon2id(
    password: GuardedBytes, salt: [UInt8], cost: Cost = .moderate, count: Int = 32
  ) throws(CryptographyError) -> GuardedBytes {
    Sodium.prepare()
    guard salt.count == saltCount else { throw .wrongLength(expected: saltCount, given: salt.count) }
    precondition(count >= 16, "a key has at least 16 bytes")
    return try GuardedBytes(count: count) { (output) throws(CryptographyError) in
      let done = password.withBytes { password in
        let text = UnsafeRawPointer(password.addressOrPlaceholder).assumingMemoryBound(to: CChar.self)
        return crypto_pwhash(
          output.outputAddress, UInt64(count), text, UInt64(password.count), salt,
          cost.passes, cost.memoryBytes, crypto_pwhash_ALG_ARGON2ID13)
      }
      guard done == 0 else { throw .memoryUnavailable(bytesWanted: cost.memoryBytes) }
    }
  }
}
