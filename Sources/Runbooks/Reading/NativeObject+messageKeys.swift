import MessageSignatures
import Webhooks

/// The keys of HTTP message signatures at an endpoint.
extension NativeObject {
  static let httpSignatureKeys = [
    NativeKey("label", .text, "The label of the signature that counts; else the one with the tag, or the only one."),
    NativeKey("tag", .text, "The tag that the signature must have."),
    NativeKey(
      "required_components", .list(.text),
      "What must be signed: @method, @target-uri and content-digest by default."),
    NativeKey("max_age", .duration, "How old a signature may be; 5m by default."),
    NativeKey("max_future", .duration, "How far its time may lie ahead; 30s by default."),
    NativeKey("nonce", .boolean, "true: a signature must have a nonce."),
    NativeKey("keys", .list(.object(.httpSignatureKey)), required: true, "Who may sign."),
  ]

  static let httpSignatureKeyKeys = [
    NativeKey("name", .text, required: true, "What the log says when it matched, and the name to enter it under."),
    NativeKey("keyid", .text, "The keyid of messages under this key; left out: those that name none."),
    NativeKey(
      "algorithm", .choice(MessageSignatureAlgorithm.httpNames), required: true,
      "What the key is used with; a message cannot choose."),
    NativeKey(
      "key", verificationKeyShape,
      "The key; entered with chancery set unless it is a secret of the store or a named key."),
    NativeKey(
      "encoding", .choice(["utf8", "base64", "hex", "ed25519-hex", "ed25519-base64", "spki-base64"]),
      "How it is written: utf8 for a shared secret, ed25519-base64, else spki-base64 by default."),
    NativeKey("not_before", .text, "The first instant at which it counts: 2027-01-31T00:00:00Z."),
    NativeKey("not_after", .text, "The last instant at which it counts."),
  ]
}
