package import Cryptography

/// The signature algorithms of JSON Web Signature (RFC 7518 §3, RFC 8037 §3.1). `none` is not one.
package enum JSONWebAlgorithm: Sendable, Hashable {
  case hmac(HashFunction)
  case rsaPKCS1(HashFunction)
  case rsaPSS(HashFunction)
  case ecdsa(EllipticCurve)
  case edDSA

  private static let names: [(String, JSONWebAlgorithm)] = [
    ("HS256", .hmac(.sha256)), ("HS384", .hmac(.sha384)), ("HS512", .hmac(.sha512)),
    ("RS256", .rsaPKCS1(.sha256)), ("RS384", .rsaPKCS1(.sha384)), ("RS512", .rsaPKCS1(.sha512)),
    ("PS256", .rsaPSS(.sha256)), ("PS384", .rsaPSS(.sha384)), ("PS512", .rsaPSS(.sha512)),
    ("ES256", .ecdsa(.p256)), ("ES384", .ecdsa(.p384)), ("ES512", .ecdsa(.p521)), ("EdDSA", .edDSA),
  ]

  /// Nil for any other name; names are compared as they are written.
  package init?(name: String) {
    guard let found = Self.names.first(where: { $0.0.utf8.elementsEqual(name.utf8) }) else { return nil }
    self = found.1
  }

  /// As a header writes it.
  package var name: String { Self.names.first { $0.1 == self }?.0 ?? "" }

  /// How a public key signs by it; nil for a MAC.
  package var publicKeySignature: PublicKeySignature? {
    switch self {
    case .hmac: nil
    case .rsaPKCS1(let hash): .rsaPKCS1(hash)
    case .rsaPSS(let hash): .rsaPSS(hash, mgf1: hash, saltLength: hash.byteCount)
    case .ecdsa(let curve): .ecdsa(curve, curve.hash, .p1363)
    case .edDSA: .ed25519
    }
  }

  /// Whether a key whose `alg` is `self` may check a token that says `token`: the same scheme, and no weaker hash than
  /// the key's owner asked for. (RFC 7520 itself uses a key for PS256 with PS384.)
  func allows(_ token: JSONWebAlgorithm) -> Bool {
    switch (self, token) {
    case (.hmac(let own), .hmac(let other)), (.rsaPKCS1(let own), .rsaPKCS1(let other)),
      (.rsaPSS(let own), .rsaPSS(let other)):
      own.byteCount <= other.byteCount
    case (.ecdsa(let own), .ecdsa(let other)): own == other
    case (.edDSA, .edDSA): true
    default: false
    }
  }
}
