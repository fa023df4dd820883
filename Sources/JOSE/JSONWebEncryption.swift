package import Cryptography
import Encodings

/// Encrypted tokens in compact form (RFC 7516 §7.1), opened: key wrap and ECDH-ES with it (RFC 7518 §4.4, §4.6), and
/// the six content encryptions of §5. RSA with PKCS #1 v1.5, passwords, `dir` and compression do not exist here.
package enum JSONWebEncryption {
  /// The plaintext of a token that was encrypted to one of the keys.
  package static func open(_ token: String, keys: JSONWebKeySet) throws(JOSEFault) -> GuardedBytes {
    let form = try CompactForm(token, partCount: 5)
    guard try form.optionalText("zip") == nil else { throw .header }
    let management = try form.text("alg")
    guard let content = Content(name: try form.text("enc")) else { throw .algorithm }
    let key = try keys.key(try form.optionalText("kid"))
    guard key.mayOpen(management) else { throw .keyUse }
    let wrappingKey = try wrappingKey(management, key, form)
    let contentKey: GuardedBytes
    do throws(CryptographyError) {
      contentKey = try AESKeyWrap.unwrap(form.parts[1], under: wrappingKey)
    } catch {
      throw .notAuthentic
    }
    guard contentKey.count == content.keyCount else { throw .notAuthentic }
    return try content.open(
      form.parts[3], tag: form.parts[4], key: contentKey, nonce: form.parts[2], associatedData: form.encodedHeader)
  }

  private static func wrappingKey(
    _ management: String, _ key: JSONWebKey, _ form: CompactForm
  ) throws(JOSEFault) -> GuardedBytes {
    let counts = ["A128KW": 16, "A192KW": 24, "A256KW": 32]
    if let count = counts[management] {
      guard case .secret(let secret) = key.material else { throw .keyUse }
      guard secret.count == count else { throw .key }
      return secret
    }
    guard management.hasPrefix("ECDH-ES+"), let count = counts[String(management.dropFirst(8))] else {
      throw .algorithm
    }
    guard case .agreement(let curve, let scalar, _) = key.material else { throw .keyUse }
    guard let ephemeral = try form.key("epk").publicKey, ephemeral.kind == curve.keyKind else { throw .key }
    let shared: GuardedBytes
    do throws(CryptographyError) {
      shared = try KeyAgreement.ecdh(curve, scalar: scalar, ephemeral)
    } catch {
      throw .key
    }
    return derive(
      shared, count: count, management, partyU: try form.bytes("apu"), partyV: try form.bytes("apv"))
  }

  /// Concat KDF of SP 800-56A §5.8.1 as RFC 7518 §4.6.2 fills it in; one block of SHA-256 is enough for every key.
  private static func derive(
    _ shared: GuardedBytes, count: Int, _ algorithm: String, partyU: [UInt8], partyV: [UInt8]
  ) -> GuardedBytes {
    func number(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) } }
    var hash = SHA256()
    hash.update(number(1))
    shared.withBytes { hash.update($0) }
    for field in [Array(algorithm.utf8), partyU, partyV] {
      hash.update(number(field.count))
      hash.update(field)
    }
    hash.update(number(count * 8))
    return GuardedBytes(copying: hash.finish().prefix(count))
  }

  /// RFC 7518 §5.
  private enum Content {
    case cbc(keyCount: Int)
    case gcm(keyCount: Int)

    init?(name: String) {
      switch name {
      case "A128CBC-HS256": self = .cbc(keyCount: 32)
      case "A192CBC-HS384": self = .cbc(keyCount: 48)
      case "A256CBC-HS512": self = .cbc(keyCount: 64)
      case "A128GCM": self = .gcm(keyCount: 16)
      case "A192GCM": self = .gcm(keyCount: 24)
      case "A256GCM": self = .gcm(keyCount: 32)
      default: return nil
      }
    }

    var keyCount: Int {
      switch self {
      case .cbc(let count), .gcm(let count): count
      }
    }

    func open(
      _ ciphertext: [UInt8], tag: [UInt8], key: GuardedBytes, nonce: [UInt8], associatedData: [UInt8]
    ) throws(JOSEFault) -> GuardedBytes {
      do throws(CryptographyError) {
        switch self {
        case .cbc:
          return try AESCBCHMAC.open(ciphertext, tag: tag, key: key, nonce: nonce, associatedData: associatedData)
        case .gcm:
          guard nonce.count == AESGCM.nonceCount, tag.count == AESGCM.tagCount else { throw .cannotOpen }
          return try AuthenticatedCipher.aesGCM.open(
            ciphertext + tag, key: key, nonce: nonce, associatedData: associatedData)
        }
      } catch {
        throw .notAuthentic
      }
    }
  }
}
