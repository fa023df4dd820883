internal import COpenSSL

extension PrivateKey {
  /// The signature of the message. Ed25519 and PKCS #1 v1.5 are deterministic; ECDSA and PSS draw fresh randomness.
  /// Throws `cannotSign` where the key is of another kind, or the way is one that we only check (SHA-1, SHA-224, a PSS
  /// salt that is not as long as the hash), or the numbers of an imported key are such that nothing can be signed.
  package func sign(
    _ message: some Collection<UInt8>, as way: PublicKeySignature
  ) throws(CryptographyError) -> [UInt8] {
    guard way.fits(kind), way.isForSigning else { throw .cannotSign }
    switch (backing, way) {
    case (.ed25519(_, let key), .ed25519): return key.sign(message)
    case (.libCrypto(let key), .ecdsa(let curve, let hash, let encoding)):
      let der = try key.sign(message, hash: hash)
      guard encoding == .p1363 else { return der }
      guard let bytes = ECDSASignature.p1363(der: der, on: curve) else {
        preconditionFailure("libcrypto made a signature that is none")
      }
      return bytes
    case (.libCrypto(let key), .rsaPKCS1(let hash)): return try key.sign(message, hash: hash, padding: .pkcs1)
    case (.libCrypto(let key), .rsaPSS(let hash, let mask, let saltLength)):
      return try key.sign(message, hash: hash, padding: .pss(mask, saltLength: saltLength))
    case (.ed25519, _), (.libCrypto, .ed25519): throw .cannotSign
    }
  }
}

extension LibCryptoKey {
  fileprivate func sign(
    _ message: some Collection<UInt8>, hash: HashFunction, padding: Padding? = nil
  ) throws(CryptographyError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a signature") }
    defer {
      EVP_MD_CTX_free(context)
      LibCrypto.clearErrors()
    }
    var keyContext: OpaquePointer?
    LibCrypto.require(
      EVP_DigestSignInit(context, &keyContext, hash.method.pointer, nil, pointer) == 1
        && Self.set(padding, of: keyContext), "EVP_DigestSignInit")
    let signature: [UInt8] = message.withRawBytes { message in
      let room = Int(EVP_PKEY_get_size(pointer))
      return [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
        var count = room
        let done = EVP_DigestSign(
          context, buffer.baseAddress, &count, message.addressOrPlaceholder, message.count)
        filled = done == 1 ? count : 0
      }
    }
    guard !signature.isEmpty else { throw .cannotSign }
    return signature
  }
}
