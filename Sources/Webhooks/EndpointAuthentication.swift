package import MessageSignatures

/// How a public endpoint knows its senders. The secrets themselves are `EndpointKeys`.
package enum EndpointAuthentication: Sendable {
  /// Anybody may start it.
  case none
  /// RFC 7617; the password is the endpoint's key.
  case basic(username: String)
  /// RFC 6750: a token of this service. The decision is the Access room's, handed in at verification.
  case bearer
  /// A signature by a scheme of the catalogue, or by a recipe that has been expanded to one.
  indirect case signature(SignatureScheme)
  /// An HTTP message signature (RFC 9421), under this policy.
  indirect case messageSignature(MessageSignaturePolicy)
  /// A secret in a header of this name.
  case headerSecret(header: HeaderName)
  /// A secret in a query parameter of this name.
  case uriSecret(parameter: ParameterName)

  /// The kind without its settings: for metrics, counts and the ledger.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case none, basic, bearer, signature
    case messageSignature = "http-signature"
    case headerSecret = "header-secret"
    case uriSecret = "uri-secret"
  }

  package var kind: Kind {
    switch self {
    case .none: .none
    case .basic: .basic
    case .bearer: .bearer
    case .signature: .signature
    case .messageSignature: .messageSignature
    case .headerSecret: .headerSecret
    case .uriSecret: .uriSecret
    }
  }

  /// Whether requests are recognised by what was signed. A static token signs nothing, whatever carries it.
  package var signsRequests: Bool {
    switch self {
    case .signature(let scheme): scheme.algorithm != .token
    case .messageSignature: true
    case .none, .basic, .bearer, .headerSecret, .uriSecret: false
    }
  }

  /// Whether this header holds the credential, so that it cannot hold a time as well. A token may also come in another
  /// header, so that bearer keeps none for itself.
  package func isCarried(by header: HeaderName) -> Bool {
    switch self {
    case .signature(let scheme): scheme.isCarried(by: header)
    case .messageSignature: header.matches("Signature") || header.matches("Signature-Input")
    case .basic: header == .authorization
    case .headerSecret(let own): own == header
    case .none, .bearer, .uriSecret: false
    }
  }

  /// Whether keys of the endpoint take part.
  package var needsKeys: Bool {
    switch self {
    case .none, .bearer: false
    case .basic, .signature, .messageSignature, .headerSecret, .uriSecret: true
    }
  }
}
