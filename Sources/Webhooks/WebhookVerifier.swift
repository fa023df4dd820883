package import Cryptography
package import MessageSignatures

/// The Access room's decision on a bearer token. `Proof` is whatever it wants back with a request that was let in:
/// the authorisation, for the ledger and for use counts.
package enum BearerVerdict<Proof: Sendable>: Sendable {
  case allowed(Proof)
  case refused
}

/// One step of a verification, as a probe sees it: the kind of work and its size, never its content.
package enum VerificationStep: Hashable, Sendable {
  case readCredential
  case buildText
  /// One MAC or signature verification.
  case authenticate(SignatureAlgorithm, byteCount: Int)
  /// One step of checking an HTTP message signature.
  case message(MessageSignatureVerifier.Step)
  case digestSecret
  case compare
  case checkTime
  case askBearer
  case readChallenge
  /// The digest of what a handshake brought, against the endpoint's secret or nobody's.
  case compareChallenge
}

/// Decides about requests at public endpoints. Pure: no clock, no store, no network, no randomness.
///
/// Every request takes the same steps in the same order whatever is wrong with it, and whether the endpoint exists or
/// not: read the credential, build the signed text, one MAC (or verification) per key, one digest of the credential,
/// compare, check the time. What the steps find is collected, and only the end looks at it.
///
/// What the time of an answer can still tell, on purpose: the size of what was sent and left out; the number of signatures
/// in it and of keys configured (rotation costs a second MAC).
package final class WebhookVerifier: Sendable {
  /// The key that belongs to nobody.
  let decoyKeys: [EndpointKey]
  let decoyBytes: GuardedBytes
  let decoyVerifyToken: VerifyToken
  /// What requests without an endpoint are checked by.
  let defaultScheme: SignatureScheme
  let isOwnToken: @Sendable (ArraySlice<UInt8>) -> Bool
  let probe: (@Sendable (VerificationStep) -> Void)?

  /// - Parameters:
  ///   - decoyKey: 32 random bytes, drawn once when the process starts.
  ///   - defaultScheme: a scheme by HMAC, best the one that most endpoints use; anything else is a caller's bug.
  ///   - isOwnToken: whether a text has the form of this service's tokens. One in `Authorization` or `X-Vault-Token` is cut
  ///     from what is recorded, whether it lives or not and whatever it may do.
  ///   - probe: told of each step; for tests and benchmarks.
  package init(
    decoyKey: GuardedBytes, defaultScheme: SignatureScheme = .standard,
    isOwnToken: @escaping @Sendable (ArraySlice<UInt8>) -> Bool = { _ in false },
    probe: (@Sendable (VerificationStep) -> Void)? = nil
  ) {
    precondition(decoyKey.count >= 16, "the decoy key must not be guessable")
    precondition(defaultScheme.algorithm.family == .mac, "the default scheme is one by HMAC")
    decoyKeys = [EndpointKey(decoy: decoyKey)]
    decoyBytes = decoyKey
    decoyVerifyToken = VerifyToken(unchecked: decoyKey)
    self.defaultScheme = defaultScheme
    self.isOwnToken = isOwnToken
    self.probe = probe
  }

  /// A number that an id always gives in this process, and nobody outside can foresee: which endpoint stands in for one
  /// that does not exist.
  package func standInNumber(of id: String) -> UInt64 {
    HMAC.authenticate(Array(id.utf8), key: decoyBytes, hash: .sha256).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
