package import Webhooks

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
  /// Whether a signed delivery that comes again is recognised. Off, every request starts a run.
  package var remembersDeliveries: Bool
  /// The most deliveries without a signed time that are remembered, for as long as their key stands; further ones are
  /// refused. Nil for the default.
  package var rememberedLimit: Int?

  /// Deliveries that an endpoint remembers, where it does not say.
  package static let defaultRememberedLimit = 1_000_000

  /// The name of the signature scheme that deliveries are checked by; nil where they are checked otherwise.
  package var schemeName: String? {
    guard case .signature(let signature) = authentication, case .scheme(let name) = signature.method else { return nil }
    return name
  }

  /// What the signature scheme reads from the configuration: its own settings, and those of the handshake for what is missing
  /// among them, so that one name is entered once.
  package var schemeSettings: [String: String] {
    guard case .signature(let signature) = authentication else { return [:] }
    let others = (initialVerification.settings?.settings ?? []).map { ($0.name, $0.value) }
    return signature.settings.merging(others) { own, _ in own }
  }

  package init(
    authentication: StartAuthentication = .none, timestampHeader: String? = nil, encryptRequest: Bool = false,
    inputs: [VariableBinding] = [], answer: StartAnswer = .accepted, initialVerification: InitialVerification = .none,
    remembersDeliveries: Bool = true, rememberedLimit: Int? = nil
  ) {
    self.authentication = authentication
    self.timestampHeader = timestampHeader
    self.encryptRequest = encryptRequest
    self.inputs = inputs
    self.answer = answer
    self.initialVerification = initialVerification
    self.remembersDeliveries = remembersDeliveries
    self.rememberedLimit = rememberedLimit
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
  /// An HTTP message signature (RFC 9421).
  case messageSignature(MessageSignatureSettings)
  case headerSecret(header: String, secret: CredentialSource)
  case uriSecret(parameter: String, secret: CredentialSource)
  /// An import named a kind that is not known here. The endpoint refuses everything until it is set; it
  /// never falls to `none`. The text names what was found.
  case unset(String)

  /// The credentials that somebody must provide and the names to enter them under.
  package var credentials: [(name: String, source: CredentialSource)] {
    switch self {
    case .none, .bearer, .unset: []
    case .basic(_, let password): [("password", password)]
    case .signature(let settings): settings.keys.map { ($0.name, $0.source) }
    case .messageSignature(let settings): settings.keys.map { ($0.key.name, $0.key.source) }
    case .headerSecret(_, let secret), .uriSecret(_, let secret): [("secret", secret)]
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
  /// All are tried on every request. Names are unique.
  package var keys: [SignatureKey]
  /// What the scheme's `config` sources read, by name; not secret.
  package var settings: [String: String]
  /// Whether the certificate that a request names is fetched, where none of the keys is for its address.
  package var fetchesKeys: Bool

  package init(
    method: Method, keys: [SignatureKey], settings: [String: String] = [:], fetchesKeys: Bool = false
  ) {
    self.method = method
    self.keys = keys
    self.settings = settings
    self.fetchesKeys = fetchesKeys
  }

  /// With one key that counts always.
  package init(method: Method, key: CredentialSource = .entered) {
    self.init(method: method, keys: [SignatureKey(source: key)])
  }
}

/// The settings of a configurable signature: the MAC of the values of some headers and the body, joined
/// without separators, in one header.
package struct SignatureRecipeSettings: Equatable, Sendable {
  /// The hash of the HMAC.
  package enum Algorithm: String, Sendable, CaseIterable { case sha1, sha256, sha384, sha512 }
  /// How the MAC is written.
  package enum Digest: String, Sendable, CaseIterable { case hex, base64 }
  /// What stands between the values in the signed bytes: nothing, or names and lengths.
  package enum Framing: String, Sendable, CaseIterable { case none, lengths }

  /// The header that carries the signature.
  package var header: String
  package var algorithm: Algorithm
  package var digest: Digest
  /// Text before the digest, compared exactly.
  package var prefix: String
  /// Headers whose values stand before the body, in this order.
  package var signedHeaders: [String]
  /// The form of a signed header's value, by header name.
  package var patterns: [String: String]
  package var framing: Framing

  package init(
    header: String, algorithm: Algorithm = .sha256, digest: Digest = .hex, prefix: String = "",
    signedHeaders: [String] = [], patterns: [String: String] = [:], framing: Framing = .none
  ) {
    self.header = header
    self.algorithm = algorithm
    self.digest = digest
    self.prefix = prefix
    self.signedHeaders = signedHeaders
    self.patterns = patterns
    self.framing = framing
  }

  /// Whether a header is among those that are signed; names have no case.
  package func signs(_ header: String) -> Bool { signedHeaders.contains { $0.lowercased() == header.lowercased() } }

  /// The same for the interpreter of signatures.
  package var expanded: SignatureRecipe {
    SignatureRecipe(
      header: header, algorithm: SignatureRecipe.Hash(rawValue: algorithm.rawValue) ?? .sha256,
      digest: SignatureRecipe.DigestForm(rawValue: digest.rawValue) ?? .hex, prefix: prefix,
      headersToSign: signedHeaders, patterns: patterns,
      framing: SignatureRecipe.Framing(rawValue: framing.rawValue) ?? .none)
  }
}

/// The status of the answer to an accepted start.
package enum StartAnswer: Int, Sendable, CaseIterable {
  case ok = 200
  case created = 201
  case accepted = 202
  case noContent = 204
}
