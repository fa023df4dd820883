package import Encodings

/// Makes HTTP message signatures (RFC 9421 §3.1).
package struct MessageSignatureCreation: Sendable {
  package let label: String
  package let components: [ComponentIdentifier]
  package let keyID: String?
  package let tag: String?
  /// Whether `alg` is named.
  package let namesAlgorithm: Bool
  /// Seconds from `created` to `expires`; nil for no `expires`.
  package let lifetimeSeconds: Int64?
  package let fieldTypes: StructuredFieldTypes

  /// - Parameter components: as `ComponentIdentifier.init(_: String)` reads them.
  package init(
    label: String = "sig1", components: [String], keyID: String?, tag: String? = nil, namesAlgorithm: Bool = true,
    lifetimeSeconds: Int64? = nil, fieldTypes: StructuredFieldTypes = .registered
  ) throws(SigningFault) {
    guard StructuredField.isKey(label.utf8), label.utf8.count <= 64 else { throw .setting }
    if let lifetimeSeconds {
      guard (1...MessageSignatureLimits.windowSeconds).contains(lifetimeSeconds) else { throw .setting }
    }
    var identifiers: [ComponentIdentifier] = []
    for text in components {
      do throws(ComponentFault) {
        identifiers.append(try ComponentIdentifier(text))
      } catch {
        throw .component(error, of: text)
      }
    }
    self.label = label
    self.components = identifiers
    self.keyID = keyID
    self.tag = tag
    self.namesAlgorithm = namesAlgorithm
    self.lifetimeSeconds = lifetimeSeconds
    self.fieldTypes = fieldTypes
    // Twice the same, or too many: found here and not at the first request.
    _ = try input(created: 0, nonce: nil, algorithm: .ed25519)
  }

  /// Whether a `Content-Digest` of the message must stand in it before it is signed.
  package var coversDigest: Bool { components.contains(where: \.bindsBody) }

  /// The two fields to be added to the message. Throws where a component has no value in it, or the algorithm is none
  /// of RFC 9421.
  package func sign(
    _ message: HTTPMessage, answering request: HTTPMessage? = nil, with signer: some MessageSigner, now: Instant,
    nonce: String? = nil
  ) throws(SigningFault) -> [HTTPField] {
    let input = try input(created: now.secondsSinceEpoch, nonce: nonce, algorithm: signer.algorithm)
    let base = SignatureBase(input, of: message, answering: request, fieldTypes: fieldTypes)
    if let fault = base.fault {
      throw .component(fault, of: base.faulty.map { String(decoding: $0.serialized, as: UTF8.self) } ?? "a component")
    }
    let signature = try signer.sign(base.bytes)
    let prefix = Array(label.utf8) + [0x3D]
    return [
      HTTPField(name: "Signature-Input", value: prefix + input.serialized),
      HTTPField(
        name: "Signature", value: prefix + StructuredField.serialize(StructuredField.Item(.bytes(signature)))),
    ]
  }

  private func input(
    created: Int64, nonce: String?, algorithm: MessageSignatureAlgorithm
  ) throws(SigningFault) -> SignatureInput {
    guard let name = algorithm.httpName else { throw .algorithm }
    do throws(SignatureInput.Fault) {
      return try SignatureInput(
        components: components, created: created, expires: lifetimeSeconds.map { created + $0 }, keyID: keyID,
        algorithmName: namesAlgorithm ? name : nil, nonce: nonce, tag: tag)
    } catch {
      throw .setting
    }
  }
}
