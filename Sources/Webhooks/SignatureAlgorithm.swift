/// How a scheme proves that the sender knew the key. The configuration decides; no request can choose.
package enum SignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
  case hmacSHA1 = "hmac-sha1"
  case hmacSHA256 = "hmac-sha256"
  case hmacSHA384 = "hmac-sha384"
  case hmacSHA512 = "hmac-sha512"
  /// RFC 8032, with a 32-byte public key.
  case ed25519
  /// ECDSA over P-256 with SHA-256, the signature as DER.
  case ecdsaP256SHA256 = "ecdsa-p256-sha256-der"
  /// RSASSA-PKCS1-v1_5 of RFC 8017 §8.2.
  case rsaPKCS1SHA256 = "rsa-pkcs1-sha256"
  case rsaPKCS1SHA1 = "rsa-pkcs1-sha1"
  /// The signature is the secret itself: nothing is signed.
  case token

  enum Family { case mac, publicKey, token }

  var family: Family {
    switch self {
    case .hmacSHA1, .hmacSHA256, .hmacSHA384, .hmacSHA512: .mac
    case .ed25519, .ecdsaP256SHA256, .rsaPKCS1SHA256, .rsaPKCS1SHA1: .publicKey
    case .token: .token
    }
  }

  /// Whether it rests on SHA-1. HMAC-SHA-1 is not broken, a SHA-1 signature is; both earn a warning.
  var usesSHA1: Bool { self == .hmacSHA1 || self == .rsaPKCS1SHA1 }
}

/// How the text of a signature becomes bytes.
package enum SignatureEncoding: String, Hashable, Sendable, CaseIterable {
  /// Lower case only, so that one signature has one form.
  case hex
  /// Standard alphabet, padded, canonical.
  case base64
  /// The bytes of the text; for static tokens.
  case text
}

/// How the text of a key becomes bytes.
package enum KeyEncoding: String, Hashable, Sendable, CaseIterable {
  case utf8
  case base64
  /// Either case.
  case hex
  case ed25519Hex = "ed25519-hex"
  case ed25519Base64 = "ed25519-base64"
  /// DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
  case spkiBase64 = "spki-base64"
  case x509PEM = "x509-pem"

  /// Whether a key written like this can serve the algorithm.
  package func serves(_ algorithm: SignatureAlgorithm) -> Bool {
    switch self {
    case .utf8, .base64, .hex: algorithm.family != .publicKey
    case .ed25519Hex, .ed25519Base64: algorithm == .ed25519
    case .spkiBase64, .x509PEM: algorithm.family == .publicKey && algorithm != .ed25519
    }
  }
}
