import Cryptography
import JOSE

/// The primitive of one group of tests, with the group's key.
enum WycheproofPrimitive {
  case mac(HashFunction, tagCount: Int)
  case derivation(HashFunction)
  case aead(AuthenticatedCipher)
  case siv
  case keyWrap(AESKeyWrap.Form)
  case signature(PublicKey?, PublicKeySignature)
  case signing(PrivateKey?, PublicKeySignature)
  case decryption(PrivateKey?, HashFunction)
  case agreement
  case webKeys(JSONWebKeySet?)
  case chunks(ChunkedEncryption)

  init(file: WycheproofNode, schema: String, group: WycheproofNode) throws(WycheproofFault) {
    let algorithm = file["algorithm"]?.text ?? schema
    switch schema {
    case "mac_test_schema_v1.json":
      guard algorithm.hasPrefix("HMACSHA") else { throw .unsupported(algorithm) }
      self = .mac(try Self.hash("SHA-" + algorithm.dropFirst(7)), tagCount: try group.integer("tagSize") / 8)
    case "hkdf_test_schema_v1.json":
      guard algorithm.hasPrefix("HKDF-") else { throw .unsupported(algorithm) }
      self = .derivation(try Self.hash(String(algorithm.dropFirst(5))))
    case "aead_test_schema_v1.json": self = .aead(try Self.cipher(algorithm))
    case "daead_test_schema_v1.json":
      guard algorithm == "AES-SIV-CMAC" else { throw .unsupported(algorithm) }
      self = .siv
    case "keywrap_test_schema_v1.json":
      guard algorithm == "AES-WRAP" || algorithm == "AES-KWP" else { throw .unsupported(algorithm) }
      self = .keyWrap(algorithm == "AES-WRAP" ? .plain : .padded)
    case "xdh_comp_schema_v1.json":
      guard group["curve"]?.text == "curve25519" else { throw .unsupported(algorithm) }
      self = .agreement
    case "c2sp_chunked_encryption_schema.json":
      guard let scheme = ChunkedEncryption(aead: try group.text("aead"), hash: try Self.hash(try group.text("sha")))
      else { throw .unsupported(algorithm) }
      self = .chunks(scheme)
    case "json_web_crypto_schema_v1.json", "json_web_key_schema_v1.json", "json_web_signature_schema_v1.json":
      guard let keys = group["public"] ?? group["private"] else { throw .notWycheproof }
      self = .webKeys(try? JSONWebKeySet(keys.tape, keys.node))
    default: self = try Self.publicKey(schema, algorithm, group)
    }
  }

  private static func publicKey(
    _ schema: String, _ algorithm: String, _ group: WycheproofNode
  ) throws(WycheproofFault) -> WycheproofPrimitive {
    switch schema {
    case "eddsa_verify_schema_v1.json":
      guard group["publicKey"]?["curve"]?.text == "edwards25519" else { throw .unsupported(algorithm) }
      return .signature(try key(group), .ed25519)
    case "ecdsa_verify_schema_v1.json", "ecdsa_p1363_verify_schema_v1.json":
      let encoding: PublicKeySignature.Encoding = schema.contains("p1363") ? .p1363 : .der
      let curve = try curve(group["publicKey"]?["curve"]?.text ?? "")
      return .signature(try key(group), .ecdsa(curve, try hash(try group.text("sha")), encoding))
    case "rsassa_pkcs1_verify_schema_v1.json":
      return .signature(try key(group), .rsaPKCS1(try hash(try group.text("sha"))))
    case "rsassa_pss_verify_schema_v1.json":
      guard group["mgf"]?.text == "MGF1" else { throw .unsupported(algorithm) }
      let way = PublicKeySignature.rsaPSS(
        try hash(try group.text("sha")), mgf1: try hash(try group.text("mgfSha")),
        saltLength: try group.integer("sLen"))
      return .signature(try key(group), way)
    case "rsassa_pkcs1_generate_schema_v1.json":
      return .signing(try privateKey(group), .rsaPKCS1(try hash(try group.text("sha"))))
    case "rsaes_oaep_decrypt_schema_v1.json":
      guard group["mgf"]?.text == "MGF1", group["mgfSha"]?.text == group["sha"]?.text else {
        throw .unsupported("\(algorithm) with two hashes")
      }
      return .decryption(try privateKey(group), try hash(try group.text("sha")))
    default: throw .unsupported("\(algorithm) (\(schema))")
    }
  }

  private static func key(_ group: WycheproofNode) throws(WycheproofFault) -> PublicKey? {
    try? PublicKey(subjectPublicKeyInfo: try group.bytes("publicKeyDer"))
  }

  private static func privateKey(_ group: WycheproofNode) throws(WycheproofFault) -> PrivateKey? {
    try? PrivateKey(pkcs8: GuardedBytes(copying: try group.bytes("privateKeyPkcs8")))
  }

  private static func hash(_ name: String) throws(WycheproofFault) -> HashFunction {
    switch name {
    case "SHA-1": .sha1
    case "SHA-224": .sha224
    case "SHA-256": .sha256
    case "SHA-384": .sha384
    case "SHA-512": .sha512
    default: throw .unsupported(name)
    }
  }

  private static func curve(_ name: String) throws(WycheproofFault) -> EllipticCurve {
    switch name {
    case "secp256r1": .p256
    case "secp384r1": .p384
    case "secp521r1": .p521
    default: throw .unsupported(name)
    }
  }

  private static func cipher(_ name: String) throws(WycheproofFault) -> AuthenticatedCipher {
    switch name {
    case "AES-GCM": .aesGCM
    case "CHACHA20-POLY1305": .chaCha20Poly1305
    case "XCHACHA20-POLY1305": .xChaCha20Poly1305
    default: throw .unsupported(name)
    }
  }
}
