/// The hash functions of FIPS 180-4 that signatures, MACs and key derivation name. SHA-1 and SHA-224 are here only to
/// check what others have made: nothing of ours signs with them.
@usableFromInline
package enum HashFunction: Sendable, Hashable, CaseIterable {
  case sha1, sha224, sha256, sha384, sha512

  /// Bytes of a hash.
  package var byteCount: Int {
    switch self {
    case .sha1: 20
    case .sha224: 28
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// Whether a new signature may be made with it (FIPS 186-5 and SP 800-131A want 128 bits of collision resistance
  /// from what is to last).
  package var isForSigning: Bool {
    switch self {
    case .sha1, .sha224: false
    case .sha256, .sha384, .sha512: true
    }
  }

  var method: LibCrypto.Method {
    switch self {
    case .sha1: LibCrypto.sha1
    case .sha224: LibCrypto.sha224
    case .sha256: LibCrypto.sha256
    case .sha384: LibCrypto.sha384
    case .sha512: LibCrypto.sha512
    }
  }

  /// As libcrypto calls it.
  var cName: UnsafePointer<CChar> {
    let name: StaticString =
      switch self {
      case .sha1: "SHA1"
      case .sha224: "SHA2-224"
      case .sha256: "SHA2-256"
      case .sha384: "SHA2-384"
      case .sha512: "SHA2-512"
      }
    return name.cString
  }
}
