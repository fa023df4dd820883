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
  /// A certificate that the connection shows beside the authorisation; nil where `authorization` is one, or none is shown.
  package var clientCertificate: ClientCertificateSettings?
  /// Certificates in PEM form that its calls trust beside the system's; empty: only the system's.
  package var trust: String
  /// In the order of the document. Names are unique.
  package var methods: [Method] { didSet { methodPlaces = NamePlaces() } }
  package var vendor: VendorExtras
  private(set) var methodPlaces = NamePlaces()

  package init(
    id: String, name: String? = nil, notes: String = "", baseURL: String,
    authorization: IntegrationAuthorization = .none, clientCertificate: ClientCertificateSettings? = nil,
    trust: String = "",
    methods: [Method] = [],
    vendor: VendorExtras = VendorExtras()
  ) {
    self.id = id
    self.name = name ?? id
    self.notes = notes
    self.baseURL = baseURL
    self.authorization = authorization
    self.clientCertificate = clientCertificate
    self.trust = trust
    self.methods = methods
    self.vendor = vendor
  }

  /// Whether a person has to authorise it, with `chancery authorize`.
  package var needsPerson: Bool {
    guard case .oauth2(let settings) = authorization else { return false }
    return settings.grant == .authorizationCode
  }

  /// The method of this name.
  package func method(named name: String) -> Method? {
    methodPlaces.place(of: name) { methods.map(\.name) }.map { methods[$0] }
  }
}
