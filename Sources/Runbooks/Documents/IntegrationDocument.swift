/// A remote API: its address, how calls to it are authorised, and its methods.
package struct IntegrationDocument: Equatable, Sendable {
  /// Stable and unique: the part before the slash where a step names a method.
  package var id: String
  /// For people; the id where the document has none.
  package var name: String
  package var notes: String
  /// Scheme, host, port and leading path of every method. No variable may stand in it.
  package var baseURL: String
  package var authorization: IntegrationAuthorization
  /// In the order of the document. Names are unique.
  package var methods: [Method]
  package var vendor: VendorExtras

  package init(
    id: String, name: String? = nil, notes: String = "", baseURL: String,
    authorization: IntegrationAuthorization = .none, methods: [Method] = [], vendor: VendorExtras = VendorExtras()
  ) {
    self.id = id
    self.name = name ?? id
    self.notes = notes
    self.baseURL = baseURL
    self.authorization = authorization
    self.methods = methods
    self.vendor = vendor
  }

  /// The method of this name.
  package func method(named name: String) -> Method? {
    methods.first { $0.name == name }
  }
}

/// How calls of an integration are authorised. The credential is a reference or entered by
/// `chancery set INTEGRATION auth FIELD`.
package enum IntegrationAuthorization: Equatable, Sendable {
  case none
  /// `Authorization: Bearer TOKEN`.
  case bearer(token: CredentialSource)
  case basic(username: String, password: CredentialSource)
  /// A header of this name; the prefix, with its own space, stands before the key.
  case apiKeyHeader(name: String, prefix: String, key: CredentialSource)
  case apiKeyQuery(name: String, key: CredentialSource)
  /// An imported kind that this release does not speak; the text names it. Methods that inherit it do
  /// not run.
  case unsupported(String)

  /// The credential that somebody must provide and the field to enter it under.
  package var credential: (field: String, source: CredentialSource)? {
    switch self {
    case .none, .unsupported: nil
    case .bearer(let token): ("token", token)
    case .basic(_, let password): ("password", password)
    case .apiKeyHeader(_, _, let key), .apiKeyQuery(_, let key): ("key", key)
    }
  }
}
