internal import COpenSSL

/// A key inside libcrypto, public or private, with the few questions that this room asks of one.
///
/// Invariant behind `@unchecked Sendable`: the key is never changed after it was made; libcrypto allows the use of one
/// key from several threads. Private parts lie in libcrypto's ordinary memory as long as the object lives, and are
/// wiped when it goes.
final class LibCryptoKey: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over the one reference.
  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { EVP_PKEY_free(pointer) }

  /// The kind; nil for a type, curve, modulus or exponent that this room does not use.
  var kind: PublicKey.Kind? {
    switch EVP_PKEY_get_base_id(pointer) {
    case EVP_PKEY_ED25519: .ed25519
    case EVP_PKEY_EC: curve?.keyKind
    case EVP_PKEY_RSA: isAcceptableRSA ? .rsa : nil
    default: nil
    }
  }

  private var curve: EllipticCurve? {
    var name = [CChar](repeating: 0, count: 64)
    var count = 0
    guard EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1 else { return nil }
    return EllipticCurve.allCases.first { curve in
      curve.groupName.withUTF8Buffer { name.prefix(count).elementsEqual($0.map { CChar($0) }) }
    }
  }

  /// 2048 to 8192 bits, and a public exponent that is odd and between 3 and 2³²−1: no key in use has another one, and
  /// a long one would make each verification as dear as a signature.
  private var isAcceptableRSA: Bool {
    guard (2048...8192).contains(Int(EVP_PKEY_get_bits(pointer))), let modulus = number("n"), let exponent = number("e")
    else { return false }
    return modulus.isOdd && exponent.isOdd && exponent.bitCount <= 32 && exponent.bitCount >= 2
  }

  /// A number of the key by libcrypto's name for it; nil where the key has none.
  func number(_ name: StaticString) -> Number? {
    var value: OpaquePointer?
    guard EVP_PKEY_get_bn_param(pointer, name.cString, &value) == 1, let value else { return nil }
    return Number(owning: value)
  }

  /// A number of libcrypto, wiped when it goes.
  struct Number: ~Copyable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { BN_clear_free(pointer) }

    var isOdd: Bool { BN_is_odd(pointer) == 1 }
    var bitCount: Int { Int(BN_num_bits(pointer)) }

    /// Big-endian without leading zeros; for public numbers.
    var bytes: [UInt8] { padded(to: (bitCount + 7) / 8) ?? [] }

    /// Big-endian in exactly so many bytes; nil where they are too few.
    func padded(to count: Int) -> [UInt8]? {
      var fits = false
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        fits = BN_bn2binpad(pointer, buffer.baseAddress, Int32(count)) == Int32(count)
        filled = fits ? count : 0
      }
      return fits ? bytes : nil
    }
  }

  /// A key from its numbers, as libcrypto's provider takes them. Nil where they make no key (a point off its curve).
  static func make(_ type: StaticString, isPrivate: Bool, _ parameters: [OSSL_PARAM]) -> LibCryptoKey? {
    LibCrypto.prepare()
    guard let context = EVP_PKEY_CTX_new_from_name(nil, type.cString, nil) else {
      preconditionFailure("libcrypto does not offer this type of key")
    }
    defer {
      EVP_PKEY_CTX_free(context)
      LibCrypto.clearErrors()
    }
    var key: OpaquePointer?
    var parameters = parameters + [OSSL_PARAM_construct_end()]
    // EVP_PKEY_PUBLIC_KEY and EVP_PKEY_KEYPAIR, whose macros Swift does not read.
    let selection =
      OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS | OSSL_KEYMGMT_SELECT_OTHER_PARAMETERS | OSSL_KEYMGMT_SELECT_PUBLIC_KEY
    let whole = isPrivate ? selection | OSSL_KEYMGMT_SELECT_PRIVATE_KEY : selection
    guard EVP_PKEY_fromdata_init(context) == 1, EVP_PKEY_fromdata(context, &key, whole, &parameters) == 1, let key
    else {
      EVP_PKEY_free(key)
      return nil
    }
    return LibCryptoKey(owning: key)
  }
}
