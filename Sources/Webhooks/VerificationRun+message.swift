import Cryptography
import Encodings
import MessageSignatures

extension VerificationRun {
  /// Checks an HTTP message signature (RFC 9421) of the request as its sender sees it: under the configured public URL.
  mutating func authenticateMessage(_ policy: MessageSignaturePolicy) {
    // Keys that do not count now are tried as well, as with every other kind.
    guard let checker = MessageKeys.verifier(policy, keys) ?? MessageKeys.decoy(policy, verifier.decoyBytes) else {
      return note(.noKeyConfigured)
    }
    let probe = verifier.probe
    var created: Instant?
    let outcome = checker.verify(message, now: now, created: &created) { step in probe?(.message(step)) }
    skew = created.map { ClockSkew(of: $0, now: now) }
    switch outcome {
    case .failure(let refusal): note(WebhookRefusal(refusal))
    case .success(let signature):
      messageSignature = signature
      payload = SignedPayload(signature.base)
      matchedKey = keys.first { $0.messageKey?.keyID == signature.keyID }
      if let matchedKey, !matchedKey.counts(at: now) { note(.keyOutOfDate) }
    }
  }

  /// Scheme, authority and path are the configuration's; of the request target only the query counts.
  private var message: HTTPMessage {
    let query = request.query.map { [UInt8(ascii: "?")] + $0 } ?? []
    let uri = publicURL + query
    let scheme = publicURL.prefix { $0 != UInt8(ascii: ":") }
    let rest = uri.dropFirst(scheme.count + 3)
    let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    let line = HTTPMessage.RequestLine(
      method: request.method, target: Array(rest.dropFirst(authority.count)),
      scheme: String(decoding: scheme, as: UTF8.self), authority: Array(authority), targetURI: uri)
    return HTTPMessage(
      .request(line), fields: request.headers.map { HTTPField(name: $0.name, value: $0.value) }, body: request.body)
  }
}

/// Endpoint keys as those of a verifier of message signatures.
package enum MessageKeys {
  /// The verifier of these keys; nil where they are none of message signatures, or none that go together.
  static func verifier(_ policy: MessageSignaturePolicy, _ keys: [EndpointKey]) -> MessageSignatureVerifier? {
    let material = keys.compactMap(\.messageKey)
    guard material.count == keys.count else { return nil }
    return try? MessageSignatureVerifier(policy, keys: material)
  }

  /// A verifier that lets nobody in.
  static func decoy(_ policy: MessageSignaturePolicy, _ key: GuardedBytes) -> MessageSignatureVerifier? {
    guard let nobody = try? MessageVerificationKey(secret: key, .hmacSHA256, keyID: nil) else { return nil }
    return try? MessageSignatureVerifier(policy, keys: [nobody])
  }

  /// Throws `key(.repeatedKeyID)` where two keys have one keyid, or both have none: which of them a message means would
  /// have to be guessed.
  package static func check(_ keys: EndpointKeys) throws(WebhookFault) {
    var seen: Set<String?> = []
    for key in keys.keys.compactMap(\.messageKey) where !seen.insert(key.keyID).inserted {
      throw .key(.repeatedKeyID)
    }
  }
}

extension WebhookRefusal {
  /// A message signature's refusal in the words of all endpoints.
  init(_ refusal: MessageSignatureRefusal) {
    switch refusal {
    case .signatureMissing: self = .credentialMissing
    case .signatureMalformed: self = .credentialMalformed
    case .signatureAmbiguous: self = .credentialRepeated
    case .tooManySignatures: self = .tooManySignatures
    case .componentRepeated: self = .valueRepeated
    case .componentMissing, .nonceMissing: self = .valueMissing
    case .componentNotCovered: self = .componentNotCovered
    case .keyUnknown, .algorithmContradicts, .signatureWrong, .tagWrong: self = .credentialWrong
    case .digestMissing, .digestMalformed, .digestWrong: self = .digestWrong
    case .createdMissing: self = .timestampMissing
    case .tooOld, .expired: self = .timestampTooOld
    case .tooNew: self = .timestampTooNew
    }
  }
}
