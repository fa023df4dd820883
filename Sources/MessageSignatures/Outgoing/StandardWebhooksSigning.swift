package import Encodings

/// Signs a delivery by Standard Webhooks 1.0.0: `v1` by HMAC-SHA-256, `v1a` by Ed25519.
package enum StandardWebhooksSigning {
  /// The three headers of a delivery, in the order id, timestamp, signature. Signed is `id.timestamp.body`.
  ///
  /// Throws `algorithm` for any other signer, and `setting` for an id that is empty, has a full stop, or cannot be sent
  /// in a header: with a full stop in the id, the signed text could be cut in two ways.
  package static func headers(
    id: String, body: [UInt8], with signer: some MessageSigner, now: Instant
  ) throws(SigningFault) -> [HTTPField] {
    let version: String
    switch signer.algorithm {
    case .hmacSHA256: version = "v1"
    case .ed25519: version = "v1a"
    default: throw .algorithm
    }
    let isSendable = id.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ".") }
    guard (1...256).contains(id.utf8.count), isSendable else { throw .setting }
    let timestamp = String(now.secondsSinceEpoch)
    let signature = try signer.sign(Array("\(id).\(timestamp).".utf8) + body)
    return [
      HTTPField("webhook-id", id), HTTPField("webhook-timestamp", timestamp),
      HTTPField("webhook-signature", "\(version),\(Base64.encode(signature))"),
    ]
  }
}
