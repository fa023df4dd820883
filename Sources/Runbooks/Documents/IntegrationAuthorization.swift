/// How calls of an integration are authorised. A credential is a reference or entered by
/// `chancery set INTEGRATION auth FIELD`.
package enum IntegrationAuthorization: Equatable, Sendable {
  case none
  /// `Authorization: Bearer TOKEN`.
  case bearer(token: CredentialSource)
  case basic(username: String, password: CredentialSource)
  /// A header of this name; the prefix, with its own space, stands before the key.
  case apiKeyHeader(name: String, prefix: String, key: CredentialSource)
  case apiKeyQuery(name: String, key: CredentialSource)
  /// A token of an authorisation server (RFC 6749).
  case oauth2(OAuth2Settings)
  /// A token that the service signs itself (RFC 7519), used as it is or exchanged (RFC 7523).
  case jwt(AssertionSettings)
  /// Every request is signed, unless its method has a signing of its own.
  case signature(MethodSigning)
  /// The connection shows a certificate (RFC 8446 §4.4.2); nothing is added to a request.
  case clientCertificate(ClientCertificateSettings)
  /// An imported kind that this release does not speak; the text names it. Methods that inherit it do
  /// not run.
  case unsupported(String)

  /// A credential that somebody must provide, and the field to enter it under.
  package struct Credential: Equatable, Sendable {
    package let field: String
    package let source: CredentialSource
  }

  /// Every credential, in the order of the document. The key of `signature` is one where it was entered; else the
  /// signing names it itself.
  package var credentials: [Credential] {
    switch self {
    case .none, .unsupported: []
    case .signature(let signing) where signing.key == .entered: [Credential(field: "key", source: .entered)]
    case .signature: []
    case .bearer(let token): [Credential(field: "token", source: token)]
    case .basic(_, let password): [Credential(field: "password", source: password)]
    case .apiKeyHeader(_, _, let key), .apiKeyQuery(_, let key): [Credential(field: "key", source: key)]
    case .oauth2(let settings): settings.credentials
    // A named key is used by its grant, and read by nobody.
    case .jwt(let settings) where settings.key.namedKey != nil: []
    case .jwt(let settings): [Credential(field: "key", source: settings.key)]
    case .clientCertificate(let settings): settings.credentials
    }
  }

  /// Fields of the key/value store that it reads.
  package var secretReferences: [SecretReference] {
    let references = credentials.compactMap(\.source.secretReference)
    if case .signature(let signing) = self { return references + signing.secretReferences }
    return references
  }

  /// Where a token is fetched; nil where none is.
  package var tokenURL: String? {
    switch self {
    case .oauth2(let settings): settings.tokenURL
    case .jwt(let settings): settings.exchange?.tokenURL
    case .none, .bearer, .basic, .apiKeyHeader, .apiKeyQuery, .signature, .clientCertificate, .unsupported: nil
    }
  }

  /// Where a fetched token goes; nil where none is fetched.
  package var tokenPlace: TokenPlace? {
    switch self {
    case .oauth2(let settings): settings.place
    case .jwt(let settings): settings.exchange == nil ? nil : settings.place
    case .none, .bearer, .basic, .apiKeyHeader, .apiKeyQuery, .signature, .clientCertificate, .unsupported: nil
    }
  }

  /// The header and the query parameter that it writes: what no row may set as well.
  package var written: (header: String?, query: String?) {
    switch self {
    case .none, .unsupported, .clientCertificate: (nil, nil)
    case .bearer, .basic: ("Authorization", nil)
    case .apiKeyHeader(let name, _, _): (name, nil)
    case .apiKeyQuery(let name, _): (nil, name)
    case .oauth2(let settings): (settings.place.header, nil)
    case .jwt(let settings): (settings.place.header, nil)
    case .signature(let signing): (signing.header, nil)
    }
  }

  /// All headers that it writes.
  var writtenHeaders: [String] {
    if case .signature(let signing) = self { signing.headers } else { written.header.map { [$0] } ?? [] }
  }
}

/// The header that carries a token.
package struct TokenPlace: Equatable, Sendable {
  package var header = "Authorization"
  /// What stands before the token, with its own space.
  package var prefix = "Bearer "

  package init() {}
}

/// What a client certificate is made of.
package struct ClientCertificateSettings: Equatable, Sendable {
  /// The certificate and those between it and its root.
  package enum Chain: Equatable, Sendable {
    /// In the same text as the private key.
    case withKey
    /// PEM text of the document: a certificate is no secret.
    case document(String)
    case secret(SecretReference)
  }

  /// As the document calls it: `mtls` and `certificate` mean the same.
  package enum Word: String, Sendable, CaseIterable { case mtls, certificate }

  package var word: Word
  package var chain: Chain
  /// The private key in PEM form, with the chain where that stands nowhere else.
  package var key: CredentialSource

  package init(word: Word = .mtls, chain: Chain = .withKey, key: CredentialSource = .entered) {
    self.word = word
    self.chain = chain
    self.key = key
  }

  /// Those of `auth`: the chain's field is `certificate`, the key's `key`.
  var credentials: [IntegrationAuthorization.Credential] {
    ShownCertificate(self, keyField: "key", chainField: "certificate").credentials
  }
}
