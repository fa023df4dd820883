package import MessageSignatures
package import Webhooks

/// HTTP message signatures (RFC 9421) at a public endpoint: what has to be signed, how old it may be, and by whom.
package struct MessageSignatureSettings: Equatable, Sendable {
  /// The label of the signature that counts; nil: the one with the tag, or the only one.
  package var label: String?
  package var tag: String?
  /// Components that must be covered, as RFC 9421 writes them.
  package var requiredComponents: [String]
  package var maximumAge: Duration
  package var maximumFuture: Duration
  package var requiresNonce: Bool
  /// Each keyid is there once, each name too.
  package var keys: [MessageSignatureKey]

  /// What binds method, address and body.
  package static let defaultComponents = ["@method", "@target-uri", "content-digest"]
  package static let defaultMaximumAge = Duration.seconds(300)
  package static let defaultMaximumFuture = Duration.seconds(30)

  package init(
    label: String? = nil, tag: String? = nil, requiredComponents: [String] = defaultComponents,
    maximumAge: Duration = defaultMaximumAge, maximumFuture: Duration = defaultMaximumFuture,
    requiresNonce: Bool = false, keys: [MessageSignatureKey]
  ) {
    self.label = label
    self.tag = tag
    self.requiredComponents = requiredComponents
    self.maximumAge = maximumAge
    self.maximumFuture = maximumFuture
    self.requiresNonce = requiresNonce
    self.keys = keys
  }

  /// The same for the verifier. Throws what the reader has reported already.
  package func policy() throws(MessageSignaturePolicy.Fault) -> MessageSignaturePolicy {
    guard maximumAge.components.attoseconds == 0, maximumFuture.components.attoseconds == 0 else { throw .window }
    return try MessageSignaturePolicy(
      label: label, tag: tag, requiredComponents: requiredComponents,
      maximumAgeSeconds: maximumAge.components.seconds, maximumFutureSeconds: maximumFuture.components.seconds,
      requiresNonce: requiresNonce)
  }
}

/// One key by which message signatures are checked.
package struct MessageSignatureKey: Equatable, Sendable {
  /// Name, source, encoding and time, as of any key of an endpoint.
  package var key: SignatureKey
  /// What the key is used with; a message cannot choose.
  package var algorithm: MessageSignatureAlgorithm
  /// The `keyid` of messages under it; nil: those that name none.
  package var keyID: String?

  package init(key: SignatureKey, algorithm: MessageSignatureAlgorithm, keyID: String?) {
    self.key = key
    self.algorithm = algorithm
    self.keyID = keyID
  }

  /// How the key is written: as it says, else as most people have it.
  package var encoding: KeyEncoding {
    key.encoding ?? (algorithm.macHash != nil ? .utf8 : algorithm == .ed25519 ? .ed25519Base64 : .spkiBase64)
  }
}

extension MessageSignatureAlgorithm {
  /// The names of RFC 9421's algorithms.
  package static let httpNames = allCases.compactMap(\.httpName)
}

extension MessageSignaturePolicy.Fault {
  /// One sentence for the author.
  package var message: String {
    switch self {
    case .component: "a component is written as `@method`, `content-digest` or `\"@query-param\";name=\"id\"`"
    case .repeatedComponent: "a component is required twice"
    case .notOfRequests: "a request has no such component"
    case .tooManyComponents: "these are too many components"
    case .label: "a label is lower-case letters, digits and `_-.*`; a tag is printable ASCII"
    case .window: "the time must be whole seconds, at most 7 days"
    }
  }
}
