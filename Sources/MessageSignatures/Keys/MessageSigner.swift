package import Cryptography

/// Whatever can sign with one key in one way. The bytes of the key stay behind it: what it gives are signatures.
package protocol MessageSigner: Sendable {
  /// How it signs; the only way the key can be used.
  var algorithm: MessageSignatureAlgorithm { get }

  /// The signature of the bytes, in the encoding of the algorithm.
  func sign(_ bytes: [UInt8]) throws(SigningFault) -> [UInt8]
}

/// Why nothing was signed. It carries names that stand in a document, and nothing of a key or a message.
package enum SigningFault: Error, Hashable, Sendable {
  /// The key text is empty, is not of the encoding it says, or is no key of the algorithm.
  case key
  /// The key is shorter than the algorithm wants (RFC 7518 §3.2: an HMAC key is at least as long as its hash).
  case keyTooShort
  /// The kind of signature cannot be made with this algorithm.
  case algorithm
  /// A component that the message has not, a header that is missing, a value that cannot be sent; as the document names it.
  case component(ComponentFault, of: String)
  /// A setting that cannot be used: a label, a lifetime, a claim that is set twice, a header name.
  case setting
  /// A claim that the service sets itself.
  case claim(String)
  /// The message has a header already that the signature would set.
  case repeatedHeader(String)
  /// Whoever holds the key did not sign.
  case refused

  /// What is wrong, in words and without anything of a key or a message.
  package var message: String {
    switch self {
    case .key: "the key is not one of its encoding and algorithm"
    case .keyTooShort: "the key is shorter than its hash"
    case .algorithm: "this form of signature has no such algorithm"
    case .component(.missing, let name): "\(name) is to be signed and is not there, or is empty"
    case .component(.repeated, let name): "\(name) is to be signed and is there more than once"
    case .component(_, let name): "\(name) is to be signed and cannot be"
    case .setting: "a setting or a claim cannot be used"
    case .claim(let name): "the claim \(name) is set by the service itself"
    case .repeatedHeader(let name): "the request has the header \(name) already, which the signature sets"
    case .refused: "the key did not sign"
    }
  }
}

/// A shared secret in memory of ours.
package struct SecretSigner: MessageSigner {
  package let algorithm: MessageSignatureAlgorithm
  private let key: GuardedBytes
  private let hash: HMAC.Hash

  /// Throws `algorithm` where the algorithm is no HMAC, and `key` for no bytes at all.
  package init(_ key: GuardedBytes, _ algorithm: MessageSignatureAlgorithm) throws(SigningFault) {
    guard let hash = algorithm.macHash else { throw .algorithm }
    guard key.count > 0 else { throw .key }
    self.key = key
    self.algorithm = algorithm
    self.hash = hash
  }

  package func sign(_ bytes: [UInt8]) -> [UInt8] { HMAC.authenticate(bytes, key: key, hash: hash) }

  /// Bytes of the secret. The length of a key is public.
  package var keyByteCount: Int { key.count }
}

/// A key pair in memory of ours.
package struct PrivateKeySigner: MessageSigner {
  package let algorithm: MessageSignatureAlgorithm
  private let key: PrivateKey
  private let way: PublicKeySignature

  /// Throws `algorithm` for an HMAC, and `key` where the key is of another type than the algorithm's.
  package init(_ key: PrivateKey, _ algorithm: MessageSignatureAlgorithm) throws(SigningFault) {
    guard let way = algorithm.publicKeySignature else { throw .algorithm }
    guard way.fits(key.kind) else { throw .key }
    self.key = key
    self.algorithm = algorithm
    self.way = way
  }

  package func sign(_ bytes: [UInt8]) throws(SigningFault) -> [UInt8] {
    do throws(CryptographyError) {
      return try key.sign(bytes, as: way)
    } catch {
      throw .refused
    }
  }
}
