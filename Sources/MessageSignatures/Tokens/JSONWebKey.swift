import Cryptography
package import Encodings

/// Keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2).
package enum JSONWebKey {
  /// Why a key or a set was refused.
  package enum Fault: Error, Hashable, Sendable {
    case notJSON
    /// A member is missing, of another type, or not canonical base64url.
    case malformed
    /// A type, curve or algorithm that we do not use, or an algorithm of another type of key.
    case unsupported
    /// `use` or `key_ops` say that it is not for checking signatures.
    case otherUse
    case tooMany
  }

  /// The keys of a set (`{"keys": […]}`), each bound to its algorithm. One that we cannot use is an error and not
  /// passed over: a set is configured, and what is in it is meant.
  package static func set(_ bytes: [UInt8]) throws(Fault) -> [MessageVerificationKey] {
    guard let tape = try? JSONTape(bytes) else { throw .notJSON }
    guard let list = tape.member(tape.root, "keys"), tape.kind(list) == .array else { throw .malformed }
    guard tape.count(list) <= MessageSignatureLimits.keys else { throw .tooMany }
    var keys: [MessageVerificationKey] = []
    for node in tape.children(list) { keys.append(try key(node, in: tape)) }
    return keys
  }

  /// One key.
  ///
  /// - Parameter algorithm: the algorithm where the key does not say it (`alg`); where it does, both must agree.
  package static func key(
    _ node: JSONTape.Node, in tape: JSONTape, algorithm: MessageSignatureAlgorithm? = nil
  ) throws(Fault) -> MessageVerificationKey {
    let members = Members(node: node, tape: tape)
    guard tape.kind(node) == .object, let type = try members.text("kty") else { throw .malformed }
    if let use = try members.text("use"), use != "sig" { throw .otherUse }
    if let operations = tape.member(node, "key_ops") {
      guard tape.children(operations).contains(where: { tape.string($0) == "verify" }) else { throw .otherUse }
    }
    var decided = algorithm
    if let name = try members.text("alg") {
      guard let named = MessageSignatureAlgorithm(tokenName: name), algorithm == nil || algorithm == named else {
        throw .unsupported
      }
      decided = named
    }
    guard let decided else { throw .unsupported }
    let keyID = try members.text("kid")
    do {
      if type == "oct" {
        let secret = GuardedBytes(copying: try members.bytes("k"))
        return try MessageVerificationKey(secret: secret, decided, keyID: keyID)
      }
      let publicKey = try PublicKey(try components(type, members))
      return try MessageVerificationKey(publicKey: publicKey, decided, keyID: keyID)
    } catch let fault as Fault {
      throw fault
    } catch {
      throw .unsupported
    }
  }

  private static func components(_ type: String, _ members: Members) throws(Fault) -> PublicKey.Components {
    switch type {
    case "RSA": return .rsa(modulus: try members.bytes("n"), exponent: try members.bytes("e"))
    case "OKP":
      guard try members.text("crv") == "Ed25519" else { throw .unsupported }
      return .ed25519(try members.bytes("x"))
    case "EC":
      let curves: [String: EllipticCurve] = ["P-256": .p256, "P-384": .p384]
      guard let name = try members.text("crv"), let curve = curves[name] else { throw .unsupported }
      return .point(curve, x: try members.bytes("x"), y: try members.bytes("y"))
    default: throw .unsupported
    }
  }

  private struct Members {
    let node: JSONTape.Node
    let tape: JSONTape

    func text(_ name: String) throws(Fault) -> String? {
      guard let member = tape.member(node, name) else { return nil }
      guard let text = tape.string(member) else { throw .malformed }
      return text
    }

    func bytes(_ name: String) throws(Fault) -> [UInt8] {
      guard let text = try text(name), let bytes = Base64.decode(text, alphabet: .urlSafe, padding: .forbidden) else {
        throw .malformed
      }
      return bytes
    }
  }
}
