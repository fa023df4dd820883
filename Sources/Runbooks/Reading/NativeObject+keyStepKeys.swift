import NamedKeys

/// The keys of the steps that named keys do.
extension NativeObject {
  static let keyStepKeys = [
    NativeKey("sign", .object(.namedKey), "Have a named key sign the message; response^signature is what came out."),
    NativeKey(
      "verify", .object(.namedKey),
      "Whether the signature is a named key's: `then` where it is, `else` with not-verified where not."),
    NativeKey("encrypt", .object(.namedKey), "Have a named key encrypt the message into response^ciphertext."),
    NativeKey(
      "decrypt", .object(.namedKey), "Have a named key decrypt the ciphertext into response^plaintext, a secret."),
    NativeKey("message", .text, "sign, verify, encrypt: text with <<placeholders>>."),
    NativeKey("ciphertext", .text, "decrypt: what `encrypt` made."),
    NativeKey("signature", .text, "verify: what `sign` made."),
    NativeKey("associated_data", .text, "encrypt, decrypt: text that the ciphertext is bound to."),
    NativeKey("context", .text, "For a derived key: the text that it is derived by."),
    NativeKey(
      "algorithm", .choice(BareSigner.Way.names),
      "sign, verify: sign the bare message so, with a key for messages; else it is bound to the key's name and version."
    ),
    NativeKey(
      "signature_form", .choice(KeyStepSignatureForm.allCases.map(\.rawValue)),
      "sign, verify with `algorithm`: how the signature is written; base64 by default."),
    NativeKey(
      "encoding", .choice(KeyStepEncoding.allCases.map(\.rawValue)),
      "base64: the message, or the plaintext, is base 64 of the bytes that are meant; utf8 by default."),
  ]
}
