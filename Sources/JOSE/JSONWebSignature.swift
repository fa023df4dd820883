import Cryptography

/// Signed tokens in compact form (RFC 7515 §7.1, with the advice of RFC 8725): the JSON serialisation, `none`, critical
/// extensions, and a key that is taken from the token itself (`jwk`, `jku`, `x5c`) do not exist here.
package enum JSONWebSignature {
  /// The payload of a token that one of the keys has signed.
  package static func verify(_ token: String, keys: JSONWebKeySet) throws(JOSEFault) -> [UInt8] {
    let form = try CompactForm(token, partCount: 3)
    guard let algorithm = JSONWebAlgorithm(name: try form.text("alg")) else { throw .algorithm }
    let key = try keys.key(try form.optionalText("kid"))
    guard key.mayVerify(algorithm) else { throw .keyUse }
    guard try isValid(form.parts[2], form.signingInput, key, algorithm) else { throw .notAuthentic }
    return form.parts[1]
  }

  private static func isValid(
    _ signature: [UInt8], _ input: [UInt8], _ key: JSONWebKey, _ algorithm: JSONWebAlgorithm
  ) throws(JOSEFault) -> Bool {
    switch (algorithm, key.material) {
    case (.hmac(let hash), .secret(let secret)):
      // RFC 7518 §3.2: a key as long as the hash, or longer.
      guard secret.count >= hash.byteCount else { throw .key }
      return HMAC.isValid(signature, for: input, key: secret, hash: hash)
    case (.hmac, _), (_, .secret): throw .keyUse
    case (_, .publicKey(let key)), (_, .agreement(_, _, let key)):
      guard let way = algorithm.publicKeySignature else { throw .keyUse }
      return key.isValid(signature, for: input, as: way)
    }
  }
}
