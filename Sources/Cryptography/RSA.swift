/// RSA PKCS #1 v1.5 (RFC 8017 §8.2) in one call, for webhook schemes of others. Everything else about RSA is
/// `PublicKey`, `PrivateKey` and `RSAOAEP`.
package enum RSA {
  /// The hash of the scheme. SHA-1 only because some senders still sign with it.
  package typealias Hash = HashFunction

  /// False for a key that is not RSA of 2048 to 8192 bits. Who verifies often parses the key once.
  package static func verifyPKCS1(
    _ signature: some Collection<UInt8>, message: some Collection<UInt8>, hash: Hash,
    subjectPublicKeyInfo: some Collection<UInt8>
  ) -> Bool {
    guard let key = try? PublicKey(subjectPublicKeyInfo: subjectPublicKeyInfo, kind: .rsa) else { return false }
    return verifyPKCS1(signature, message: message, hash: hash, key: key)
  }

  /// The same under a parsed key; false for a key of another kind.
  package static func verifyPKCS1(
    _ signature: some Collection<UInt8>, message: some Collection<UInt8>, hash: Hash, key: PublicKey
  ) -> Bool {
    key.isValid(signature, for: message, as: .rsaPKCS1(hash))
  }
}
