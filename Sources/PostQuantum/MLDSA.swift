import Crypto
package import Cryptography
import Foundation
package import NamedKeys

/// ML-DSA (FIPS 204) by swift-crypto, which the program passes to the room of named keys. Nothing else of that library
/// is used.
///
/// The library takes seeds and expanded keys in ordinary memory, for as long as one call lasts: SECURITY.md §5 says so.
package struct MLDSA: PostQuantumSignatures {
  /// The one there is.
  package init() {}

  package func publicKey(_ set: MLDSAParameterSet, seed: GuardedBytes) throws(NamedKeyError) -> [UInt8] {
    do {
      switch set {
      case .mlDSA65: return Array(try Self.key65(seed).publicKey.rawRepresentation)
      case .mlDSA87: return Array(try Self.key87(seed).publicKey.rawRepresentation)
      }
    } catch {
      throw .damaged
    }
  }

  package func sign(
    _ message: [UInt8], _ set: MLDSAParameterSet, seed: GuardedBytes
  ) throws(NamedKeyError) -> [UInt8] {
    do {
      switch set {
      case .mlDSA65: return Array(try Self.key65(seed).signature(for: message))
      case .mlDSA87: return Array(try Self.key87(seed).signature(for: message))
      }
    } catch {
      throw .damaged
    }
  }

  package func isValid(
    _ signature: [UInt8], for message: [UInt8], _ set: MLDSAParameterSet, publicKey: [UInt8]
  ) -> Bool {
    switch set {
    case .mlDSA65:
      (try? MLDSA65.PublicKey(rawRepresentation: publicKey))?.isValidSignature(signature, for: message) ?? false
    case .mlDSA87:
      (try? MLDSA87.PublicKey(rawRepresentation: publicKey))?.isValidSignature(signature, for: message) ?? false
    }
  }

  private static func key65(_ seed: GuardedBytes) throws -> MLDSA65.PrivateKey {
    try seed.withBytes { try MLDSA65.PrivateKey(seedRepresentation: Data($0), publicKey: nil) }
  }

  private static func key87(_ seed: GuardedBytes) throws -> MLDSA87.PrivateKey {
    try seed.withBytes { try MLDSA87.PrivateKey(seedRepresentation: Data($0), publicKey: nil) }
  }
}
