/// Who may start a runbook (R3).
package enum StartAccess: Equatable, Sendable {
  /// Only from inside: the command line, another runbook, an event.
  case internalOnly
  /// Also by POST to its own URL.
  case `public`(PublicStart)

  /// The endpoint; `nil` where there is none.
  package var publicStart: PublicStart? {
    switch self {
    case .internalOnly: nil
    case .public(let start): start
    }
  }
}

/// The public endpoint of a runbook.
package struct PublicStart: Equatable, Sendable {
  package var authentication: StartAuthentication
  /// A header that must hold an RFC 1123 date within 60 seconds of now; combines with any authentication.
  package var timestampHeader: String?
  /// Encrypt the request body and headers (R21).
  package var encryptRequest: Bool
  /// Variables taken from the starting request (R7), in the order of the document.
  package var inputs: [VariableBinding]
  package var answer: StartAnswer
  package var initialVerification: InitialVerification

  package init(
    authentication: StartAuthentication = .none, timestampHeader: String? = nil, encryptRequest: Bool = false,
    inputs: [VariableBinding] = [], answer: StartAnswer = .accepted, initialVerification: InitialVerification = .none
  ) {
    self.authentication = authentication
    self.timestampHeader = timestampHeader
    self.encryptRequest = encryptRequest
    self.inputs = inputs
    self.answer = answer
    self.initialVerification = initialVerification
  }
}

/// How a POST to the public endpoint proves itself (R4). Names and choices only: the credential itself
/// is a reference or is entered by `chancery set RUNBOOK auth NAME`.
package enum StartAuthentication: Equatable, Sendable {
  case none
  case basic(username: String, password: CredentialSource)
  /// A token of this service whose policy has `start` on the runbook.
  case bearer
  case signature(SignatureSettings)
  case headerSecret(header: String, secret: CredentialSource)
  case uriSecret(parameter: String, secret: CredentialSource)
  /// An import named a kind that is not known here. The endpoint refuses everything until it is set; it
  /// never falls to `none`. The text names what was found.
  case unset(String)

  /// The credential that somebody must provide and the name to enter it under; `nil` where there is none.
  package var credential: (name: String, source: CredentialSource)? {
    switch self {
    case .none, .bearer, .unset: nil
    case .basic(_, let password): ("password", password)
    case .signature(let settings): ("key", settings.key)
    case .headerSecret(_, let secret), .uriSecret(_, let secret): ("secret", secret)
    }
  }
}

/// A signature over the raw request, checked by the interpreter of the webhooks room.
package struct SignatureSettings: Equatable, Sendable {
  /// How the signature is described.
  package enum Method: Equatable, Sendable {
    /// A scheme of the catalogue, such as `github`.
    case scheme(String)
    /// The configurable recipe of R5.
    case recipe(SignatureRecipeSettings)
  }

  package var method: Method
  package var key: CredentialSource

  package init(method: Method, key: CredentialSource = .entered) {
    self.method = method
    self.key = key
  }
}

/// The settings of a configurable signature: the MAC of the values of some headers and the body, joined
/// without separators, in one header.
package struct SignatureRecipeSettings: Equatable, Sendable {
  /// The hash of the HMAC.
  package enum Algorithm: String, Sendable, CaseIterable { case sha1, sha256, sha384, sha512 }
  /// How the MAC is written.
  package enum Digest: String, Sendable, CaseIterable { case hex, base64 }

  /// The header that carries the signature.
  package var header: String
  package var algorithm: Algorithm
  package var digest: Digest
  /// Text before the digest, compared exactly.
  package var prefix: String
  /// Headers whose values stand before the body, in this order.
  package var signedHeaders: [String]

  package init(
    header: String, algorithm: Algorithm = .sha256, digest: Digest = .hex, prefix: String = "",
    signedHeaders: [String] = []
  ) {
    self.header = header
    self.algorithm = algorithm
    self.digest = digest
    self.prefix = prefix
    self.signedHeaders = signedHeaders
  }
}

/// The status of the answer to an accepted start.
package enum StartAnswer: Int, Sendable, CaseIterable {
  case ok = 200
  case created = 201
  case accepted = 202
  case noContent = 204
}
