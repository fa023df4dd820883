import MessageSignatures
import NamedKeys

/// The keys of outgoing signatures.
extension NativeObject {
  static let namedKeyKeys = [
    NativeKey("named", .text, required: true, "The name of the key, as chancery key list shows it."),
    NativeKey(
      "version", .oneOf([.choice(["latest"]), .integer(1...Int(NamedKeyLimits.versions))]),
      "The version; else the newest signs, and every version counts that the key lets verify."),
  ]

  static let signingKeys = [
    NativeKey(
      "type", .choice(["standard-webhooks", "recipe", "rfc9421", "jwt", "sigv4"]), required: true,
      "The form of the signature."),
    NativeKey(
      "key", .oneOf([.text, .object(.credential), .object(.namedKey)]), required: true,
      "The field of the key/value store with the key, kv/PATH#FIELD; a named key for messages, which signs itself; or, under an integration's auth, { sealed: true }: it is entered with chancery set."
    ),
    NativeKey(
      "encoding", .choice(SigningKeyText.Encoding.allCases.map(\.rawValue)),
      "How the key is written; pem for key pairs, base64 for standard-webhooks, utf8 else by default."),
    NativeKey(
      "algorithm", .choice(MessageSignatureAlgorithm.allCases.map(\.rawValue)),
      "What the key is used with; hmac-sha256 by default."),
    NativeKey("header", .text, "recipe, jwt: the header that carries it."),
    NativeKey("digest", .choice(SigningRecipe.DigestForm.allCases.map(\.rawValue)), "recipe: how the MAC is written."),
    NativeKey("signed_headers", .list(.text), "recipe: headers whose values are signed, in this order."),
    NativeKey("timestamp_header", .text, "recipe: the header that the time is put into."),
    NativeKey(
      "timestamp", .choice(SigningRecipe.TimestampForm.allCases.map(\.rawValue)), "recipe: how the time is written."),
    NativeKey("message", .text, "recipe: the signed bytes, of {headers}, {timestamp}, {lengths} and {body}."),
    NativeKey("value", .text, "recipe: the header's value, of {signature} and {timestamp}."),
    NativeKey("label", .text, "rfc9421: the label; sig1 by default."),
    NativeKey("components", .list(.text), "rfc9421: what is signed; @method, @target-uri, content-digest by default."),
    NativeKey("keyid", .text, "rfc9421, jwt: the name by which the receiver knows the key."),
    NativeKey("tag", .text, "rfc9421: the application's tag."),
    NativeKey("lifetime", .duration, "rfc9421, jwt: until it expires; 5m by default for jwt."),
    NativeKey("nonce", .boolean, "rfc9421: true puts a random nonce into each signature."),
    NativeKey(
      "content_digest", .choice(ContentDigest.Algorithm.allCases.map(\.rawValue)),
      "rfc9421: the digest of the body where it is signed; sha-256 by default."),
    NativeKey("prefix", .text, "jwt: text before the token, with its own space; Bearer by default."),
    NativeKey("typ", .text, "jwt: the type of the token; JWT by default."),
    NativeKey("claims", .text, "jwt: a JSON object with <<placeholders>>; iat, exp and jti are added."),
    NativeKey("access_key", .text, "sigv4: the access key id."),
    NativeKey("region", .text, "sigv4: the region."),
    NativeKey("service", .text, "sigv4: the service."),
    NativeKey("session_token", .text, "sigv4: the field of the key/value store with a session token."),
  ]
}
