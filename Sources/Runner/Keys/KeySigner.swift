import Labels
package import MessageSignatures
import NamedKeys

/// One version of a named key in the hands of a run: it signs in one way, for one request. The bytes of the key are
/// inside `BareSigner`, and nothing gives them out.
package struct KeySigner: MessageSigner {
  package let algorithm: MessageSignatureAlgorithm
  private let signer: BareSigner
  private let way: BareSigner.Way
  /// What everything that it makes gets.
  let label: Label
  /// What the log calls the key: `keys/deploy:3`.
  let name: String
  /// What receivers are told: `deploy:3` (docs/spec/named-keys.md §5).
  let keyID: String

  /// - Parameter label: of what it makes; nothing where it only verifies.
  ///
  /// Throws `algorithm` where a key of this type does not sign so.
  init(
    _ signer: BareSigner, of key: NamedKey, _ algorithm: MessageSignatureAlgorithm, label: Label
  ) throws(NamedKeyError) {
    let way = BareSigner.Way(algorithm)
    guard let way, signer.serves(way) else { throw .algorithm(key.type) }
    self.signer = signer
    self.way = way
    self.algorithm = algorithm
    self.label = label
    name = KeyReference(name: key.name, version: signer.version).text
    keyID = "\(key.name.text):\(signer.version)"
  }

  package func sign(_ bytes: [UInt8]) throws(SigningFault) -> [UInt8] {
    do throws(NamedKeyError) {
      return try signer.sign(bytes, as: way)
    } catch {
      throw .refused
    }
  }
}

extension BareSigner.Way {
  init?(_ algorithm: MessageSignatureAlgorithm) {
    if let hash = algorithm.macHash {
      self = .hmac(hash)
    } else if let signature = algorithm.publicKeySignature {
      self = .publicKey(signature)
    } else {
      return nil
    }
  }
}
