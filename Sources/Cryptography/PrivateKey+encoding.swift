internal import COpenSSL

extension PrivateKey {
  /// More than the PKCS #8 of an RSA key of 8192 bits.
  private static var maximumEncodedCount: Int { 8192 }

  /// Everything of an Ed25519 PKCS #8 (RFC 8410 §7, version 1) before the seed.
  private static var ed25519Prefix: [UInt8] {
    [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
  }

  /// A key in PKCS #8 (RFC 5208, unencrypted DER). Throws `notAPrivateKey` for other bytes, another type, curve or
  /// size, bytes behind the key, or a public half that is not the key's.
  package convenience init(pkcs8: GuardedBytes) throws(CryptographyError) {
    try self.init(der: pkcs8, .pkcs8)
  }

  /// A key between PEM lines: PKCS #8 (`PRIVATE KEY`), SEC 1 (`EC PRIVATE KEY`) or PKCS #1 (`RSA PRIVATE KEY`),
  /// unencrypted. Throws as `init(pkcs8:)`.
  package convenience init(pem: GuardedBytes) throws(CryptographyError) {
    guard pem.count <= 2 * Self.maximumEncodedCount, let block = PEM.GuardedBlock(pem) else { throw .notAPrivateKey }
    switch block.label {
    case "PRIVATE KEY": try self.init(der: block.bytes, .pkcs8)
    case "EC PRIVATE KEY": try self.init(der: block.bytes, .sec1)
    case "RSA PRIVATE KEY": try self.init(der: block.bytes, .pkcs1)
    default: throw .notAPrivateKey
    }
  }

  /// The key in PKCS #8, in secret memory: the form in which it is sealed.
  package func pkcs8() -> GuardedBytes {
    switch backing {
    case .ed25519(let seed, _):
      let prefix = Self.ed25519Prefix
      return GuardedBytes(count: prefix.count + Ed25519.seedCount) { output in
        output.copyBytes(from: prefix)
        seed.withBytes { UnsafeMutableRawBufferPointer(rebasing: output[prefix.count...]).copyMemory(from: $0) }
      }
    case .libCrypto(let key):
      guard let info = EVP_PKEY2PKCS8(key.pointer) else { preconditionFailure("no memory for a key") }
      // libcrypto wipes the encoding inside when it is freed.
      defer { PKCS8_PRIV_KEY_INFO_free(info) }
      let count = Int(i2d_PKCS8_PRIV_KEY_INFO(info, nil))
      precondition(count > 0, "libcrypto cannot encode a key of its own")
      return GuardedBytes(count: count) { output in
        var cursor: UnsafeMutablePointer<UInt8>? = output.outputAddress
        LibCrypto.require(i2d_PKCS8_PRIV_KEY_INFO(info, &cursor) == Int32(count), "i2d_PKCS8_PRIV_KEY_INFO")
      }
    }
  }

  private enum Form { case pkcs8, sec1, pkcs1 }

  private convenience init(der: GuardedBytes, _ form: Form) throws(CryptographyError) {
    guard der.count <= Self.maximumEncodedCount else { throw .notAPrivateKey }
    if form == .pkcs8, let seed = Self.ed25519Seed(der) {
      self.init(seed: seed)
      return
    }
    LibCrypto.prepare()
    let parsed = der.withBytes { Self.parse($0, form) }
    LibCrypto.clearErrors()
    guard let parsed else { throw .notAPrivateKey }
    try self.init(parsed)
    guard isConsistent else { throw .notAPrivateKey }
  }

  private static func ed25519Seed(_ der: GuardedBytes) -> GuardedBytes? {
    der.withBytes { der in
      guard der.count == ed25519Prefix.count + Ed25519.seedCount, der.starts(with: ed25519Prefix) else { return nil }
      return GuardedBytes(count: Ed25519.seedCount) { output in
        output.copyMemory(from: UnsafeRawBufferPointer(rebasing: der[ed25519Prefix.count...]))
      }
    }
  }

  /// Nil unless the bytes are a whole key and nothing follows it.
  private static func parse(_ der: UnsafeRawBufferPointer, _ form: Form) -> LibCryptoKey? {
    let start = der.addressOrPlaceholder
    var cursor: UnsafePointer<UInt8>? = start
    let key: OpaquePointer?
    switch form {
    case .pkcs8:
      let info = d2i_PKCS8_PRIV_KEY_INFO(nil, &cursor, der.count)
      defer { PKCS8_PRIV_KEY_INFO_free(info) }
      key = info.flatMap { EVP_PKCS82PKEY($0) }
    case .sec1: key = d2i_PrivateKey(EVP_PKEY_EC, nil, &cursor, der.count)
    case .pkcs1: key = d2i_PrivateKey(EVP_PKEY_RSA, nil, &cursor, der.count)
    }
    guard let key else { return nil }
    let owned = LibCryptoKey(owning: key)
    guard let cursor, cursor - start == der.count else { return nil }
    return owned
  }

  /// Whether a signature of the private half verifies under the public one: a pair that was put together wrongly would
  /// otherwise sign for nobody, and a damaged RSA key could give its factors away.
  private var isConsistent: Bool {
    let way: PublicKeySignature =
      kind.curve.map { .ecdsa($0, $0.hash, .der) } ?? (kind == .rsa ? .rsaPKCS1(.sha256) : .ed25519)
    guard let signature = try? sign([], as: way) else { return false }
    return publicKey.isValid(signature, for: [], as: way)
  }
}
