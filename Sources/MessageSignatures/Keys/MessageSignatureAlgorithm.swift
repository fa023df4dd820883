package import Cryptography

/// A complete way of signing a message: algorithm, hash, encoding of the signature. Which one counts is always the
/// key's word, never the message's (RFC 9421 §3.2 and §7.3.6, RFC 8725 §3.1).
package enum MessageSignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
  case hmacSHA1 = "hmac-sha1"
  case hmacSHA256 = "hmac-sha256"
  case hmacSHA384 = "hmac-sha384"
  case hmacSHA512 = "hmac-sha512"
  case ed25519
  /// ECDSA with the signature as r ‖ s.
  case ecdsaP256SHA256 = "ecdsa-p256-sha256"
  case ecdsaP384SHA384 = "ecdsa-p384-sha384"
  case rsaPKCS1SHA256 = "rsa-v1_5-sha256"
  case rsaPKCS1SHA384 = "rsa-v1_5-sha384"
  case rsaPKCS1SHA512 = "rsa-v1_5-sha512"
  /// RSASSA-PSS with a salt as long as the hash.
  case rsaPSSSHA256 = "rsa-pss-sha256"
  case rsaPSSSHA512 = "rsa-pss-sha512"

  /// The `alg` of HTTP message signatures (RFC 9421 §6.2.2); nil for what its registry does not have.
  package var httpName: String? {
    switch self {
    case .hmacSHA256, .ed25519, .ecdsaP256SHA256, .ecdsaP384SHA384, .rsaPKCS1SHA256, .rsaPSSSHA512: rawValue
    case .hmacSHA1, .hmacSHA384, .hmacSHA512, .rsaPKCS1SHA384, .rsaPKCS1SHA512, .rsaPSSSHA256: nil
    }
  }

  /// The `alg` of JSON Web Signatures (RFC 7518 §3.1, RFC 8037 §3.1); nil for what we neither make nor check there.
  package var tokenName: String? {
    switch self {
    case .hmacSHA256: "HS256"
    case .ed25519: "EdDSA"
    case .ecdsaP256SHA256: "ES256"
    case .ecdsaP384SHA384: "ES384"
    case .rsaPKCS1SHA256: "RS256"
    case .rsaPKCS1SHA384: "RS384"
    case .rsaPKCS1SHA512: "RS512"
    case .rsaPSSSHA256: "PS256"
    case .hmacSHA1, .hmacSHA384, .hmacSHA512, .rsaPSSSHA512: nil
    }
  }

  /// The algorithm of HTTP message signatures with this name.
  package init?(httpName: String) {
    guard let found = Self.allCases.first(where: { $0.httpName == httpName }) else { return nil }
    self = found
  }

  /// The algorithm of JSON Web Signatures with this name.
  package init?(tokenName: String) {
    guard let found = Self.allCases.first(where: { $0.tokenName == tokenName }) else { return nil }
    self = found
  }

  /// The hash of an HMAC; nil for signatures by key pairs.
  package var macHash: HMAC.Hash? {
    switch self {
    case .hmacSHA1: .sha1
    case .hmacSHA256: .sha256
    case .hmacSHA384: .sha384
    case .hmacSHA512: .sha512
    case .ed25519, .ecdsaP256SHA256, .ecdsaP384SHA384, .rsaPKCS1SHA256, .rsaPKCS1SHA384, .rsaPKCS1SHA512,
      .rsaPSSSHA256, .rsaPSSSHA512:
      nil
    }
  }

  /// The way a key pair signs; nil for an HMAC.
  package var publicKeySignature: PublicKeySignature? {
    switch self {
    case .hmacSHA1, .hmacSHA256, .hmacSHA384, .hmacSHA512: nil
    case .ed25519: .ed25519
    case .ecdsaP256SHA256: .ecdsa(.p256, .sha256, .p1363)
    case .ecdsaP384SHA384: .ecdsa(.p384, .sha384, .p1363)
    case .rsaPKCS1SHA256: .rsaPKCS1(.sha256)
    case .rsaPKCS1SHA384: .rsaPKCS1(.sha384)
    case .rsaPKCS1SHA512: .rsaPKCS1(.sha512)
    case .rsaPSSSHA256: .rsaPSS(.sha256, mgf1: .sha256, saltLength: 32)
    case .rsaPSSSHA512: .rsaPSS(.sha512, mgf1: .sha512, saltLength: 64)
    }
  }
}
