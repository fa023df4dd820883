/// Why the text of a key or secret was refused. It never carries any of it.
package enum KeyFault: Error, Hashable, Sendable {
  case empty
  case malformed(KeyEncoding)
  case encoding(KeyEncoding, SignatureAlgorithm)
  case length
  case notPublic
  case addressMissing
  case addressForm
  case certificate
  case certificateTime
  case certificateEnded
  case certificateUntrusted
  case unsendable
  case tooMany
  case tooManyVersions
  /// A named key of another type than the algorithm's.
  case unsuited(SignatureAlgorithm)
  case repeatedName(String)
  case repeatedKeyID
  /// An encoding, and the name of an algorithm of message signatures.
  case messageEncoding(KeyEncoding, String)
  case validity

  package var message: String {
    switch self {
    case .empty: "the key or secret is empty or blank: it would let everybody in"
    case .malformed(.spkiBase64):
      "the key is neither well-formed spki-base64 (a SubjectPublicKeyInfo as DER in Base64, on one line) nor the PEM text of "
        + "one: enter it from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"
    case .malformed(let encoding): "the key is not well-formed \(encoding.rawValue)"
    case .encoding(let encoding, let algorithm):
      "a key written as \(encoding.rawValue) cannot be used with \(algorithm.rawValue)"
    case .length: "the key has the wrong length for its algorithm"
    case .notPublic: "the key is not a public key that the algorithm can use"
    case .addressMissing: "this scheme names its certificate by address: enter the certificate together with its URL"
    case .addressForm: "the certificate's URL is not one that the scheme allows"
    case .certificate: "the text is not one X.509 certificate in PEM form"
    case .certificateTime: "the certificate is not valid at this time"
    case .certificateEnded: "the certificate has ended; enter the one that the sender uses now"
    case .certificateUntrusted: "no trusted root vouches for the certificate, or it is for another name"
    case .unsendable:
      "a secret sent in a header is printable ASCII without outer white space, else no request could ever match it"
    case .repeatedName(let name): "two keys have the name \(name); the log could not say which of them matched"
    case .repeatedKeyID: "two keys have the same keyid, or both have none; which one a message means would be guessed"
    case .messageEncoding(let encoding, let algorithm):
      "a key written as \(encoding.rawValue) cannot be used with \(algorithm) in message signatures"
    case .validity: "the key would end before it begins: not_after lies before not_before"
    case .tooManyVersions:
      "more than \(WebhookLimits.keysPerEndpoint) versions of the key count; raise its min_decryption_version"
    case .unsuited(let algorithm): "a key of this type cannot check \(algorithm.rawValue)"
    case .tooMany: "an endpoint has at most \(WebhookLimits.keysPerEndpoint) keys"
    }
  }
}
