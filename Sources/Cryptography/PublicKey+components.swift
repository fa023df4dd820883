internal import COpenSSL
internal import Encodings

extension PublicKey {
  /// The numbers of a key, as a JSON Web Key writes them (RFC 7518 §6, RFC 8037 §2): big-endian.
  package enum Components: Hashable, Sendable {
    case ed25519([UInt8])
    /// Coordinates as long as the curve's field.
    case point(EllipticCurve, x: [UInt8], y: [UInt8])
    /// Without leading zeros.
    case rsa(modulus: [UInt8], exponent: [UInt8])
  }

  /// The key of these numbers. Throws `notAPublicKey` where they make none, or a coordinate has another length.
  package convenience init(_ components: Components) throws(CryptographyError) {
    switch components {
    case .ed25519(let bytes): try self.init(rawEd25519: bytes)
    case .point(let curve, let x, let y):
      guard x.count == curve.byteCount, y.count == curve.byteCount else { throw .notAPublicKey }
      try self.init(point: [4] + x + y, on: curve)
    case .rsa(let modulus, let exponent): try self.init(modulus: modulus, exponent: exponent)
    }
  }

  /// The numbers of this key.
  package var components: Components {
    switch backing {
    case .ed25519(let bytes): .ed25519(bytes)
    case .libCrypto(let key):
      if let curve = kind.curve {
        .point(curve, x: key.coordinate("qx", curve), y: key.coordinate("qy", curve))
      } else {
        .rsa(modulus: key.number("n")?.bytes ?? [], exponent: key.number("e")?.bytes ?? [])
      }
    }
  }

  /// The key as others exchange it: SubjectPublicKeyInfo in DER (RFC 5280 §4.1, RFC 5480, RFC 8410).
  package var subjectPublicKeyInfo: [UInt8] {
    switch (backing, components) {
    case (.ed25519(let bytes), _): Self.ed25519Prefix + bytes
    case (.libCrypto, .point(let curve, let x, let y)): curve.publicKeyPrefix + [4] + x + y
    case (.libCrypto(let key), _): key.subjectPublicKeyInfo
    }
  }

  /// The same between PEM lines (RFC 7468 §13).
  package var pem: String { PEM.encode(subjectPublicKeyInfo, label: "PUBLIC KEY") }

  /// Bits of an RSA modulus, or of the field of a curve: what people call the size of a key.
  package var bitCount: Int {
    switch backing {
    case .ed25519: 256
    case .libCrypto(let key): Int(EVP_PKEY_get_bits(key.pointer))
    }
  }
}

extension LibCryptoKey {
  fileprivate func coordinate(_ name: StaticString, _ curve: EllipticCurve) -> [UInt8] {
    let bytes = number(name)?.padded(to: curve.byteCount)
    precondition(bytes != nil, "a key on a curve has coordinates")
    return bytes ?? []
  }

  /// As libcrypto writes it; for RSA keys, of which there is one encoding.
  var subjectPublicKeyInfo: [UInt8] {
    let count = i2d_PUBKEY(pointer, nil)
    guard count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
      var cursor = buffer.baseAddress
      filled = Int(i2d_PUBKEY(pointer, &cursor))
    }
  }

  static func text(_ name: StaticString, _ value: StaticString) -> OSSL_PARAM {
    OSSL_PARAM_construct_utf8_string(name.cString, UnsafeMutablePointer(mutating: value.cString), 0)
  }

  static func octets(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> OSSL_PARAM {
    let address = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(bytes.addressOrPlaceholder))
    return OSSL_PARAM_construct_octet_string(name.cString, address, bytes.count)
  }

  /// A number, least significant byte first.
  static func number(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> OSSL_PARAM {
    OSSL_PARAM_construct_BN(name.cString, UnsafeMutablePointer(mutating: bytes.addressOrPlaceholder), bytes.count)
  }
}
