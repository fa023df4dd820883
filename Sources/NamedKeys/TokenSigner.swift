import Cryptography
import Encodings
package import JOSE

/// JSON Web Tokens signed by a named key (RFC 7519, compact form): the header holds the algorithm, the type and which
/// key and version signed, and nothing that a caller chooses.
package struct TokenSigner: Sendable {
  private let signer: BareSigner
  private let keyName: KeyName
  private let type: KeyType

  /// With the newest version, or the one that is named. Throws as `BareSigner`.
  package init(_ key: NamedKey, _ version: UInt32?, _ material: KeyMaterial) throws(NamedKeyError) {
    signer = try BareSigner(key, version, material)
    keyName = key.name
    type = key.type
  }

  /// What a token of this key says of its key.
  package var keyIdentifier: String { "\(keyName.text):\(signer.version)" }

  /// The token of claims, which must be one JSON object. Throws `malformed`, `unsuited` where the key does not sign by
  /// that algorithm, `tooLarge`.
  package func sign(claims: [UInt8], as algorithm: JSONWebAlgorithm) throws(NamedKeyError) -> String {
    guard claims.count <= NamedKeyLimits.associatedDataCount else {
      throw .tooLarge(limit: NamedKeyLimits.associatedDataCount)
    }
    guard let tape = try? JSONTape(claims), tape.kind(tape.root) == .object else { throw .malformed }
    var header = JSONWriter()
    header.beginObject()
    header.key("alg")
    header.string(algorithm.name)
    header.key("typ")
    header.string("JWT")
    header.key("kid")
    header.string(keyIdentifier)
    header.endObject()
    let input =
      Base64.encode(header.finish(), alphabet: .urlSafe, padded: false) + "."
      + Base64.encode(claims, alphabet: .urlSafe, padded: false)
    let signature = try signer.sign(Array(input.utf8), as: way(algorithm))
    return input + "." + Base64.encode(signature, alphabet: .urlSafe, padded: false)
  }

  private func way(_ algorithm: JSONWebAlgorithm) throws(NamedKeyError) -> BareSigner.Way {
    if case .hmac(let hash) = algorithm {
      // RFC 7518 §3.2: a key as long as the hash. Ours has 32 bytes.
      guard hash.byteCount <= KeyMaterial.secretCount else { throw .unsuited(type, .messages) }
      return .hmac(hash)
    }
    guard let signature = algorithm.publicKeySignature else { throw .unsuited(type, .messages) }
    return .publicKey(signature)
  }
}
