package import Cryptography
package import Encodings
import MessageSignatures

/// One key or secret of an endpoint. It prints as its name; the bytes stay in guarded memory.
package struct EndpointKey: Sendable {
  enum Material: Sendable {
    /// A shared secret, and its SHA-256: comparing digests takes the same time whatever the lengths.
    case secret(GuardedBytes, digest: GuardedBytes)
    case ed25519([UInt8])
    case publicKey(PublicKey)
    /// A pinned certificate: the key, when it is valid, and the address under which the sender publishes it.
    case certificate(CertificateKey, key: PublicKey, url: [UInt8])
    /// A key of HTTP message signatures.
    case message(MessageVerificationKey)
    /// A shared secret that lies elsewhere: what it makes is compared.
    case authenticator(any MessageSigner, KeyIdentity)
    /// Versions of one key, all of which count.
    indirect case versions([Material])
  }

  /// For logs and screens: which key fitted. Never part of a decision.
  package let name: String
  /// When the key counts.
  package let validity: KeyValidity
  let material: Material
  /// Other material that may check signatures again without a new key: versions that do not count at the moment.
  var standing: [KeyIdentity] = []
  /// What names the material of each version (or the only one), in their order, and then what else stands. Deliveries
  /// without a signed time are remembered as long as their key's is here. Empty until `named(by:)`.
  package private(set) var epochs: [String] = []

  /// A static secret: basic password, header secret or URI secret.
  ///
  /// - Parameter authentication: what it is for; a secret that no request of that kind could carry is refused now
  ///   rather than failing for ever.
  package init(
    secret text: GuardedBytes, named name: String, for authentication: EndpointAuthentication,
    validity: KeyValidity = .always
  ) throws(WebhookFault) {
    guard !KeyText.isBlank(text) else { throw .key(.empty) }
    if case .headerSecret = authentication, !KeyText.isSendableInHeader(text) { throw .key(.unsendable) }
    self.name = name
    self.validity = validity
    material = Self.secret(text)
  }

  /// A key for a signature scheme, from the text that was entered.
  ///
  /// - Parameter url: for certificates: the address under which the sender publishes this one.
  package init(
    text: GuardedBytes, encoding: KeyEncoding, named name: String, for scheme: SignatureScheme, url: String? = nil,
    validity: KeyValidity = .always
  ) throws(WebhookFault) {
    guard encoding.serves(scheme.algorithm) else { throw .key(.encoding(encoding, scheme.algorithm)) }
    self.name = name
    self.validity = validity
    let text = KeyText.strip(scheme.keyPrefix, from: text)
    guard !KeyText.isBlank(text) else { throw .key(.empty) }
    if scheme.keyAddress != nil, encoding != .x509PEM || url == nil { throw .key(.addressMissing) }
    switch encoding {
    case .utf8: material = Self.secret(text)
    case .base64, .hex:
      guard let key = encoding == .hex ? text.withBytes(GuardedHex.decode) : KeyText.decodeBase64(text) else {
        throw .key(.malformed(encoding))
      }
      material = Self.secret(key)
    case .ed25519Hex, .ed25519Base64:
      guard let key = Self.publicBytes(text, encoding) else { throw .key(.malformed(encoding)) }
      guard key.count == Ed25519.publicKeyCount else { throw .key(.length) }
      material = .ed25519(key)
    case .spkiBase64:
      guard let der = Self.subjectPublicKeyInfo(text) else { throw .key(.malformed(encoding)) }
      material = .publicKey(try Self.publicKey(der, for: scheme.algorithm))
    case .x509PEM:
      guard let certificate = text.withBytes({ CertificateKey(pem: Array($0)) }) else { throw .key(.certificate) }
      let key = try Self.publicKey(certificate.subjectPublicKeyInfo, for: scheme.algorithm)
      let address = Array((url ?? "").utf8)
      if let pattern = scheme.keyAddress?.pattern, !pattern.matches(address) { throw .key(.addressForm) }
      material = .certificate(certificate, key: key, url: address)
    }
  }

  /// A certificate that was fetched from its address and has been judged.
  init(fetched certificate: CertificateKey, from address: [UInt8], for scheme: SignatureScheme) throws(WebhookFault) {
    name = "fetched"
    validity = .always
    let key = try Self.publicKey(certificate.subjectPublicKeyInfo, for: scheme.algorithm)
    material = .certificate(certificate, key: key, url: address)
  }

  init(name: String, validity: KeyValidity, material: Material, standing: [KeyIdentity] = []) {
    self.name = name
    self.validity = validity
    self.material = material
    self.standing = standing
  }

  /// A shared secret that is nobody's: what requests are checked against when there is nothing else to check
  /// them against.
  init(decoy key: GuardedBytes) {
    name = "decoy"
    validity = .always
    material = Self.secret(key)
  }

  /// The same key, with its material named.
  ///
  /// - Parameter name: a text for each identity: the same for the same, and telling nothing of a secret.
  package func named<E>(by name: (KeyIdentity) throws(E) -> String) throws(E) -> EndpointKey {
    let own: [Material] = if case .versions(let all) = material { all } else { [material] }
    var key = self
    key.epochs = []
    for identity in own.compactMap(\.identity) + standing { key.epochs.append(try name(identity)) }
    return key
  }

  /// What people should know of a shared secret that is shorter than it should be; it says nothing more of it.
  package func weakness(for scheme: SignatureScheme) -> String? {
    guard scheme.algorithm.macHash != nil, case .secret(let bytes, _) = material else { return nil }
    if scheme.keyPrefix == WebhookLimits.standardKeyPrefix {
      let wanted = WebhookLimits.standardKeyBytes
      if wanted.contains(bytes.count) { return nil }
      return
        "The key `\(name)` has not the \(wanted.lowerBound) to \(wanted.upperBound) bytes that Standard Webhooks wants."
    }
    guard bytes.count < WebhookLimits.weakKeyBytes else { return nil }
    return
      "The key `\(name)` has fewer than \(WebhookLimits.weakKeyBytes) bytes: whoever sees one request can try keys."
  }

  func counts(at now: Instant) -> Bool { validity.counts(at: now) }

  var secretBytes: GuardedBytes? {
    guard case .secret(let bytes, _) = material else { return nil }
    return bytes
  }

  private static func secret(_ bytes: GuardedBytes) -> Material {
    .secret(bytes, digest: GuardedBytes(copying: bytes.withBytes { Digest.sha256($0) }))
  }

  private static func publicKey(_ der: [UInt8], for algorithm: SignatureAlgorithm) throws(WebhookFault) -> PublicKey {
    let kind: PublicKey.Kind = algorithm == .ecdsaP256SHA256 ? .p256 : .rsa
    do throws(CryptographyError) {
      return try PublicKey(subjectPublicKeyInfo: der, kind: kind)
    } catch {
      throw .key(.notPublic)
    }
  }

  /// The DER of a SubjectPublicKeyInfo, from its Base64 or from its PEM text (RFC 7468 §13), which is what most programs
  /// write. It is public, so that ordinary memory will do.
  static func subjectPublicKeyInfo(_ text: GuardedBytes) -> [UInt8]? {
    text.withBytes { bytes in Base64.decode(bytes) ?? PublicKey.subjectPublicKeyInfo(pem: Array(bytes)) }
  }

  /// Decodes a key that is public, so that ordinary memory will do.
  private static func publicBytes(_ text: GuardedBytes, _ encoding: KeyEncoding) -> [UInt8]? {
    text.withBytes { encoding == .ed25519Hex ? Hex.decode($0, allowUpperCase: true) : Base64.decode($0) }
  }
}

/// The keys of one endpoint, in the order they are tried; all are tried on every request.
package struct EndpointKeys: Sendable {
  let keys: [EndpointKey]

  package static let none = EndpointKeys(trusted: [])

  /// - Throws: `WebhookFault.key(.tooMany)`: each key costs a verification per request; `.repeatedName` where two keys
  ///   have one name.
  package init(_ keys: [EndpointKey]) throws(WebhookFault) {
    guard keys.count <= WebhookLimits.keysPerEndpoint else { throw .key(.tooMany) }
    var names: Set<String> = []
    for key in keys where !names.insert(key.name).inserted { throw .key(.repeatedName(key.name)) }
    self.keys = keys
  }

  private init(trusted keys: [EndpointKey]) { self.keys = keys }

  package var names: [String] { keys.map(\.name) }

  /// What names the material of the keys, the first key's newest first.
  package var epochs: [String] { keys.flatMap(\.epochs) }

  /// Whether some key counts now; without one every request is refused (and costs the same).
  package func isUsable(for authentication: EndpointAuthentication, at now: Instant) -> Bool {
    !authentication.needsKeys || keys.contains { $0.counts(at: now) }
  }
}

extension EndpointKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "EndpointKey(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension EndpointKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "EndpointKeys(\(keys.count), masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
