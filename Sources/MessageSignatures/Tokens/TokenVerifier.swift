package import Encodings

/// Checks JSON Web Tokens in the compact form of JWS (RFC 7515 §3.1, RFC 7519), as RFC 8725 tells.
///
/// Strict: the key's algorithm decides, one key is tried and none is guessed, keys in the header (`jwk`, `jku`, `x5u`,
/// `x5c`) are not looked at, names of members are unique, extensions that must be understood refuse. Encrypted tokens
/// have five parts and are refused.
package struct TokenVerifier: Sendable {
  package let policy: TokenPolicy
  package let keys: [MessageVerificationKey]

  /// Throws for no key, too many, two of one name, or an algorithm that tokens do not have.
  package init(_ policy: TokenPolicy, keys: [MessageVerificationKey]) throws(MessageSignatureVerifier.Fault) {
    guard !keys.isEmpty else { throw .noKeys }
    guard keys.count <= MessageSignatureLimits.keys else { throw .tooManyKeys }
    guard Set(keys.map(\.keyID)).count == keys.count else { throw .repeatedKeyID }
    guard keys.allSatisfy({ $0.algorithm.tokenName != nil }) else { throw .algorithm }
    self.policy = policy
    self.keys = keys
  }

  /// Checks the token; nothing of the claims is read before the signature is right.
  package func verify(_ token: some Collection<UInt8>, now: Instant) throws(TokenRefusal) -> VerifiedToken {
    let parts = try TokenParts(Array(token))
    let header = try TokenHeader(parts.header)
    if let type = policy.type {
      guard let found = header.type, found.lowercased() == type.lowercased() else { throw .typeWrong }
    }
    let key = try key(named: header.keyID)
    guard header.algorithm == key.algorithm.tokenName else { throw .algorithmContradicts }
    guard key.isValid(parts.signature, for: parts.signingInput) else { throw .signatureWrong }
    guard let claims = try? JSONTape(parts.payload, limits: TokenParts.limits), claims.kind(claims.root) == .object
    else { throw .claimsMalformed }
    try TokenClaimsCheck(claims: claims, policy: policy, now: now).run()
    return VerifiedToken(claims: claims, keyID: key.keyID)
  }

  /// The key of this name. A token that names none is the only key's.
  private func key(named keyID: String?) throws(TokenRefusal) -> MessageVerificationKey {
    if keyID == nil, keys.count == 1, let only = keys.first { return only }
    guard let key = keys.first(where: { $0.keyID == keyID }) else { throw .keyUnknown }
    return key
  }
}

/// A token whose signature, times, issuer and audience were checked. Only `TokenVerifier` makes one.
package struct VerifiedToken: Sendable {
  /// The claims; an object.
  package let claims: JSONTape
  /// The key that fitted.
  package let keyID: String?

  fileprivate init(claims: JSONTape, keyID: String?) {
    self.claims = claims
    self.keyID = keyID
  }

  /// The claim when it is a text.
  package func text(_ name: String) -> String? {
    claims.member(claims.root, name).flatMap(claims.string)
  }
}

extension VerifiedToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "VerifiedToken(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The compact serialisation, taken apart (RFC 7515 §7.1).
struct TokenParts {
  static let limits = JSONLimits(
    maximumBytes: MessageSignatureLimits.tokenBytes, maximumDepth: 16,
    maximumNodes: MessageSignatureLimits.tokenMembers)

  let signingInput: [UInt8]
  let header: [UInt8]
  let payload: [UInt8]
  let signature: [UInt8]

  init(_ token: [UInt8]) throws(TokenRefusal) {
    guard token.count <= MessageSignatureLimits.tokenBytes else { throw .malformed }
    let parts = token.split(separator: 0x2E, maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { throw .malformed }
    let decoded = parts.compactMap { Base64.decode($0, alphabet: .urlSafe, padding: .forbidden) }
    guard decoded.count == 3 else { throw .malformed }
    header = decoded[0]
    payload = decoded[1]
    signature = decoded[2]
    signingInput = Array(token[..<(parts[1].endIndex)])
  }
}

/// What of a token's header counts (RFC 7515 §4.1).
struct TokenHeader {
  let algorithm: String
  let keyID: String?
  let type: String?

  init(_ bytes: [UInt8]) throws(TokenRefusal) {
    guard let tape = try? JSONTape(bytes, limits: TokenParts.limits), tape.kind(tape.root) == .object else {
      throw .headerMalformed
    }
    guard let algorithm = try Self.text("alg", tape) else { throw .headerMalformed }
    self.algorithm = algorithm
    keyID = try Self.text("kid", tape)
    type = try Self.text("typ", tape)
    // `b64` (RFC 7797) changes what was signed, and is refused even where it is not said to be critical.
    guard tape.member(tape.root, "crit") == nil, tape.member(tape.root, "b64") == nil else { throw .critical }
  }

  private static func text(_ name: String, _ tape: JSONTape) throws(TokenRefusal) -> String? {
    guard let node = tape.member(tape.root, name) else { return nil }
    guard let text = tape.string(node) else { throw .headerMalformed }
    return text
  }
}
