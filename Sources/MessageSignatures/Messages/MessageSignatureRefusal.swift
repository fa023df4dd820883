/// Why a signed message was refused: for the refusal counts and the ledger. It carries nothing of the message.
package enum MessageSignatureRefusal: String, Error, Hashable, Sendable, CaseIterable {
  /// A field, the label, the tag, or one of the two members is not there.
  case signatureMissing = "signature-missing"
  /// Not the structured fields of RFC 9421 §4, a component that does not exist, a parameter of another type.
  case signatureMalformed = "signature-malformed"
  /// Several signatures could be meant.
  case signatureAmbiguous = "signature-ambiguous"
  case tooManySignatures = "too-many-signatures"
  /// A component that is covered twice.
  case componentRepeated = "component-repeated"
  /// A covered component that this message has not, or not once.
  case componentMissing = "component-missing"
  /// The policy wants it covered.
  case componentNotCovered = "component-not-covered"
  /// No key has this keyid, or the signature names none.
  case keyUnknown = "key-unknown"
  /// `alg` says something else than the key.
  case algorithmContradicts = "algorithm-contradicts"
  case signatureWrong = "signature-wrong"
  /// No digest of an algorithm that we trust, or one that is not the body's.
  case digestMissing = "digest-missing"
  case digestMalformed = "digest-malformed"
  case digestWrong = "digest-wrong"
  case createdMissing = "created-missing"
  case tooOld = "too-old"
  case tooNew = "too-new"
  case expired = "expired"
  case nonceMissing = "nonce-missing"
  /// The signature has another tag than the policy wants.
  case tagWrong = "tag-wrong"

  init(_ fault: SignatureInput.Fault) {
    switch fault {
    case .component, .parameter: self = .signatureMalformed
    case .repeatedComponent: self = .componentRepeated
    case .tooMany: self = .signatureMalformed
    }
  }

  init(_ fault: ContentDigest.Fault) {
    switch fault {
    case .missing, .noTrustedAlgorithm: self = .digestMissing
    case .malformed: self = .digestMalformed
    case .wrong: self = .digestWrong
    }
  }
}
