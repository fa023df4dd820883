/// ECDSA on P-256 (FIPS 186-5) in one call, for webhook schemes of others. Everything else about ECDSA is `PublicKey`
/// and `PrivateKey`.
package enum ECDSA {
  /// Verifies a signature in DER (strict: one encoding for each signature) over SHA-256 on P-256. False for a key that
  /// is not one on P-256. Who verifies often parses the key once: `verify(_:message:key:)`.
  package static func verifyP256SHA256(
    _ signature: some Collection<UInt8>, message: some Collection<UInt8>, subjectPublicKeyInfo: some Collection<UInt8>
  ) -> Bool {
    guard let key = try? PublicKey(subjectPublicKeyInfo: subjectPublicKeyInfo, kind: .p256) else { return false }
    return verifyP256SHA256(signature, message: message, key: key)
  }

  /// The same under a parsed key; false for a key of another kind.
  package static func verifyP256SHA256(
    _ signature: some Collection<UInt8>, message: some Collection<UInt8>, key: PublicKey
  ) -> Bool {
    key.isValid(signature, for: message, as: .ecdsa(.p256, .sha256, .der))
  }
}
