import Cryptography
import Encodings
import MessageSignatures

/// Judges the examples of RFC 9421 and the cases made of them.
///
/// `signatures`: `valid` or `invalid`, and `base-differs` where the rebuilt base is not the one of the file.
/// `components` and `digests`: `equal` or `differs`. `policy_cases`: `accept` or `reject`.
struct RFC9421Judge {
  /// Why the file was not judged.
  enum Fault: Error {
    case unreadable
    /// A field that every file of its kind has is missing, or says something that we do not know.
    case malformed(String)

    var message: String {
      switch self {
      case .unreadable: "the file cannot be read, or is not JSON"
      case .malformed(let field): "the file lacks a field that every file of its kind has: \(field)"
      }
    }
  }

  private let file: VectorNode
  /// The file uses one structured field that is in no registry.
  private let types = StructuredFieldTypes.registered.adding("example-dict", .dictionary)

  init(path: String) throws(Fault) {
    guard let file = VectorNode(path: path) else { throw .unreadable }
    self.file = file
  }

  /// Each case with its verdict, list by list in the order of the file.
  func judge() throws(Fault) -> [(id: String, verdict: String)] {
    var verdicts: [(id: String, verdict: String)] = []
    for entry in try list("signatures") { verdicts.append((try text(entry["id"]), try signature(entry))) }
    for entry in try list("components") { verdicts.append((try text(entry["id"]), try components(entry))) }
    for entry in try list("digests") {
      let algorithm = try text(entry["algorithm"])
      verdicts.append(("digest-\(algorithm)", try digest(entry, algorithm)))
    }
    for entry in try list("policy_cases") { verdicts.append((try text(entry["id"]), try policy(entry))) }
    return verdicts
  }

  private func signature(_ entry: VectorNode) throws(Fault) -> String {
    let message = try message(entry["message"])
    var related: HTTPMessage?
    if let node = entry["related_request"], node["method"] != nil { related = try self.message(node) }
    guard let received = try? ReceivedSignature(.label(try text(entry["label"])), in: message) else {
      return "invalid"
    }
    let base = SignatureBase(received.input, of: message, answering: related, fieldTypes: types)
    guard base.fault == nil, base.bytes == Array(try text(entry["signature_base"]).utf8) else { return "base-differs" }
    let key = try key(try text(entry["keyid"]), try text(entry["alg"]))
    return key.isValid(received.signature, for: base.bytes) ? "valid" : "invalid"
  }

  private func components(_ entry: VectorNode) throws(Fault) -> String {
    let message = try message(entry["message"], trailers: entry["trailers"])
    for component in entry["components"]?.elements ?? [] {
      guard let identifier = try? ComponentIdentifier(try text(component["identifier"])),
        let value = try? SignatureBase.value(of: identifier, in: message, fieldTypes: types),
        value == Array(try text(component["value"]).utf8)
      else { return "differs" }
    }
    return "equal"
  }

  private func digest(_ entry: VectorNode, _ name: String) throws(Fault) -> String {
    guard let algorithm = ContentDigest.Algorithm(rawValue: name) else { throw .malformed("algorithm") }
    let made = ContentDigest.value(of: try body(entry), algorithm)
    return made == Array("\(name)=\(try text(entry["value"]))".utf8) ? "equal" : "differs"
  }

  private func policy(_ entry: VectorNode) throws(Fault) -> String {
    let message = try message(entry["message"])
    guard let now = entry["verify_at"]?.integer, let age = entry["max_age_seconds"]?.integer,
      let future = entry["max_future_seconds"]?.integer,
      let policy = try? MessageSignaturePolicy(
        label: try text(entry["label"]),
        requiredComponents: entry["required_components"]?.elements.compactMap(\.text) ?? [],
        maximumAgeSeconds: age, maximumFutureSeconds: future,
        checksDigestWhenPresent: entry["verify_digest_when_present"]?.isTrue ?? false, fieldTypes: types,
        isForRequests: entry["message"]?["method"] != nil),
      let verifier = try? MessageSignatureVerifier(
        policy, keys: [try key(try text(entry["keyid"]), try text(entry["alg"]))])
    else { throw .malformed("policy_cases") }
    guard case .success = verifier.verify(message, now: Instant(secondsSinceEpoch: now)) else { return "reject" }
    return "accept"
  }

  private func message(_ node: VectorNode?, trailers: VectorNode? = nil) throws(Fault) -> HTTPMessage {
    guard let node else { throw .malformed("message") }
    var fields: [HTTPField] = []
    for header in node["headers"]?.elements ?? [] {
      let pair = header.elements.compactMap(\.text)
      guard pair.count == 2 else { throw .malformed("headers") }
      fields.append(HTTPField(pair[0], pair[1]))
    }
    var trailerFields: [HTTPField] = []
    for trailer in trailers?.elements ?? [] {
      for value in trailer.elements { trailerFields.append(HTTPField(trailer.key ?? "", try text(value))) }
    }
    let start: HTTPMessage.Start
    if let status = node["status"]?.integer {
      start = .response(status: Int(status))
    } else {
      start = .request(
        HTTPMessage.RequestLine(
          method: try text(node["method"]), target: Array(try text(node["target"]).utf8),
          scheme: try text(node["scheme"]), authority: Array(try text(node["authority"]).utf8)))
    }
    return HTTPMessage(start, fields: fields, trailers: trailerFields, body: try body(node))
  }

  private func body(_ node: VectorNode) throws(Fault) -> [UInt8] {
    guard let body = Base64.decode(try text(node["body_b64"])) else { throw .malformed("body_b64") }
    return body
  }

  private func key(_ keyID: String, _ name: String) throws(Fault) -> MessageVerificationKey {
    guard let algorithm = MessageSignatureAlgorithm(httpName: name), let entry = file["keys"]?[keyID] else {
      throw .malformed("keys")
    }
    if let secret = entry["secret_b64"]?.text, let bytes = Base64.decode(secret),
      let key = try? MessageVerificationKey(secret: GuardedBytes(copying: bytes), algorithm, keyID: keyID)
    {
      return key
    }
    guard let numbers = entry["jwk"], let publicKey = try? PublicKey(try components(numbers)),
      let key = try? MessageVerificationKey(publicKey: publicKey, algorithm, keyID: keyID)
    else { throw .malformed("keys") }
    return key
  }

  private func components(_ numbers: VectorNode) throws(Fault) -> PublicKey.Components {
    func bytes(_ name: String) throws(Fault) -> [UInt8] {
      let text = try text(numbers[name])
      guard let bytes = Base64.decode(text, alphabet: .urlSafe, padding: .forbidden) else { throw .malformed(name) }
      return bytes
    }
    switch try text(numbers["kty"]) {
    case "RSA": return .rsa(modulus: try bytes("n"), exponent: try bytes("e"))
    case "EC": return .point(.p256, x: try bytes("x"), y: try bytes("y"))
    case "OKP": return .ed25519(try bytes("x"))
    default: throw .malformed("kty")
    }
  }

  private func list(_ name: String) throws(Fault) -> [VectorNode] {
    guard let list = file[name] else { throw .malformed(name) }
    return list.elements
  }

  private func text(_ node: VectorNode?) throws(Fault) -> String {
    guard let text = node?.text else { throw .malformed("a text") }
    return text
  }
}
