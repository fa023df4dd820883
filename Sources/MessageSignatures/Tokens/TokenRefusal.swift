/// Why a JSON Web Token was refused: for the refusal counts and the ledger. It carries nothing of the token.
package enum TokenRefusal: String, Error, Hashable, Sendable, CaseIterable {
  /// Not three parts of canonical base64url without padding, or too long.
  case malformed = "token-malformed"
  /// The header is no JSON object with unique names, or a member has another type than its own.
  case headerMalformed = "token-header-malformed"
  /// An extension that must be understood, which we understand none of (RFC 7515 §4.1.11).
  case critical = "token-critical-extension"
  /// Another `typ` than the policy wants (RFC 8725 §3.11).
  case typeWrong = "token-type-wrong"
  /// No key has this `kid`; or the token names none and there are several.
  case keyUnknown = "token-key-unknown"
  /// `alg` says something else than the key (RFC 8725 §3.1).
  case algorithmContradicts = "token-algorithm-contradicts"
  case signatureWrong = "token-signature-wrong"
  /// The claims are no JSON object with unique names, or a claim has another type than its own.
  case claimsMalformed = "token-claims-malformed"
  /// A claim that the policy wants is not there.
  case claimMissing = "token-claim-missing"
  case issuerWrong = "token-issuer-wrong"
  case audienceWrong = "token-audience-wrong"
  case expired = "token-expired"
  case notYetValid = "token-not-yet-valid"
  /// `iat` lies further back than the policy allows.
  case tooOld = "token-too-old"
}
