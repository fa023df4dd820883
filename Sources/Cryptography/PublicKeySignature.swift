/// A way of signing with a private key, complete: whoever verifies names every parameter, and a signature made in any
/// other way is no signature.
package enum PublicKeySignature: Sendable, Hashable {
  /// Ed25519 (RFC 8032 §5.1), verified as strictly as `Ed25519` says.
  case ed25519
  /// ECDSA (FIPS 186-5 §6) on a curve, over a hash, in one of two encodings.
  case ecdsa(EllipticCurve, HashFunction, Encoding)
  /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2); the padding is compared as a whole, nothing in it is parsed.
  case rsaPKCS1(HashFunction)
  /// RSASSA-PSS (RFC 8017 §8.1); a salt of another length than `saltLength` bytes is refused.
  case rsaPSS(HashFunction, mgf1: HashFunction, saltLength: Int)

  /// How the two numbers of an ECDSA signature are written.
  package enum Encoding: Sendable, Hashable {
    /// `SEQUENCE { INTEGER r, INTEGER s }` in DER (RFC 3279 §2.2.3), and no other encoding of the same numbers.
    case der
    /// r ‖ s, each as long as the curve's field (IEEE P1363; JWS, RFC 7518 §3.4).
    case p1363
  }

  /// Whether a key of this kind can have made such a signature.
  package func fits(_ kind: PublicKey.Kind) -> Bool {
    switch self {
    case .ed25519: kind == .ed25519
    case .ecdsa(let curve, _, _): kind == curve.keyKind
    case .rsaPKCS1, .rsaPSS: kind == .rsa
    }
  }

  /// Whether we make such signatures, and not only check them.
  package var isForSigning: Bool {
    switch self {
    case .ed25519: true
    case .ecdsa(_, let hash, _), .rsaPKCS1(let hash): hash.isForSigning
    case .rsaPSS(let hash, let mask, let saltLength): hash.isForSigning && mask == hash && saltLength == hash.byteCount
    }
  }
}

/// The prime curves of FIPS 186-5 (SP 800-186 §3.2.1).
package enum EllipticCurve: Sendable, Hashable, CaseIterable {
  case p256, p384, p521

  /// Bytes of a coordinate, and of each half of a signature.
  package var byteCount: Int {
    switch self {
    case .p256: 32
    case .p384: 48
    case .p521: 66
    }
  }

  /// The hash that RFC 7518 §3.4 and FIPS 186-5 pair with the curve.
  package var hash: HashFunction {
    switch self {
    case .p256: .sha256
    case .p384: .sha384
    case .p521: .sha512
    }
  }

  /// The kind of a key on the curve.
  package var keyKind: PublicKey.Kind {
    switch self {
    case .p256: .p256
    case .p384: .p384
    case .p521: .p521
    }
  }

  /// As libcrypto calls it.
  var groupName: StaticString {
    switch self {
    case .p256: "prime256v1"
    case .p384: "secp384r1"
    case .p521: "secp521r1"
    }
  }

  /// Everything of a SubjectPublicKeyInfo (RFC 5480 §2) before the point: with the curve named and the point
  /// uncompressed there is exactly one encoding.
  var publicKeyPrefix: [UInt8] {
    let ecPublicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    return switch self {
    case .p256:
      [0x30, 0x59, 0x30, 0x13] + ecPublicKey + [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        + [0x03, 0x42, 0x00]
    case .p384: [0x30, 0x76, 0x30, 0x10] + ecPublicKey + [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00]
    case .p521:
      [0x30, 0x81, 0x9B, 0x30, 0x10] + ecPublicKey
        + [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00]
    }
  }
}
