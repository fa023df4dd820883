import Encodings

extension Transforms {
  /// The credentials of a client at a token endpoint: base 64 of `id:secret`, each form-encoded before
  /// (RFC 6749 §2.3.1).
  package static func clientCredentials(id: LabeledText, secret: LabeledText) -> LabeledText {
    basicCredentials(
      user: percentEncoded(id, for: .formValue), password: percentEncoded(secret, for: .formValue))
  }
}
