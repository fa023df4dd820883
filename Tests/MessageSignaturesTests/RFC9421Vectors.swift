import Cryptography
import Encodings
import TestSupport
import Testing

@testable import MessageSignatures

/// The file of RFC 9421's examples, and how its parts are read. Unknown fields fail.
struct RFC9421Vectors {
  let tape: JSONTape

  struct Malformed: Error {
    let what: String
  }

  init() throws { tape = try Vectors.json("rfc9421.json") }

  func list(_ name: String) throws -> [VectorNode] {
    let node = try #require(tape.member(tape.root, name))
    return tape.children(node).map { VectorNode(tape: tape, node: $0) }
  }

  /// The public half of a key of the file, for the algorithm that it is configured with.
  func key(_ keyID: String, _ name: String) throws -> MessageVerificationKey {
    let algorithm = try #require(MessageSignatureAlgorithm(httpName: name))
    let keys = try #require(tape.member(tape.root, "keys"))
    let entry = VectorNode(tape: tape, node: try #require(tape.member(keys, keyID)))
    if let secret = entry["secret_b64"]?.text {
      let bytes = try #require(Base64.decode(secret))
      return try MessageVerificationKey(secret: GuardedBytes(copying: bytes), algorithm, keyID: keyID)
    }
    let web = try #require(tape.member(entry.node, "jwk"))
    let numbers = VectorNode(tape: tape, node: web)
    func bytes(_ name: String) throws -> [UInt8] {
      try #require(Base64.decode(try numbers.string(name), alphabet: .urlSafe, padding: .forbidden))
    }
    let components: PublicKey.Components
    switch try numbers.string("kty") {
    case "RSA": components = .rsa(modulus: try bytes("n"), exponent: try bytes("e"))
    case "EC": components = .point(.p256, x: try bytes("x"), y: try bytes("y"))
    default: components = .ed25519(try bytes("x"))
    }
    return try MessageVerificationKey(publicKey: PublicKey(components), algorithm, keyID: keyID)
  }

  /// What signs with the private half.
  func signer(_ keyID: String, _ algorithm: MessageSignatureAlgorithm) throws -> any MessageSigner {
    let keys = try #require(tape.member(tape.root, "keys"))
    let entry = VectorNode(tape: tape, node: try #require(tape.member(keys, keyID)))
    if let secret = entry["secret_b64"]?.text {
      return try SigningKeyText.signer(GuardedBytes(copying: Array(secret.utf8)), .base64, algorithm)
    }
    let pem = try entry.string("private_pem")
    return try SigningKeyText.signer(GuardedBytes(copying: Array(pem.utf8)), .pem, algorithm)
  }

  static func message(_ node: VectorNode, trailers: VectorNode? = nil) throws -> HTTPMessage {
    try node.expectOnly([
      "headers", "body_b64", "content_digest_matches_body", "method", "target", "scheme", "authority", "status",
    ])
    let fields = try node.list("headers").map { pair in
      HTTPField(try #require(pair[0]?.text), try #require(pair[1]?.text))
    }
    var trailerFields: [HTTPField] = []
    if let trailers, trailers.tape.kind(trailers.node) == .object {
      for entry in trailers.elements {
        for value in entry.elements {
          trailerFields.append(HTTPField(try #require(entry.key), try #require(value.text)))
        }
      }
    }
    let start: HTTPMessage.Start
    if let status = node["status"]?.integer {
      start = .response(status: Int(status))
    } else {
      start = .request(
        HTTPMessage.RequestLine(
          method: try node.string("method"), target: Array(try node.string("target").utf8),
          scheme: try node.string("scheme"), authority: Array(try node.string("authority").utf8)))
    }
    let body = try #require(Base64.decode(try node.string("body_b64")))
    return HTTPMessage(start, fields: fields, trailers: trailerFields, body: body)
  }
}

/// A node of a vector file, with the few ways in which its fields are read.
struct VectorNode {
  let tape: JSONTape
  let node: JSONTape.Node

  subscript(name: String) -> VectorNode? {
    tape.member(node, name).map { VectorNode(tape: tape, node: $0) }
  }

  subscript(place: Int) -> VectorNode? { tape.element(node, place).map { VectorNode(tape: tape, node: $0) } }

  var elements: [VectorNode] { tape.children(node).map { VectorNode(tape: tape, node: $0) } }
  var key: String? { tape.key(node) }
  var text: String? { tape.string(node) }
  var integer: Int64? { tape.integer(node) }
  var isNull: Bool { tape.kind(node) == .null }

  func string(_ name: String) throws -> String { try #require(self[name]?.text, "\(name)") }

  func number(_ name: String) throws -> Int64 { try #require(self[name]?.integer, "\(name)") }

  func list(_ name: String) throws -> [VectorNode] { try #require(self[name], "\(name)").elements }

  func expectOnly(_ known: Set<String>) throws {
    let unknown = tape.children(node).compactMap(tape.key).filter { !known.contains($0) }
    guard unknown.isEmpty else { throw RFC9421Vectors.Malformed(what: unknown.joined(separator: " ")) }
  }
}
