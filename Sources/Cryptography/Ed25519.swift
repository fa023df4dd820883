internal import CSodium

/// Ed25519 (RFC 8032) by libsodium.
///
/// Verification is strict: a public key or an R of small order, an encoding that is not canonical, an S of or above
/// the group's order, and a signature that holds only with the cofactor are refused.
package enum Ed25519 {
  /// Bytes of a seed, of a public key, of a signature.
  package static let seedCount = 32
  package static let publicKeyCount = 32
  package static let signatureCount = 64

  /// A fresh key pair: the secret seed and the public key.
  package static func generate(from source: RandomSource = .system) -> (secret: GuardedBytes, publicKey: [UInt8]) {
    let seed = GuardedBytes(random: seedCount, from: source)
    return (seed, publicKey(seed: seed))
  }

  /// The public key of a seed. A seed of another length than 32 bytes is a caller's bug.
  package static func publicKey(seed: GuardedBytes) -> [UInt8] { SigningKey(seed: seed).publicKey }

  /// The 64 bytes of the signature. Who signs often holds a `SigningKey`, which saves the expansion of the seed.
  package static func sign(_ message: some Collection<UInt8>, seed: GuardedBytes) -> [UInt8] {
    SigningKey(seed: seed).sign(message)
  }

  /// False for a signature or key of a wrong length too.
  package static func verify(
    _ signature: some Collection<UInt8>, message: some Collection<UInt8>, publicKey: some Collection<UInt8>
  ) -> Bool {
    Sodium.prepare()
    guard signature.count == signatureCount, publicKey.count == publicKeyCount else { return false }
    return signature.withRawBytes { signature in
      message.withRawBytes { message in
        publicKey.withRawBytes { key in
          crypto_sign_verify_detached(
            signature.addressOrPlaceholder, message.addressOrPlaceholder, UInt64(message.count),
            key.addressOrPlaceholder) == 0
        }
      }
    }
  }

  /// Whether the 32 bytes are the canonical encoding of a point of the group of prime order, as every key pair has.
  package static func isKey(_ bytes: some Collection<UInt8>) -> Bool {
    Sodium.prepare()
    guard bytes.count == publicKeyCount else { return false }
    return bytes.withRawBytes { crypto_core_ed25519_is_valid_point($0.addressOrPlaceholder) == 1 }
  }

  /// A seed, expanded once; in secret memory like the seed.
  package final class SigningKey: Sendable {
    /// The 32 bytes that others verify with.
    package let publicKey: [UInt8]
    private let expanded: GuardedBytes

    /// A seed of another length than 32 bytes is a caller's bug.
    package init(seed: GuardedBytes, placement: GuardedBytes.Placement = .arena) {
      Sodium.prepare()
      precondition(seed.count == seedCount, "an Ed25519 seed has 32 bytes")
      var publicKey = [UInt8](repeating: 0, count: publicKeyCount)
      expanded = GuardedBytes(count: 64, placement: placement) { output in
        seed.withBytes { seed in
          let done = crypto_sign_seed_keypair(&publicKey, output.outputAddress, seed.addressOrPlaceholder)
          precondition(done == 0, "libsodium failed in crypto_sign_seed_keypair")
        }
      }
      self.publicKey = publicKey
    }

    /// The 64 bytes of the signature; deterministic (RFC 8032 §5.1.6).
    package func sign(_ message: some Collection<UInt8>) -> [UInt8] {
      message.withRawBytes { message in
        expanded.withBytes { secret in
          Array(unsafeUninitializedCapacity: signatureCount) { output, filled in
            let done = crypto_sign_detached(
              UnsafeMutableRawBufferPointer(output).outputAddress, nil, message.addressOrPlaceholder,
              UInt64(message.count),
              secret.addressOrPlaceholder)
            precondition(done == 0, "libsodium failed in crypto_sign_detached")
            filled = signatureCount
          }
        }
      }
    }
  }
}
