package import Cryptography

extension Transforms {
  /// The SHA-256 of the content, 32 raw bytes. Every byte carries the whole label: a hash is no declassifier.
  package static func sha256(_ text: LabeledText) -> LabeledText {
    LabeledText(bytes: Digest.sha256(text.bytes), spans: [], base: text.label, trace: .clear, form: .text)
  }

  /// The HMAC of `message` under `key`, raw bytes, carrying the labels of both.
  package static func hmac(_ message: LabeledText, key: LabeledText, hash: HMAC.Hash) -> LabeledText {
    let code = HMAC.authenticate(message.bytes, key: GuardedBytes(copying: key.bytes), hash: hash)
    let label = message.label.joined(with: key.label)
    return LabeledText(bytes: code, spans: [], base: label, trace: .clear, form: .text)
  }

  /// The credentials of basic authentication: base 64 of `user:password` (RFC 7617 §2).
  package static func basicCredentials(user: LabeledText, password: LabeledText) -> LabeledText {
    base64(concatenate([user, LabeledText(clear: ":"), password]))
  }
}
