import Cryptography
import Encodings

/// What the service shows of one version of a key pair: enough to verify what it signed, without the service.
package struct PublicKeyVersion: Hashable, Sendable {
  /// The key's name.
  package let name: KeyName
  /// The version's number.
  package let number: UInt32
  /// The key's type.
  package let type: KeyType
  /// SubjectPublicKeyInfo; for ML-DSA the bare key.
  package let publicKey: [UInt8]

  /// A version of a key of this service. Throws `noPublicHalf`, `unknownVersion`.
  package init(_ key: NamedKey, _ number: UInt32) throws(NamedKeyError) {
    guard let version = key.versions.all.first(where: { $0.number == number }) else { throw .unknownVersion(number) }
    guard let publicKey = version.publicKey else { throw .noPublicHalf(key.type) }
    name = key.name
    self.number = number
    type = key.type
    self.publicKey = publicKey
  }

  /// From what `chancery key show NAME --public-key` prints: PEM, for ML-DSA base 64. The type is that of the key.
  /// Throws `malformed` for any other text.
  package init(name: KeyName, number: UInt32, text: String) throws(NamedKeyError) {
    let text = text.trimmingPrefix { $0.isWhitespace }
    if text.utf8.starts(with: "-----BEGIN PUBLIC KEY-----".utf8) {
      guard let key = try? PublicKey(pem: Array(text.utf8)), let type = Self.type(of: key) else { throw .malformed }
      self.init(name: name, number: number, type: type, publicKey: key.subjectPublicKeyInfo)
      return
    }
    guard let bytes = Base64.decode(text.split(separator: "\n").joined()),
      let type = Self.mlDSALengths.first(where: { $0.count == bytes.count })?.type
    else { throw .malformed }
    self.init(name: name, number: number, type: type, publicKey: bytes)
  }

  private init(name: KeyName, number: UInt32, type: KeyType, publicKey: [UInt8]) {
    self.name = name
    self.number = number
    self.type = type
    self.publicKey = publicKey
  }

  /// FIPS 204 table 2.
  private static let mlDSALengths: [(count: Int, type: KeyType)] = [(1952, .mlDSA65), (2592, .mlDSA87)]

  private static func type(of key: PublicKey) -> KeyType? {
    switch key.kind {
    case .ed25519: .ed25519
    case .p256: .ecdsaP256
    case .p384: .ecdsaP384
    case .p521: .ecdsaP521
    // SubjectPublicKeyInfo of an RSA key grows with its modulus only: the exponent is 65537.
    case .rsa:
      switch key.subjectPublicKeyInfo.count {
      case 294: .rsa2048
      case 422: .rsa3072
      case 550: .rsa4096
      default: nil
      }
    }
  }

  /// The signer's name in the line of a receipt: `keys/deploy:3`.
  package var signerName: String { KeyReference(name: name, version: number).text }

  /// Four bytes that tell the keys of one signer name apart: those of the SHA-256 of name, line feed, 0xFF, a text that
  /// says what kind of signature it is, line feed, and the public key (C2SP signed-note, signature type 0xff).
  package var signerID: [UInt8] {
    let kind = "chancery named-key signature 1 \(type.rawValue)\n"
    return Array(Digest.sha256(Array(signerName.utf8) + [0x0A, 0xFF] + Array(kind.utf8) + publicKey).prefix(4))
  }
}
