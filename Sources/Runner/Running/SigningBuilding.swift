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

  /// In this order: the integration's token, so that a signature may cover it; then how the method says it, else how its
  /// integration does. None where nothing is signed.
  func signings(_ method: Method, of integration: IntegrationDocument) throws -> [RequestSigning] {
    let signings = try method.signings(under: integration).map { try build($0, of: integration) }
    guard method.inheritsAuthorization, case .jwt(let jwt) = integration.authorization, jwt.exchange == nil,
      jwt.signing == nil
    else { return signings }
    guard let key = material.credentials["key"] else {
      throw FailureReason.unresolved("the credential `key` of \(integration.id)")
    }
    let token = try AssertionBuilding.signing(jwt, key: key, holder: integration.id, now: now) {
      try TemplateFilling.json($0, in: scope).text
    }
    return [token] + signings
  }

  private func build(_ signing: MethodSigning, of integration: IntegrationDocument) throws -> RequestSigning {
    switch signing.key {
    case .secret(let reference):
      return try RequestSigning(
        try form(signing), key: try secret(reference), encoding: signing.encoding, algorithm: signing.algorithm,
        name: reference.text, now: now)
    case .entered:
      guard let key = material.credentials["key"] else {
        throw FailureReason.unresolved("the credential `key` of \(integration.id)")
      }
      return try RequestSigning(
        try form(signing), key: key, encoding: signing.encoding, algorithm: signing.algorithm,
        name: "the key of \(integration.id)", now: now)
    case .named(let reference):
      guard let signer = material.signers[NamedSigning(key: reference, algorithm: signing.algorithm)] else {
        throw FailureReason.notGranted(reference.text)
      }
      return try RequestSigning(
        try form(signing, keyID: signer.keyID), signer: signer, label: signer.label, name: signer.name, now: now)
    }
  }

  /// - Parameter keyID: by what name the receiver is told the key where the document names none.
  private func form(_ signing: MethodSigning, keyID: String? = nil) throws -> RequestSigning.Form {
    switch signing.form {
    case .standardWebhooks: return .standardWebhooks(id: id)
    case .recipe(let settings): return .recipe(try settings.recipe(signing.algorithm))
    case .messageSignature(var settings):
      settings.keyID = settings.keyID ?? keyID
      return .messageSignature(
        try settings.creation(), digest: settings.digest, nonce: settings.hasNonce ? Self.unique() : nil)
    case .token(var settings):
      settings.keyID = settings.keyID ?? keyID
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
