internal import COpenSSL

/// A public key, parsed once, for verifying signatures.
///
/// Keys come as SubjectPublicKeyInfo in DER or PEM, or as the numbers that a JSON Web Key writes. DER is read strictly:
/// what is not the one encoding of the key (a compressed point, parameters written out, a length in a longer form) is
/// no key.
package final class PublicKey: Sendable {
  /// What the key is for, and the sizes that are accepted.
  package enum Kind: Hashable, Sendable, CaseIterable {
    /// Ed25519 (RFC 8032).
    case ed25519
    /// ECDSA on P-256, P-384, P-521 (FIPS 186-5).
    case p256, p384, p521
    /// RSA of 2048 to 8192 bits.
    case rsa

    /// The curve of an ECDSA key.
    package var curve: EllipticCurve? { EllipticCurve.allCases.first { $0.keyKind == self } }
  }

  enum Backing: Sendable {
    case ed25519([UInt8])
    case libCrypto(LibCryptoKey)
  }

  /// What the key was parsed as.
  package let kind: Kind
  let backing: Backing

  private init(kind: Kind, backing: Backing) {
    self.kind = kind
    self.backing = backing
  }

  /// The public half of a key pair.
  init(ed25519 publicKey: [UInt8]) {
    kind = .ed25519
    backing = .ed25519(publicKey)
  }

  /// The same.
  init(_ key: LibCryptoKey, kind: Kind) {
    self.kind = kind
    backing = .libCrypto(key)
  }

  /// A key of any kind. Throws `notAPublicKey` for other bytes, another type or curve, a point off the curve, bytes
  /// behind the key, an RSA key outside 2048…8192 bits or with an exponent of more than 32.
  package convenience init(subjectPublicKeyInfo der: some Collection<UInt8>) throws(CryptographyError) {
    guard der.count <= Self.maximumEncodedCount else { throw .notAPublicKey }
    let bytes = Array(der)
    if bytes.starts(with: Self.ed25519Prefix) {
      try self.init(rawEd25519: bytes[Self.ed25519Prefix.count...])
    } else if let curve = EllipticCurve.allCases.first(where: { bytes.starts(with: $0.publicKeyPrefix) }) {
      try self.init(point: bytes[curve.publicKeyPrefix.count...], on: curve)
    } else {
      guard let key = Self.parseRSA(bytes) else { throw .notAPublicKey }
      self.init(key, kind: .rsa)
    }
  }

  /// A key of one kind; any other is `notAPublicKey` too.
  package convenience init(
    subjectPublicKeyInfo der: some Collection<UInt8>, kind: Kind
  ) throws(CryptographyError) {
    let parsed = try PublicKey(subjectPublicKeyInfo: der)
    guard parsed.kind == kind else { throw .notAPublicKey }
    self.init(kind: parsed.kind, backing: parsed.backing)
  }

  /// A key between PEM lines (RFC 7468 §13): one block `PUBLIC KEY` and nothing else but white space.
  package convenience init(pem: some Collection<UInt8>) throws(CryptographyError) {
    guard let der = Self.subjectPublicKeyInfo(pem: Array(pem)) else { throw .notAPublicKey }
    try self.init(subjectPublicKeyInfo: der)
  }

  /// The bytes between PEM lines (RFC 7468 §13), which are not looked at: one block `PUBLIC KEY` and nothing else but
  /// white space. Nil for anything else, and for what is too long to be a key.
  package static func subjectPublicKeyInfo(pem: [UInt8]) -> [UInt8]? {
    guard pem.count <= 2 * maximumEncodedCount, let block = PEM.Block(pem), block.label == "PUBLIC KEY" else {
      return nil
    }
    return block.bytes
  }

  /// The 32 bytes of an Ed25519 key. Encodings that are not canonical and points outside the group of prime order,
  /// which no key pair has, are refused.
  package convenience init(rawEd25519 bytes: some Collection<UInt8>) throws(CryptographyError) {
    guard Ed25519.isKey(bytes) else { throw .notAPublicKey }
    self.init(ed25519: Array(bytes))
  }

  /// A point on a curve: 4 ‖ x ‖ y (SEC 1 §2.3.3, uncompressed).
  package convenience init(point: some Collection<UInt8>, on curve: EllipticCurve) throws(CryptographyError) {
    guard point.count == 1 + 2 * curve.byteCount, point.first == 4 else { throw .notAPublicKey }
    let key = point.withRawBytes { point in
      LibCryptoKey.make(
        "EC", isPrivate: false,
        [LibCryptoKey.text("group", curve.groupName), LibCryptoKey.octets("pub", point)])
    }
    guard let key else { throw .notAPublicKey }
    self.init(key, kind: curve.keyKind)
  }

  /// An RSA key from its numbers, big-endian without leading zeros.
  package convenience init(
    modulus: some Collection<UInt8>, exponent: some Collection<UInt8>
  ) throws(CryptographyError) {
    guard (256...1024).contains(modulus.count), (1...4).contains(exponent.count), modulus.first != 0,
      exponent.first != 0
    else { throw .notAPublicKey }
    // libcrypto takes numbers in the machine's own order of bytes.
    let key = Array(modulus.reversed()).withRawBytes { modulus in
      Array(exponent.reversed()).withRawBytes { exponent in
        LibCryptoKey.make(
          "RSA", isPrivate: false, [LibCryptoKey.number("n", modulus), LibCryptoKey.number("e", exponent)])
      }
    }
    guard let key, key.kind == .rsa else { throw .notAPublicKey }
    self.init(key, kind: .rsa)
  }

  /// More than the DER of an RSA key of 8192 bits.
  static let maximumEncodedCount = 2048
  static let ed25519Prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

  /// Nil unless the bytes are the one encoding of the key that they hold.
  private static func parseRSA(_ der: [UInt8]) -> LibCryptoKey? {
    LibCrypto.prepare()
    defer { LibCrypto.clearErrors() }
    let parsed: OpaquePointer? = der.withRawBytes { bytes in
      var cursor: UnsafePointer<UInt8>? = bytes.addressOrPlaceholder
      return d2i_PUBKEY(nil, &cursor, bytes.count)
    }
    guard let parsed else { return nil }
    let key = LibCryptoKey(owning: parsed)
    guard key.kind == .rsa, key.subjectPublicKeyInfo == der else { return nil }
    return key
  }
}
