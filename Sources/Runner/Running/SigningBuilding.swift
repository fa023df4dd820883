import Cryptography
import Encodings
import Labels
import MessageSignatures
import RunEngine
import Runbooks

/// Puts together how a request is signed: settings of the document, the key as it is stored now, claims from the run's
/// values.
struct SigningBuilding {
  let scope: RunScope
  let material: MethodMaterial
  /// The same for every attempt of one visit of a step.
  let id: String
  let now: Instant

  /// How the method says it, else how its integration does; nil where nothing is signed.
  func signing(_ method: Method, of integration: IntegrationDocument) throws -> RequestSigning? {
    if let signing = method.signing { return try build(signing) }
    guard method.inheritsAuthorization else { return nil }
    switch integration.authorization {
    case .signature(let signing): return try build(signing)
    case .jwt(let jwt) where jwt.exchange == nil:
      guard let key = material.credentials["key"] else {
        throw FailureReason.unresolved("the credential `key` of \(integration.id)")
      }
      return try AssertionBuilding.signing(jwt, key: key, holder: integration.id, now: now) {
        try TemplateFilling.json($0, in: scope).text
      }
    case .none, .bearer, .basic, .apiKeyHeader, .apiKeyQuery, .oauth2, .jwt, .clientCertificate, .unsupported:
      return nil
    }
  }

  private func build(_ signing: MethodSigning) throws -> RequestSigning {
    try RequestSigning(
      try form(signing), key: try secret(signing.key), encoding: signing.encoding, algorithm: signing.algorithm,
      name: signing.key.text, now: now)
  }

  private func form(_ signing: MethodSigning) throws -> RequestSigning.Form {
    switch signing.form {
    case .standardWebhooks: return .standardWebhooks(id: id)
    case .recipe(let settings): return .recipe(try settings.recipe(signing.algorithm))
    case .messageSignature(let settings):
      return .messageSignature(
        try settings.creation(), digest: settings.digest, nonce: settings.hasNonce ? Self.unique() : nil)
    case .token(let settings):
      return .token(
        try settings.creation(), header: settings.header, prefix: settings.prefix,
        claims: try TemplateFilling.json(settings.claims, in: scope).text, id: Self.unique())
    case .sigV4(let accessKeyID, let region, let service, let sessionToken):
      return .sigV4(
        try SigV4(accessKeyID: accessKeyID, region: region, service: service),
        sessionToken: try sessionToken.map(secret))
    }
  }

  private func secret(_ reference: SecretReference) throws -> LabeledText {
    guard let value = material.secrets[reference] else { throw FailureReason.notGranted(reference.text) }
    return value
  }

  /// 128 random bits.
  static func unique() -> String {
    Base64.encode(RandomBytes.make(16), alphabet: .urlSafe, padded: false)
  }
}
