import Cryptography
import Encodings
import MessageSignatures

extension ReplayKeys {
  /// A signed message is known by its signature base, and by its nonce where it has one: a nonce is a parameter of the
  /// signature and so always signed. Never by the signature: ECDSA and RSA-PSS have several for the same bytes.
  ///
  /// `created` has to be there, so that whoever remembers as long as the window reaches remembers long enough.
  init(_ endpointID: String, _ signature: VerifiedSignature, _ policy: MessageSignaturePolicy, now: Instant) {
    let window = (policy.maximumAgeSeconds + policy.maximumFutureSeconds) * 1000
    func key(_ kind: String, _ parts: [[UInt8]]) -> ReplayKey {
      var fields = LengthPrefixed()
      fields.append(endpointID)
      fields.append(kind)
      for part in parts { fields.append(part) }
      return ReplayKey(
        digest: Digest.sha256(fields.bytes), retention: .until(now.advanced(byMilliseconds: window)))
    }
    var keys = [key("http-signature", [signature.base])]
    if let nonce = signature.input.nonce, !nonce.isEmpty {
      keys.append(key("http-signature-nonce", [Array((signature.keyID ?? "").utf8), Array(nonce.utf8)]))
    }
    all = keys
  }
}
