/// A public endpoint as configured, checked once when it is saved or loaded.
package struct EndpointConfiguration: Sendable {
  /// Who may start what stands behind the endpoint.
  package enum Access: Hashable, Sendable { case internalOnly, internalAndPublic }

  package let id: String
  package let access: Access
  package let isActive: Bool
  package let authentication: EndpointAuthentication
  /// Header with an RFC 1123 date that must lie within a minute of now, whatever the authentication; nil for no check.
  package let timestampHeader: HeaderName?
  /// Scheme, host and path that senders call; the query is the request's own. Never taken from `Host` or
  /// `X-Forwarded-…`, which are the sender's words.
  package let publicURL: [UInt8]
  /// What the scheme's `config` sources read, by name. Not secret: secrets are keys.
  package let settings: [String: [UInt8]]
  /// Whether signed deliveries are remembered, so that none starts two runs. Only an administrator who wants the same
  /// bytes to start a run each time switches it off.
  package let remembersDeliveries: Bool
  /// How the sender checks that the endpoint is its own; nil for no handshake.
  package let challenge: ChallengeProfile?
  /// What the profile's templates read, by name. Not secret.
  let challengeSettings: [String: [UInt8]]
  /// Profiles of other endpoints that compute answers with a secret of this one.
  private var foreignChallenges: [ChallengeProfile] = []

  /// - Parameters:
  ///   - waivesTopic: only for vectors, which judge what is signed and not whose it is: else every endpoint of SNS names its
  ///     topic.
  ///   - challenge: the handshake profile, held against the authentication and its settings.
  package init(
    id: String, access: Access, isActive: Bool, authentication: EndpointAuthentication,
    timestampHeader: HeaderName? = nil, publicURL: String, settings: [String: String] = [:],
    remembersDeliveries: Bool = true, challenge: ChallengeProfile? = nil, challengeSettings: [String: String] = [:],
    waivesTopic: Bool = false
  ) throws(WebhookFault) {
    guard (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .endpointID
    }
    guard Self.isPublicURL(publicURL) else { throw .publicURL }
    if let timestampHeader { try Self.checkCarrier(timestampHeader) }
    switch authentication {
    case .none, .bearer, .messageSignature: break
    case .basic(let username):
      let isClean = username.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") }
      guard (1...255).contains(username.utf8.count), isClean else { throw .username }
    case .signature(let scheme):
      for (name, pattern) in scheme.settings where !(waivesTopic && name == SignatureScheme.topicSetting) {
        guard let value = settings[name], pattern.matches(Array(value.utf8)) else { throw .setting(name) }
      }
    case .headerSecret(let header):
      try Self.checkCarrier(header)
    case .uriSecret: break
    }
    if let timestampHeader, authentication.isCarried(by: timestampHeader) { throw .timestampHeaderIsCredential }
    try challenge?.check(authentication, settings: challengeSettings)
    self.id = id
    self.access = access
    self.isActive = isActive
    self.authentication = authentication
    self.timestampHeader = timestampHeader
    self.publicURL = Array(publicURL.utf8)
    self.settings = settings.mapValues { Array($0.utf8) }
    self.remembersDeliveries = remembersDeliveries
    self.challenge = challenge
    self.challengeSettings = challengeSettings.mapValues { Array($0.utf8) }
  }

  /// The same endpoint where others compute answers to handshakes with a secret that it has too: what they could have been
  /// asked to sign proves nothing here either.
  package func refusing(whatAnswers profiles: [ChallengeProfile]) -> EndpointConfiguration {
    var configuration = self
    configuration.foreignChallenges = profiles
    return configuration
  }

  /// Whether these signed bytes could be the token of a handshake that is answered with a MAC under the endpoint's key.
  func couldAnswer(_ payload: SignedPayload) -> Bool {
    (challenge?.couldAnswer(payload) ?? false) || foreignChallenges.contains { $0.couldAnswer(payload) }
  }

  /// Whether nobody without the key can change the time that is checked: the scheme's, or the endpoint's own header.
  var isTimeSigned: Bool {
    switch authentication {
    case .signature(let scheme): scheme.isTimestampSigned || timestampHeader.map(scheme.signs) ?? false
    // `created` always has to be there, and is signed.
    case .messageSignature: true
    case .none, .basic, .bearer, .headerSecret, .uriSecret: false
    }
  }

  /// Whether deliveries are remembered for as long as the key that they fit is configured.
  package var keepsDeliveries: Bool { remembersDeliveries && authentication.signsRequests && !isTimeSigned }

  /// What an administrator should know about this endpoint.
  package var warnings: [SchemeWarning] {
    if case .messageSignature(let policy) = authentication { return SchemeWarning.all(of: policy) }
    guard case .signature(let scheme) = authentication else { return [] }
    var warnings = scheme.warnings
    if let timestampHeader, !scheme.signs(timestampHeader), !warnings.contains(.timestampNotSigned) {
      warnings.append(.timestampNotSigned)
    }
    return warnings
  }

  /// Headers that frame a message, or that we read for ourselves, mean something else than a credential or a time;
  /// cutting one out of a request would change what the rest means.
  private static func checkCarrier(_ header: HeaderName) throws(WebhookFault) {
    let reserved = [
      "Host", "Connection", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding",
      "Idempotency-Key",
    ]
    for name in reserved where header.matches(name) { throw .reservedHeader(name) }
  }

  private static func isPublicURL(_ text: String) -> Bool {
    guard (1...2_048).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return false
    }
    guard let rest = ["https://", "http://"].first(where: text.hasPrefix).map({ text.dropFirst($0.count) }) else {
      return false
    }
    return !rest.isEmpty && !rest.hasPrefix("/") && !rest.contains("?") && !rest.contains("#")
  }
}
