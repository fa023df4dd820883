import Cryptography
import Encodings
import Glibc

/// Why a file of Project Wycheproof was not judged.
enum WycheproofFault: Error {
  case unreadable
  case notJSON
  case notWycheproof
  case unsupported(String)

  var message: String {
    switch self {
    case .unreadable: "the file cannot be read"
    case .notJSON: "the file is not JSON"
    case .notWycheproof: "the file lacks a field that every file of its kind has"
    case .unsupported(let name): "\(name) is not implemented in this version; nothing was judged"
    }
  }

  var exitCode: Int32 {
    switch self {
    case .unreadable, .notJSON, .notWycheproof: 1
    case .unsupported: 2
    }
  }
}

/// Judges a file of Project Wycheproof by the primitive that it is about.
enum WycheproofFile {
  static func judge(_ path: String) throws(WycheproofFault) -> [(id: String, isAccepted: Bool)] {
    guard let bytes = read(path) else { throw .unreadable }
    let limits = JSONLimits(maximumBytes: 64 << 20, maximumDepth: 64, maximumNodes: 4_000_000)
    guard let tape = try? JSONTape(bytes, limits: limits) else { throw .notJSON }
    let file = WycheproofNode(tape: tape, node: tape.root)
    guard let schema = file["schema"]?.text, let groups = file["testGroups"] else { throw .notWycheproof }
    var verdicts: [(id: String, isAccepted: Bool)] = []
    for group in groups.elements {
      let primitive = try WycheproofPrimitive(file: file, schema: schema, group: group)
      for test in group["tests"]?.elements ?? [] {
        guard let id = test["tcId"]?.number else { throw .notWycheproof }
        verdicts.append((id, try primitive.accepts(test)))
      }
    }
    return verdicts
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return ferror(file) == 0 ? bytes : nil }
      bytes.append(contentsOf: chunk[..<count])
    }
  }
}

/// A node of the file, with the few ways in which its fields are read.
struct WycheproofNode {
  let tape: JSONTape
  let node: JSONTape.Node

  subscript(name: String) -> WycheproofNode? { tape.member(node, name).map { WycheproofNode(tape: tape, node: $0) } }

  var elements: [WycheproofNode] { tape.children(node).map { WycheproofNode(tape: tape, node: $0) } }
  var text: String? { tape.string(node) }
  var number: String? { tape.numberText(node) }
  var integer: Int? { number.flatMap { Int($0) } }

  /// A field in hex, as everything binary is written there.
  func bytes(_ name: String) throws(WycheproofFault) -> [UInt8] {
    guard let bytes = self[name]?.text.flatMap({ Hex.decode($0, allowUpperCase: true) }) else {
      throw .notWycheproof
    }
    return bytes
  }
}

/// The primitive of one group of tests, with the group's key.
enum WycheproofPrimitive {
  case hmac(HMAC.Hash, tagCount: Int)
  case ed25519(publicKey: [UInt8])
  case ecdsaP256(PublicKey?)
  case rsaPKCS1(PublicKey?, RSA.Hash)
  case hkdfSHA256
  case xChaCha20Poly1305

  init(file: WycheproofNode, schema: String, group: WycheproofNode) throws(WycheproofFault) {
    let algorithm = file["algorithm"]?.text ?? schema
    let sha = group["sha"]?.text ?? ""
    switch (schema, algorithm) {
    case ("mac_test_schema_v1.json", _):
      guard let hash = Self.hashes[algorithm], let bits = group["tagSize"]?.integer else {
        throw .unsupported(algorithm)
      }
      self = .hmac(hash, tagCount: bits / 8)
    case ("eddsa_verify_schema_v1.json", _):
      guard let key = group["publicKey"], key["curve"]?.text == "edwards25519" else { throw .unsupported(algorithm) }
      self = .ed25519(publicKey: try key.bytes("pk"))
    case ("ecdsa_verify_schema_v1.json", _):
      guard group["publicKey"]?["curve"]?.text == "secp256r1", sha == "SHA-256" else {
        throw .unsupported("\(algorithm) on that curve or with \(sha)")
      }
      self = .ecdsaP256(try? PublicKey(subjectPublicKeyInfo: try group.bytes("publicKeyDer"), kind: .p256))
    case ("rsassa_pkcs1_verify_schema_v1.json", _):
      let hash: RSA.Hash
      switch sha {
      case "SHA-256": hash = .sha256
      case "SHA-1": hash = .sha1
      default: throw .unsupported("\(algorithm) with \(sha)")
      }
      self = .rsaPKCS1(try? PublicKey(subjectPublicKeyInfo: try group.bytes("publicKeyDer"), kind: .rsa), hash)
    case ("hkdf_test_schema_v1.json", "HKDF-SHA-256"): self = .hkdfSHA256
    case ("aead_test_schema_v1.json", "XCHACHA20-POLY1305"): self = .xChaCha20Poly1305
    default: throw .unsupported("\(algorithm) (\(schema))")
    }
  }

  private static let hashes: [String: HMAC.Hash] = [
    "HMACSHA1": .sha1, "HMACSHA256": .sha256, "HMACSHA384": .sha384, "HMACSHA512": .sha512,
  ]

  func accepts(_ test: WycheproofNode) throws(WycheproofFault) -> Bool {
    switch self {
    case .hmac(let hash, let tagCount):
      let key = GuardedBytes(copying: try test.bytes("key"))
      let tag = HMAC.authenticate(try test.bytes("msg"), key: key, hash: hash)
      return ConstantTime.areEqual(tag.prefix(tagCount), try test.bytes("tag"))
    case .ed25519(let key):
      return Ed25519.verify(try test.bytes("sig"), message: try test.bytes("msg"), publicKey: key)
    case .ecdsaP256(let key):
      guard let key else { return false }
      return ECDSA.verifyP256SHA256(try test.bytes("sig"), message: try test.bytes("msg"), key: key)
    case .rsaPKCS1(let key, let hash):
      guard let key else { return false }
      return RSA.verifyPKCS1(try test.bytes("sig"), message: try test.bytes("msg"), hash: hash, key: key)
    case .hkdfSHA256:
      guard let count = test["size"]?.integer, (1...KeyDerivation.hkdfSHA256MaximumCount).contains(count) else {
        return false
      }
      let output = KeyDerivation.hkdfSHA256(
        input: GuardedBytes(copying: try test.bytes("ikm")), salt: try test.bytes("salt"),
        info: try test.bytes("info"), count: count)
      return ConstantTime.areEqual(output, try test.bytes("okm"))
    case .xChaCha20Poly1305:
      let key = try test.bytes("key")
      let nonce = try test.bytes("iv")
      guard key.count == XChaCha20Poly1305.keyCount, nonce.count == XChaCha20Poly1305.nonceCount else { return false }
      let sealed = try test.bytes("ct") + (try test.bytes("tag"))
      let opened = try? XChaCha20Poly1305.open(
        sealed, key: GuardedBytes(copying: key), nonce: nonce, associatedData: try test.bytes("aad"))
      return opened == (try test.bytes("msg"))
    }
  }
}
