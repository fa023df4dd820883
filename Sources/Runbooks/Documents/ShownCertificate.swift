/// The certificate that connections of an integration show, whichever key of the document says it.
package struct ShownCertificate: Equatable, Sendable {
  package let settings: ClientCertificateSettings
  /// The credential with the private key.
  package let keyField: String
  /// The credential with the chain, where that is one.
  package let chainField: String

  /// Nil where none is shown.
  package init?(of document: IntegrationDocument) {
    if let settings = document.clientCertificate {
      self.settings = settings
      keyField = "client_key"
      chainField = "client_certificate"
    } else if case .clientCertificate(let settings) = document.authorization {
      self.settings = settings
      keyField = "key"
      chainField = "certificate"
    } else {
      return nil
    }
  }

  init(_ settings: ClientCertificateSettings, keyField: String, chainField: String) {
    self.settings = settings
    self.keyField = keyField
    self.chainField = chainField
  }

  var credentials: [IntegrationAuthorization.Credential] {
    let key = IntegrationAuthorization.Credential(field: keyField, source: settings.key)
    guard case .secret(let reference) = settings.chain else { return [key] }
    return [key, IntegrationAuthorization.Credential(field: chainField, source: .secret(reference))]
  }
}

extension IntegrationDocument {
  /// Every credential: of the authorisation, then of a certificate beside it.
  package var credentials: [IntegrationAuthorization.Credential] {
    authorization.credentials + certificateCredentials
  }

  /// Fields of the key/value store for a certificate beside the authorisation.
  package var certificateReferences: [SecretReference] { certificateCredentials.compactMap(\.source.secretReference) }

  /// Fields of the key/value store that its authorisation and its certificate read.
  package var authorizingReferences: [SecretReference] { authorization.secretReferences + certificateReferences }

  private var certificateCredentials: [IntegrationAuthorization.Credential] {
    clientCertificate == nil ? [] : ShownCertificate(of: self)?.credentials ?? []
  }
}
