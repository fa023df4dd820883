package import Cryptography

/// Signs bare messages in the forms of others, under one version of a key for messages: what is signed is exactly what
/// is given. `TokenSigner` stands on it, and what signs requests of runbooks.
package struct BareSigner: Sendable {
  /// How a message is signed.
  package enum Way: Hashable, Sendable {
    case hmac(HashFunction)
    case publicKey(PublicKeySignature)

    private static let table: [(name: String, way: Way)] = [
      ("hmac-sha256", .hmac(.sha256)), ("hmac-sha384", .hmac(.sha384)), ("hmac-sha512", .hmac(.sha512)),
      ("ed25519", .publicKey(.ed25519)), ("ecdsa-p256-sha256", .publicKey(.ecdsa(.p256, .sha256, .der))),
      ("ecdsa-p384-sha384", .publicKey(.ecdsa(.p384, .sha384, .der))),
      ("ecdsa-p521-sha512", .publicKey(.ecdsa(.p521, .sha512, .der))),
      ("ecdsa-p256-sha256-p1363", .publicKey(.ecdsa(.p256, .sha256, .p1363))),
      ("ecdsa-p384-sha384-p1363", .publicKey(.ecdsa(.p384, .sha384, .p1363))),
      ("ecdsa-p521-sha512-p1363", .publicKey(.ecdsa(.p521, .sha512, .p1363))),
      ("rsa-pkcs1-sha256", .publicKey(.rsaPKCS1(.sha256))), ("rsa-pkcs1-sha384", .publicKey(.rsaPKCS1(.sha384))),
      ("rsa-pkcs1-sha512", .publicKey(.rsaPKCS1(.sha512))),
      ("rsa-pss-sha256", .publicKey(.rsaPSS(.sha256, mgf1: .sha256, saltLength: 32))),
      ("rsa-pss-sha384", .publicKey(.rsaPSS(.sha384, mgf1: .sha384, saltLength: 48))),
      ("rsa-pss-sha512", .publicKey(.rsaPSS(.sha512, mgf1: .sha512, saltLength: 64))),
    ]

    /// What a caller may ask for (docs/spec/named-keys.md §5).
    package static var names: [String] { table.map(\.name) }

    /// Nil for another name.
    package init?(name: String) {
      guard let way = Self.table.first(where: { $0.name == name })?.way else { return nil }
      self = way
    }
  }

  /// Which version signs.
  package let version: UInt32
  private let material: KeyMaterial
  private let secret: GuardedBytes?

  /// With the newest version, or the one that is named. Throws as `Signer`.
  package init(
    _ key: NamedKey, _ version: UInt32?, _ material: KeyMaterial, context: [UInt8]? = nil
  ) throws(NamedKeyError) {
    try self.init(key, checked: try key.versions.making(version).number, material, context: context)
  }

  /// To compute again what a version made, for a comparison: also with versions that make nothing more. Throws as above.
  package static func verifying(
    _ key: NamedKey, _ version: UInt32, _ material: KeyMaterial, context: [UInt8]? = nil
  ) throws(NamedKeyError) -> BareSigner {
    try BareSigner(key, checked: try key.versions.opening(version).number, material, context: context)
  }

  private init(
    _ key: NamedKey, checked version: UInt32, _ material: KeyMaterial, context: [UInt8]?
  ) throws(NamedKeyError) {
    try key.expectUsable(for: .messages)
    guard material.type == key.type else { throw .damaged }
    self.version = version
    self.material = material
    if case .secret(let bytes) = material.backing {
      let binding = KeyBinding(name: key.name, type: key.type, version: self.version)
      secret = try binding.secret(of: key, bytes, context: context)
    } else {
      guard context == nil else { throw .context(isWanted: false) }
      secret = nil
    }
  }

  /// Whether a key of this type signs so.
  package func serves(_ way: Way) -> Bool {
    switch (way, material.backing) {
    case (.hmac(let hash), .secret): hash.isForSigning
    case (.publicKey(let way), .pair(let pair)): way.fits(pair.kind)
    case (.hmac, _), (.publicKey, _): false
    }
  }

  /// The bytes of the signature. Throws `unsuited` where a key of this type does not sign so, `tooLarge`.
  package func sign(_ message: [UInt8], as way: Way) throws(NamedKeyError) -> [UInt8] {
    guard message.count <= NamedKeyLimits.messageCount else { throw .tooLarge(limit: NamedKeyLimits.messageCount) }
    switch (way, material.backing) {
    case (.hmac(let hash), .secret):
      guard hash.isForSigning, let secret else { throw .unsuited(material.type, .messages) }
      return HMAC.authenticate(message, key: secret, hash: hash)
    case (.publicKey(let way), .pair(let pair)):
      guard let signature = try? pair.sign(message, as: way) else { throw .unsuited(material.type, .messages) }
      return signature
    case (.hmac, _), (.publicKey, _): throw .unsuited(material.type, .messages)
    }
  }
}
