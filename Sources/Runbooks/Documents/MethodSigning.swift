package import MessageSignatures
package import NamedKeys

/// How the requests of a method are signed, just before they are sent, over the bytes that are sent.
package struct MethodSigning: Equatable, Sendable {
  package var form: SigningForm
  /// What signs; it must be granted.
  package var key: SigningKey
  /// How the key is written; without a meaning for a named key.
  package var encoding: SigningKeyText.Encoding
  /// What the key is used with.
  package var algorithm: MessageSignatureAlgorithm

  package init(
    form: SigningForm, key: SigningKey, encoding: SigningKeyText.Encoding, algorithm: MessageSignatureAlgorithm
  ) {
    self.form = form
    self.key = key
    self.encoding = encoding
    self.algorithm = algorithm
  }

  /// Fields of the key/value store that it reads.
  package var secretReferences: [SecretReference] {
    guard case .sigV4(_, _, _, let token?) = form else { return key.secret.map { [$0] } ?? [] }
    return (key.secret.map { [$0] } ?? []) + [token]
  }

  /// The operation of a named key that it is; nil where the key is a secret.
  package var keyUse: KeyUse? {
    guard case .named(let reference) = key else { return nil }
    return KeyUse(reference.name, algorithm.macHash == nil ? .sign : .hmac)
  }

  /// The header that carries the signature.
  package var header: String {
    switch form {
    case .standardWebhooks: "webhook-signature"
    case .recipe(let recipe): recipe.header
    case .messageSignature: "Signature"
    case .token(let token): token.header
    case .sigV4: "Authorization"
    }
  }

  /// All headers that it adds: what no row may set as well. `Content-Digest` is not one of them: a row's is signed.
  package var headers: [String] {
    switch form {
    case .standardWebhooks: ["webhook-id", "webhook-timestamp", header]
    case .recipe(let recipe): [header] + (recipe.timestampHeader.map { [$0] } ?? [])
    case .messageSignature: [header, "Signature-Input"]
    case .token: [header]
    case .sigV4(_, _, let service, let sessionToken):
      [header, "X-Amz-Date"] + (service == "s3" ? ["X-Amz-Content-SHA256"] : [])
        + (sessionToken == nil ? [] : ["X-Amz-Security-Token"])
    }
  }

  /// Whether nothing in its settings can stop it at the first request; throws what would. Whether the request has what is
  /// to be signed is `SigningCheck`'s to say.
  package func check() throws(SigningFault) {
    if key.isText { try checkEncoding() }
    switch form {
    case .standardWebhooks:
      guard algorithm == .hmacSHA256 || algorithm == .ed25519 else { throw .algorithm }
    case .recipe(let recipe): _ = try recipe.recipe(algorithm)
    case .messageSignature(let settings):
      guard algorithm.httpName != nil else { throw .algorithm }
      _ = try settings.creation()
    case .token(let settings):
      guard algorithm.tokenName != nil else { throw .algorithm }
      _ = try settings.creation()
    case .sigV4(let accessKeyID, let region, let service, _):
      guard key.isText, algorithm == .hmacSHA256, encoding == .utf8 else { throw .algorithm }
      _ = try SigV4(accessKeyID: accessKeyID, region: region, service: service)
    }
  }

  private func checkEncoding() throws(SigningFault) {
    let isText = encoding != .pem
    switch algorithm.macHash {
    case nil: guard !isText || (algorithm == .ed25519 && encoding != .utf8) else { throw .key }
    default: guard isText else { throw .key }
    }
  }
}

/// What signs requests.
package enum SigningKey: Equatable, Sendable {
  /// The text of a key, in a field of the key/value store.
  case secret(SecretReference)
  /// A named key for messages. It is asked to sign; its bytes go nowhere.
  case named(KeyReference)
  /// The text of a key that was entered as the credential `key` of the integration. Only an integration's own signature
  /// has one.
  case entered

  /// The field of the key/value store; nil for a named key.
  package var secret: SecretReference? {
    switch self {
    case .secret(let reference): reference
    case .named, .entered: nil
    }
  }

  /// Whether it is written down somewhere, so that it has an encoding.
  var isText: Bool {
    switch self {
    case .secret, .entered: true
    case .named: false
    }
  }

  /// What logs call it.
  package var text: String {
    switch self {
    case .secret(let reference): reference.text
    case .named(let reference): reference.text
    case .entered: "the entered key"
    }
  }
}

/// The forms of an outgoing signature.
package enum SigningForm: Equatable, Sendable {
  case standardWebhooks
  case recipe(SigningRecipeSettings)
  /// RFC 9421.
  case messageSignature(OutgoingMessageSignature)
  /// A JSON Web Token.
  case token(OutgoingToken)
  /// AWS Signature Version 4.
  case sigV4(accessKeyID: String, region: String, service: String, sessionToken: SecretReference?)

  /// As documents write it.
  package var word: String {
    switch self {
    case .standardWebhooks: "standard-webhooks"
    case .recipe: "recipe"
    case .messageSignature: "rfc9421"
    case .token: "jwt"
    case .sigV4: "sigv4"
    }
  }
}

/// The settings of `type: recipe`.
package struct SigningRecipeSettings: Equatable, Sendable {
  package var header = "X-Signature"
  package var digest = SigningRecipe.DigestForm.hex
  package var signedHeaders: [String] = []
  package var timestampHeader: String?
  package var timestampForm = SigningRecipe.TimestampForm.rfc1123
  package var message = Self.defaultMessage
  package var value = Self.defaultValue

  package static let defaultMessage = "{headers}{body}"
  package static let defaultValue = "{signature}"

  package init() {}

  package func recipe(_ algorithm: MessageSignatureAlgorithm) throws(SigningFault) -> SigningRecipe {
    try SigningRecipe(
      header: header, algorithm: algorithm, digest: digest, headersToSign: signedHeaders,
      timestampHeader: timestampHeader, timestampForm: timestampForm, message: message, value: value)
  }
}

/// The settings of `type: rfc9421`.
package struct OutgoingMessageSignature: Equatable, Sendable {
  package var label = "sig1"
  package var components = MessageSignatureSettings.defaultComponents
  package var keyID: String?
  package var tag: String?
  package var lifetime: Duration?
  package var hasNonce = false
  /// The digest that is put into `Content-Digest` where it is covered and no row sets it.
  package var digest = ContentDigest.Algorithm.sha256

  package init() {}

  package func creation() throws(SigningFault) -> MessageSignatureCreation {
    try MessageSignatureCreation(
      label: label, components: components, keyID: keyID, tag: tag,
      lifetimeSeconds: try lifetime.map { (duration) throws(SigningFault) in try OutgoingToken.seconds(duration) })
  }
}

/// The settings of `type: jwt`.
package struct OutgoingToken: Equatable, Sendable {
  package var header = "Authorization"
  /// What stands before the token, with its own space.
  package var prefix = "Bearer "
  package var keyID: String?
  package var type = "JWT"
  package var lifetime = Duration.seconds(300)
  /// A JSON object of claims.
  package var claims: JSONTemplate

  package init(claims: JSONTemplate) { self.claims = claims }

  package func creation() throws(SigningFault) -> TokenCreation {
    try TokenCreation(keyID: keyID, type: type, lifetimeSeconds: try Self.seconds(lifetime))
  }

  /// Throws `setting` for a part of a second.
  static func seconds(_ duration: Duration) throws(SigningFault) -> Int64 {
    guard duration.components.attoseconds == 0 else { throw .setting }
    return duration.components.seconds
  }
}

extension Method {
  /// How its requests are signed, in this order: a token of its integration, which authorises them; then the signature, as
  /// the method says it, else as its integration does.
  package func signings(under integration: IntegrationDocument) -> [MethodSigning] {
    let own = signing.map { [$0] } ?? []
    guard inheritsAuthorization else { return own }
    switch integration.authorization {
    case .signature(let signing): return own.isEmpty ? [signing] : own
    // A token by a named key is signed as any other request is: by the key's grant, each use on record.
    case .jwt(let settings): return (settings.signing.map { [$0] } ?? []) + own
    case .none, .bearer, .basic, .apiKeyHeader, .apiKeyQuery, .oauth2, .clientCertificate, .unsupported: return own
    }
  }

  /// What named keys do for its requests, sorted, each once.
  package func keyUses(under integration: IntegrationDocument) -> [KeyUse] {
    Set(signings(under: integration).compactMap(\.keyUse)).sorted()
  }
}
