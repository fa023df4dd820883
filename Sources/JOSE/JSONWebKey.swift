package import Cryptography
package import Encodings

/// A key as JSON (RFC 7517): a secret, a public key, or a key pair for key agreement.
///
/// Secrets come in through JSON in ordinary memory; named keys never take this way, keys of others' test vectors do.
package struct JSONWebKey: Sendable {
  /// What the key is.
  package enum Material: Sendable {
    case secret(GuardedBytes)
    case publicKey(PublicKey)
    /// The private half beside the public one; only for `JSONWebEncryption`.
    case agreement(EllipticCurve, scalar: GuardedBytes, PublicKey)
  }

  /// `kid`.
  package let identifier: String?
  /// What the key is.
  package let material: Material
  /// `alg`, as it is written.
  let algorithm: String?
  private let use: String?
  private let operations: [String]?

  /// Reads one object. Unknown members are left alone (§4); known ones of another type are refused.
  package init(_ tape: JSONTape, _ node: JSONTape.Node) throws(JOSEFault) {
    guard tape.kind(node) == .object else { throw .key }
    let fields = JSONWebKeyFields(tape: tape, node: node)
    identifier = try fields.optionalText("kid")
    algorithm = try fields.optionalText("alg")
    use = try fields.optionalText("use")
    if let list = tape.member(node, "key_ops") {
      guard tape.kind(list) == .array else { throw .key }
      operations = tape.children(list).map { tape.string($0) ?? "" }
    } else {
      operations = nil
    }
    material = try Self.material(fields)
  }

  private static func material(_ fields: JSONWebKeyFields) throws(JOSEFault) -> Material {
    switch try fields.text("kty") {
    case "oct": return .secret(GuardedBytes(copying: try fields.bytes("k")))
    case "RSA": return .publicKey(try key(.rsa(modulus: try fields.bytes("n"), exponent: try fields.bytes("e"))))
    case "OKP":
      guard try fields.text("crv") == "Ed25519" else { throw .key }
      return .publicKey(try key(.ed25519(try fields.bytes("x"))))
    case "EC":
      let curve = try fields.curve()
      let point = try key(.point(curve, x: try fields.bytes("x"), y: try fields.bytes("y")))
      guard fields.has("d") else { return .publicKey(point) }
      return .agreement(curve, scalar: GuardedBytes(copying: try fields.bytes("d")), point)
    default: throw .key
    }
  }

  private static func key(_ components: PublicKey.Components) throws(JOSEFault) -> PublicKey {
    do throws(CryptographyError) { return try PublicKey(components) } catch { throw .key }
  }

  /// Whether the key may check a signature by this algorithm: RFC 7517 §4.2 to §4.4, each where it is given.
  func mayVerify(_ algorithm: JSONWebAlgorithm) -> Bool {
    guard use == nil || use == "sig" else { return false }
    guard operations?.contains("verify") ?? true else { return false }
    guard let named = self.algorithm else { return true }
    // ES521 is how some write ES512, after the curve.
    return JSONWebAlgorithm(name: named == "ES521" ? "ES512" : named)?.allows(algorithm) ?? false
  }

  /// Whether the key may open a message whose key management is this.
  func mayOpen(_ algorithm: String) -> Bool {
    guard use == nil || use == "enc" else { return false }
    let wanted = ["decrypt", "unwrapKey", "deriveKey", "deriveBits"]
    guard operations?.contains(where: wanted.contains) ?? true else { return false }
    return self.algorithm == nil || self.algorithm == algorithm
  }

  /// The public half, or nil for a secret.
  package var publicKey: PublicKey? {
    switch material {
    case .secret: nil
    case .publicKey(let key), .agreement(_, _, let key): key
    }
  }
}

/// The members of one object, each read as what it must be.
struct JSONWebKeyFields {
  let tape: JSONTape
  let node: JSONTape.Node

  func has(_ name: String) -> Bool { tape.member(node, name) != nil }

  func optionalText(_ name: String) throws(JOSEFault) -> String? {
    guard let member = tape.member(node, name) else { return nil }
    guard let text = tape.string(member) else { throw .key }
    return text
  }

  func text(_ name: String) throws(JOSEFault) -> String {
    guard let text = try optionalText(name) else { throw .key }
    return text
  }

  func bytes(_ name: String) throws(JOSEFault) -> [UInt8] {
    guard let bytes = Base64.decode(try text(name), alphabet: .urlSafe, padding: .forbidden) else { throw .key }
    return bytes
  }

  func curve() throws(JOSEFault) -> EllipticCurve {
    switch try text("crv") {
    case "P-256": .p256
    case "P-384": .p384
    case "P-521": .p521
    default: throw .key
    }
  }
}
