import Cryptography
import JOSE

extension WycheproofPrimitive {
  /// Whether our code accepts what the test offers.
  func accepts(_ test: WycheproofNode) throws(WycheproofFault) -> Bool {
    switch self {
    case .mac(let hash, let tagCount):
      let key = GuardedBytes(copying: try test.bytes("key"))
      let tag = HMAC.authenticate(try test.bytes("msg"), key: key, hash: hash)
      return ConstantTime.areEqual(tag.prefix(tagCount), try test.bytes("tag"))
    case .derivation(let hash): return try Self.derives(hash, test)
    case .aead(let cipher): return try Self.opens(cipher, test)
    case .siv:
      let key = try test.bytes("key")
      guard AESSIV.keyCounts.contains(key.count) else { return false }
      let message = try? AESSIV.open(
        try test.bytes("ct"), key: GuardedBytes(copying: key), associatedData: try test.bytes("aad"))
      return Self.isEqual(message, try test.bytes("msg"))
    case .keyWrap(let form):
      let key = try test.bytes("key")
      guard AESGCM.keyCounts.contains(key.count) else { return false }
      let unwrapped = try? AESKeyWrap.unwrap(try test.bytes("ct"), under: GuardedBytes(copying: key), form)
      return Self.isEqual(unwrapped, try test.bytes("msg"))
    case .signature(let key, let way):
      return key?.isValid(try test.bytes("sig"), for: try test.bytes("msg"), as: way) ?? false
    case .signing(let key, let way): return try Self.signs(key, way, test)
    case .decryption(let key, let hash):
      guard let key else { return false }
      let message = try? RSAOAEP.decrypt(
        try test.bytes("ct"), with: key, hash: hash, label: try test.bytes("label"))
      return Self.isEqual(message, try test.bytes("msg"))
    case .agreement:
      let secret = try? KeyAgreement.x25519(
        GuardedBytes(copying: try test.bytes("private")), try test.bytes("public"))
      return Self.isEqual(secret, try test.bytes("shared"))
    case .webKeys(let keys): return Self.opens(keys, test)
    case .chunks(let scheme): return try scheme.opens(test)
    }
  }

  private static func isEqual(_ secret: GuardedBytes?, _ expected: [UInt8]) -> Bool {
    guard let secret else { return false }
    return ConstantTime.areEqual(secret, expected)
  }

  private static func derives(_ hash: HashFunction, _ test: WycheproofNode) throws(WycheproofFault) -> Bool {
    guard let count = test["size"]?.integer, (1...KeyDerivation.hkdfMaximumCount(hash)).contains(count) else {
      return false
    }
    let output = KeyDerivation.hkdf(
      hash, input: GuardedBytes(copying: try test.bytes("ikm")), salt: try test.bytes("salt"),
      info: try test.bytes("info"), count: count)
    return ConstantTime.areEqual(output, try test.bytes("okm"))
  }

  private static func opens(_ cipher: AuthenticatedCipher, _ test: WycheproofNode) throws(WycheproofFault) -> Bool {
    let key = try test.bytes("key")
    let nonce = try test.bytes("iv")
    let ciphertext = try test.bytes("ct")
    let tag = try test.bytes("tag")
    let data = try test.bytes("aad")
    guard tag.count == AuthenticatedCipher.tagCount else { return false }
    let message: GuardedBytes?
    if cipher == .aesGCM, nonce.count > AESGCM.nonceCounts.upperBound {
      message = AESGCM.open(
        ciphertext, tag: tag, key: GuardedBytes(copying: key), longNonce: nonce, associatedData: data)
    } else if cipher.takes(keyCount: key.count, nonceCount: nonce.count) {
      message = try? cipher.open(
        ciphertext + tag, key: GuardedBytes(copying: key), nonce: nonce, associatedData: data)
    } else {
      message = nil
    }
    return isEqual(message, try test.bytes("msg"))
  }

  /// A signature of PKCS #1 v1.5 is unique: where we do not sign (SHA-1, SHA-224), the one that is given is checked
  /// instead, which says the same.
  private static func signs(
    _ key: PrivateKey?, _ way: PublicKeySignature, _ test: WycheproofNode
  ) throws(WycheproofFault) -> Bool {
    guard let key else { return false }
    let message = try test.bytes("msg")
    guard way.isForSigning else { return key.publicKey.isValid(try test.bytes("sig"), for: message, as: way) }
    return (try? key.sign(message, as: way)) == (try test.bytes("sig"))
  }

  private static func opens(_ keys: JSONWebKeySet?, _ test: WycheproofNode) -> Bool {
    guard let keys else { return false }
    // A token in the JSON serialisation is an object in some files; there is no compact form of it.
    if let token = test["jwe"]?.text { return (try? JSONWebEncryption.open(token, keys: keys)) != nil }
    guard let token = test["jws"]?.text else { return false }
    return (try? JSONWebSignature.verify(token, keys: keys)) != nil
  }
}
