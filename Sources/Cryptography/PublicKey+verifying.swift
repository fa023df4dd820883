internal import COpenSSL

extension PublicKey {
  /// Whether the signature is this key's, of the message, made in exactly this way. Never throws: anything malformed,
  /// of another length, or for a key of another kind is simply not a signature.
  package func isValid(
    _ signature: some Collection<UInt8>, for message: some Collection<UInt8>, as way: PublicKeySignature
  ) -> Bool {
    guard way.fits(kind) else { return false }
    switch (backing, way) {
    case (.ed25519(let key), .ed25519): return Ed25519.verify(signature, message: message, publicKey: key)
    case (.libCrypto(let key), .ecdsa(_, let hash, .der)): return key.isValid(signature, message, hash: hash)
    case (.libCrypto(let key), .ecdsa(let curve, let hash, .p1363)):
      guard let der = ECDSASignature.der(p1363: signature, on: curve) else { return false }
      return key.isValid(der, message, hash: hash)
    case (.libCrypto(let key), .rsaPKCS1(let hash)):
      return key.isValid(signature, message, hash: hash, padding: .pkcs1)
    case (.libCrypto(let key), .rsaPSS(let hash, let mask, let saltLength)):
      return key.isValid(signature, message, hash: hash, padding: .pss(mask, saltLength: saltLength))
    case (.ed25519, _), (.libCrypto, .ed25519): return false
    }
  }
}

extension LibCryptoKey {
  /// The padding of an RSA signature.
  enum Padding {
    case pkcs1
    case pss(HashFunction, saltLength: Int)
  }

  fileprivate func isValid(
    _ signature: some Collection<UInt8>, _ message: some Collection<UInt8>, hash: HashFunction,
    padding: Padding? = nil
  ) -> Bool {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a verification") }
    defer {
      EVP_MD_CTX_free(context)
      LibCrypto.clearErrors()
    }
    var keyContext: OpaquePointer?
    guard EVP_DigestVerifyInit(context, &keyContext, hash.method.pointer, nil, pointer) == 1,
      Self.set(padding, of: keyContext)
    else { return false }
    return signature.withRawBytes { signature in
      message.withRawBytes { message in
        EVP_DigestVerify(
          context, signature.addressOrPlaceholder, signature.count, message.addressOrPlaceholder, message.count) == 1
      }
    }
  }

  /// Sets the padding of a signature that is being made or checked.
  static func set(_ padding: Padding?, of context: OpaquePointer?) -> Bool {
    switch padding {
    case nil: true
    case .pkcs1: EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
    case .pss(let mask, let saltLength):
      // Negative lengths mean "as long as it likes" to libcrypto; they cannot be asked for.
      saltLength >= 0 && saltLength <= 64
        && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
        && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, Int32(saltLength)) == 1
        && EVP_PKEY_CTX_set_rsa_mgf1_md(context, mask.method.pointer) == 1
    }
  }
}
