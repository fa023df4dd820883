import Cryptography

/// One key against the signatures of one request.
enum SignatureComputation {
  /// The place of the version of the key whose signature of the payload is among the candidates (0 for a key of one); nil
  /// where there is none. Always computes at least one MAC or verification, and tries every version and candidate,
  /// found or not.
  ///
  /// - Parameter decoy: used where the key is of a kind that cannot serve the algorithm; it never fits.
  static func version(
    _ candidates: [ArraySlice<UInt8>], payload: SignedPayload, key: EndpointKey, algorithm: SignatureAlgorithm,
    decoy: GuardedBytes
  ) -> Int? {
    guard case .versions(let versions) = key.material else {
      return fits(candidates, payload, key.material, algorithm, decoy) ? 0 : nil
    }
    return versions.indices.reduce(nil) { found, index in
      fits(candidates, payload, versions[index], algorithm, decoy) ? found ?? index : found
    }
  }

  private static func fits(
    _ candidates: [ArraySlice<UInt8>], _ payload: SignedPayload, _ key: EndpointKey.Material,
    _ algorithm: SignatureAlgorithm, _ decoy: GuardedBytes
  ) -> Bool {
    switch algorithm {
    case .hmacSHA1: hmac(candidates, payload, key, .sha1, decoy)
    case .hmacSHA256: hmac(candidates, payload, key, .sha256, decoy)
    case .hmacSHA384: hmac(candidates, payload, key, .sha384, decoy)
    case .hmacSHA512: hmac(candidates, payload, key, .sha512, decoy)
    // Nothing is signed; the MAC is computed for its time, and what it says is not used.
    case .token: hmac([], payload, key, .sha256, decoy)
    case .ed25519, .ecdsaP256SHA256, .rsaPKCS1SHA256, .rsaPKCS1SHA1:
      publicKey(candidates, payload, key, algorithm, decoy)
    }
  }

  private static func hmac(
    _ candidates: [ArraySlice<UInt8>], _ payload: SignedPayload, _ key: EndpointKey.Material, _ hash: HMAC.Hash,
    _ decoy: GuardedBytes
  ) -> Bool {
    let (tag, isKeys) = tag(payload, key, hash, decoy)
    var hasMatch = false
    for candidate in candidates where ConstantTime.areEqual(tag, candidate) { hasMatch = true }
    return hasMatch && isKeys
  }

  /// The MAC, and whether it is the key's; else it is computed for its time.
  private static func tag(
    _ payload: SignedPayload, _ key: EndpointKey.Material, _ hash: HMAC.Hash, _ decoy: GuardedBytes
  ) -> (bytes: [UInt8], isKeys: Bool) {
    switch key {
    case .secret(let secret, _): return (HMAC.authenticate(pieces: payload.pieces, key: secret, hash: hash), true)
    case .authenticator(let signer, _):
      guard signer.algorithm.macHash == hash, let tag = try? signer.sign(Array(payload.joined)) else { break }
      return (tag, true)
    case .ed25519, .publicKey, .certificate, .message, .versions: break
    }
    return (HMAC.authenticate(pieces: payload.pieces, key: decoy, hash: hash), false)
  }

  private static func publicKey(
    _ candidates: [ArraySlice<UInt8>], _ payload: SignedPayload, _ key: EndpointKey.Material,
    _ algorithm: SignatureAlgorithm, _ decoy: GuardedBytes
  ) -> Bool {
    let message = payload.joined
    let filler = fillerSignature(algorithm)
    var hasMatch = false
    for candidate in candidates.isEmpty ? [[]] : candidates {
      // A signature of impossible length would be refused before any curve arithmetic; the filler is not.
      let isPossible = algorithm == .ed25519 ? candidate.count == Ed25519.signatureCount : !candidate.isEmpty
      let signature = isPossible ? candidate : filler
      let isRight: Bool
      switch key {
      case .ed25519(let key) where algorithm == .ed25519:
        isRight = Ed25519.verify(signature, message: message, publicKey: key)
      case .publicKey(let key), .certificate(_, let key, _):
        isRight = verify(signature, message, key, algorithm)
      case .secret, .ed25519, .message, .authenticator, .versions:
        _ = HMAC.authenticate(pieces: payload.pieces, key: decoy, hash: .sha256)
        isRight = false
      }
      if isRight, isPossible { hasMatch = true }
    }
    return hasMatch
  }

  private static func verify(
    _ signature: ArraySlice<UInt8>, _ message: ArraySlice<UInt8>, _ key: PublicKey, _ algorithm: SignatureAlgorithm
  ) -> Bool {
    switch algorithm {
    case .ecdsaP256SHA256: ECDSA.verifyP256SHA256(signature, message: message, key: key)
    case .rsaPKCS1SHA256: RSA.verifyPKCS1(signature, message: message, hash: .sha256, key: key)
    case .rsaPKCS1SHA1: RSA.verifyPKCS1(signature, message: message, hash: .sha1, key: key)
    case .hmacSHA1, .hmacSHA256, .hmacSHA384, .hmacSHA512, .ed25519, .token: false
    }
  }

  /// A well-formed signature that fits nothing. For RSA it has the length of a 2048-bit key's; a longer key refuses
  /// it early, which tells a sender the key size that the sender's own vendor publishes.
  private static func fillerSignature(_ algorithm: SignatureAlgorithm) -> ArraySlice<UInt8> {
    switch algorithm {
    // R is the base point, S is 1.
    case .ed25519: ([0x58] + [UInt8](repeating: 0x66, count: 31) + [1] + [UInt8](repeating: 0, count: 31))[...]
    // SEQUENCE { INTEGER 1, INTEGER 1 }
    case .ecdsaP256SHA256: [0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]
    default: [UInt8](repeating: 1, count: 256)[...]
    }
  }
}
